"""Prints each TCP port of an address that takes a connection: `python scan.py 10.0.0.1`."""

from __future__ import annotations

import socket
import sys


def is_open(address: str, port: int) -> bool:
    """Return whether somebody listens there, and nothing keeps others from it."""
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex((address, port)) == 0


for number in range(1, 65536):
    if is_open(sys.argv[1], number):
        print(number)
