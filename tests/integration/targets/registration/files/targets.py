# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something to check for every kind of check that connects, and a proxy that counts.

Arguments: the first of five ports, the file of a certificate with its key, the URL of an agent.
The ports: HTTP; HTTPS for the name web.test only; HTTP/2 without TLS, with the health service of gRPC; UDP; and the
proxy to the agent.
"""

from __future__ import annotations

import http.server
import socketserver
import ssl
import struct
import sys
import threading
import typing
import urllib.error
import urllib.request

SETTINGS, HEADERS, DATA, PING = 4, 1, 0, 6
ACK = END_STREAM = 1
END_HEADERS = 4


class Http(http.server.BaseHTTPRequestHandler):
    """/: 200; /warning: 429; /moved: to /; /all: 200 only for a PUT with header and body; else 500."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = (self.command, self.headers["X-Test"], body) == ("PUT", "yes", b"ping")
        known = {"/": 200, "/warning": 429, "/moved": 302, "/all": 200 if whole else 400}
        self.send_response(known.get(self.path, 500))
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = answer

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


class Counting(http.server.BaseHTTPRequestHandler):
    """Hands requests on to an agent; GET /count tells how many there were since the last such question."""

    agent = ""
    seen: typing.ClassVar[list[str]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/count":
            status, content = 200, "\n".join(self.seen).encode()
            self.seen.clear()
        else:
            self.seen.append(f"{self.command} {self.path}")
            request = urllib.request.Request(self.agent + self.path, data=body or None, method=self.command)
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    status, content = reply.status, reply.read()
            except urllib.error.HTTPError as error:
                status, content = error.code, error.read()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = answer

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


class Http2(socketserver.StreamRequestHandler):
    """Answers pings, and every request with what the health service of gRPC says of a service that serves."""

    def handle(self) -> None:
        self.rfile.read(len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        self.send(SETTINGS, 0, 0, b"")
        while header := self.rfile.read(9):
            length, kind, flags = int.from_bytes(header[:3], "big"), header[3], header[4]
            (stream,) = struct.unpack(">I", header[5:])
            payload = self.rfile.read(length)
            if kind in (SETTINGS, PING) and not flags & ACK:
                self.send(kind, ACK, 0, payload if kind == PING else b"")
            elif kind == DATA and flags & END_STREAM:
                self.send(HEADERS, END_HEADERS, stream, b"\x88\x0f\x10\x10application/grpc")
                self.send(DATA, 0, stream, b"\x00\x00\x00\x00\x02\x08\x01")
                self.send(HEADERS, END_HEADERS | END_STREAM, stream, b"\x00\x0bgrpc-status\x010")

    def send(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        self.wfile.write(len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload)


class Udp(socketserver.BaseRequestHandler):
    """Echo."""

    def handle(self) -> None:
        data, answering = self.request
        answering.sendto(data, self.client_address)


def only_web_test(_connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
    """No handshake for another name."""
    return None if name == "web.test" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


first, certificate, Counting.agent = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
context.sni_callback = only_web_test
https = http.server.ThreadingHTTPServer(("127.0.0.1", first + 1), Http)
https.socket = context.wrap_socket(https.socket, server_side=True, do_handshake_on_connect=False)
servers: list[socketserver.BaseServer] = [
    http.server.ThreadingHTTPServer(("127.0.0.1", first), Http),
    https,
    socketserver.ThreadingTCPServer(("127.0.0.1", first + 2), Http2),
    socketserver.ThreadingUDPServer(("127.0.0.1", first + 3), Udp),
    http.server.ThreadingHTTPServer(("127.0.0.1", first + 4), Counting),
]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
