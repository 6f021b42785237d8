# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes through gateways all the time, as their clients do, and tells what was lost.

    clients.py STOP RUN NAME READ_PORT WRITE_PORT GATEWAY...

Thirty readers and one writer for each gateway. A writer keeps its connection, and offers a number until it is taken.
The last one stands in the file written-GATEWAY beside STOP.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

from steady import answer, rounds, tell

READERS, PAUSE = 30, 0.5
WRITE_PAUSE, PATIENCE = 0.05, 30.0


class Clients:
    """Counts what all threads have seen."""

    def __init__(self, stop: str, run: str, name: str) -> None:
        self.stop, self.run, self.name = stop, run, name
        self.requests, self.slowest = 0, 0.0
        self.missed: list[str] = []
        self.nodes: set[str] = set()
        self.written: dict[str, int] = {}

    def read(self, url: str) -> None:
        """Ask for a page again and again."""
        for _round in rounds(self.stop, PAUSE):
            begin = time.monotonic()
            try:
                self.nodes.add(answer(url, headers={"Host": self.name}).decode())
            except OSError as error:
                self.missed.append(f"{url} at {time.time():.1f}: {error!r}")
            self.requests += 1
            self.slowest = max(self.slowest, time.monotonic() - begin)

    def write(self, gateway: str, port: int) -> None:
        """Write one number after the other."""
        connection: socket.socket | None = None
        number = 1
        for _round in rounds(self.stop, WRITE_PAUSE):
            try:
                connection = connection or socket.create_connection((gateway, port), PATIENCE)
                connection.sendall(f"{self.run}/{gateway} {number}\n".encode())
                if not connection.recv(100).endswith(b"\n"):
                    raise ConnectionError("closed")
            except OSError:
                if connection:
                    connection.close()
                connection = None
                continue
            self.written[f"{self.run}/{gateway}"] = number
            Path(self.stop).with_name(f"written-{gateway}").write_text(str(number), encoding="utf-8")
            number += 1


def main(stop: str, run: str, name: str, read_port: str, write_port: str, *gateways: str) -> None:
    """Read and write until told to stop, then tell what was counted."""
    clients = Clients(stop, run, name)
    threads = [threading.Thread(target=clients.write, args=(gateway, int(write_port))) for gateway in gateways]
    for gateway in gateways:
        url = f"http://{gateway}:{read_port}/"
        threads += [threading.Thread(target=clients.read, args=(url,)) for _n in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tell(
        **{"requests": clients.requests, "missed": clients.missed, "slowest": round(clients.slowest, 2)},
        **{"nodes": sorted(clients.nodes), "written": clients.written},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
