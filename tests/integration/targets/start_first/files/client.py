# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for a service all the time, as its clients do, and tells what was lost and how few were in traffic.

    client.py STOP AT_LEAST THREADS AGENT SERVICE [URL]

It asks Consul's DNS at AGENT who passes, each time; with URL, a proxy there, and DNS only to count. It goes on until
the file STOP is there and AT_LEAST requests were made.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

from steady import answer, ask_dns, tell


class Client:
    """Counts requests of all threads, and what was missed of them."""

    def __init__(self, stop: str, at_least: int, agent: str, service: str, url: str) -> None:
        self.stop, self.at_least, self.agent, self.url = Path(stop), at_least, agent, url
        self.name = f"{service}.service.consul"
        self.requests, self.fewest, self.most = 0, 99, 0
        self.missed: list[str] = []
        self.editions: set[str] = set()

    def ports(self) -> list[int]:
        """Return the ports of those in traffic."""
        told = ask_dns(self.agent, self.name, "SRV")
        ports = [record.port for records in (told.answer if told else []) for record in records if record.rdtype == 33]
        self.fewest, self.most = min(self.fewest, len(ports)), max(self.most, len(ports))
        return ports

    def ask(self) -> None:
        """Make one request."""
        self.requests += 1
        number = self.requests
        try:
            url = self.url or f"http://{self.agent}:{random.choice(self.ports())}/name"
            self.editions.add(answer(url).decode().strip())
        except (OSError, IndexError) as error:
            self.missed.append(f"request {number}: {error!r}")

    def goes_on(self) -> bool:
        """Tell whether there is more to ask."""
        return not self.stop.exists() or self.requests < self.at_least

    def run(self) -> None:
        """Ask, until there is no more to ask."""
        while self.goes_on():
            self.ask()

    def count(self) -> None:
        """Look who is in traffic, all the time."""
        while self.goes_on():
            self.ports()


def main(stop: str, at_least: str, threads: str, agent: str, service: str, url: str = "") -> None:
    """Ask until told to stop, then tell what was counted and what was missed."""
    client = Client(stop, int(at_least), agent, service, url)
    works = [client.run] * int(threads) + ([client.count] if url else [])
    running = [threading.Thread(target=work) for work in works]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    editions = sorted(client.editions)
    tell(requests=client.requests, missed=client.missed, fewest=client.fewest, most=client.most, editions=editions)


if __name__ == "__main__":
    main(*sys.argv[1:])
