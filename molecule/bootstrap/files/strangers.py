"""Prints what the RPC port of a Consul server says to those who have no certificate: `python strangers.py 10.0.0.1`."""

from __future__ import annotations

import socket
import ssl
import sys

RPC = 8300
CONSUL_RPC, TLS = b"\x00", b"\x03"
# The header of an RPC in MessagePack: {"Seq": 0, "ServiceMethod": "Status.Leader"}, and a body without fields.
QUESTION = b"\x82\xa3Seq\x00\xadServiceMethod\xadStatus.Leader\x80"


def without_tls(address: str) -> str:
    """Ask for the leader in plain text."""
    with socket.create_connection((address, RPC), timeout=5) as connection:
        connection.sendall(CONSUL_RPC + QUESTION)
        try:
            return "answered" if connection.recv(1) else "closed"
        except ConnectionResetError:
            return "closed"


def without_certificate(address: str) -> str:
    """Ask for the leader by TLS, showing no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address, RPC), timeout=5) as connection:
        connection.sendall(TLS)
        try:
            with context.wrap_socket(connection) as secured:
                secured.sendall(CONSUL_RPC + QUESTION)
                return "answered" if secured.recv(1) else "refused"
        except (ssl.SSLError, ConnectionResetError):
            return "refused"


if __name__ == "__main__":
    print("without TLS:", without_tls(sys.argv[1]))
    print("without a certificate:", without_certificate(sys.argv[1]))
