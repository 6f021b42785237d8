# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for a service all the time, as its clients do, and looks whether it stays registered.

    service_client.py STOP SERVICE PORT NODES AGENT...

NODES: those it is registered on, with commas; AGENT: addresses of DNS servers. A question that one does not answer goes
to the next, as any resolver's does.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time

from steady import answer, ask_dns, rounds, tell

PAUSE, PATIENCE = 0.05, 1.0
# Seconds after which a resolver gives a question up: two attempts of five seconds each. While Consul's servers elect a
# leader, or that makes the first tokens, nobody's question is answered.
LOST_AFTER = 10.0


class Client:
    """Counts requests and looks at the catalog, and what was missed of each."""

    def __init__(self, service: str, port: str, nodes: set[str], agents: list[str]) -> None:
        self.service, self.port, self.nodes, self.agents = service, port, nodes, agents
        self.requests, self.looks = 0, 0
        self.missed: list[str] = []
        self.longest = 0.0

    def address(self) -> str | None:
        """Return who passes, by the first agent that knows somebody."""
        for agent in self.agents:
            told = ask_dns(agent, f"{self.service}.service.consul", "A", PATIENCE)
            for record in (record for records in (told.answer if told else []) for record in records):
                return str(record)
        return None

    def ask(self) -> None:
        """Make one request to the first that passes; where nobody answers, again until it counts as lost."""
        self.requests += 1
        begin = time.monotonic()
        while wrong := self.try_once():
            if time.monotonic() - begin > LOST_AFTER:
                self.missed.append(f"request {self.requests}: {wrong}")
                break
            time.sleep(PAUSE)
        self.longest = max(self.longest, time.monotonic() - begin)

    def try_once(self) -> str:
        """Return what went wrong; nothing where the service answered."""
        address = self.address()
        if not address:
            return "nobody passes"
        try:
            answer(f"http://{address}:{self.port}/", patience=PATIENCE)
        except OSError as error:
            return f"{address}: {error}"
        return ""

    def look(self) -> None:
        """See that all nodes are in the catalog; an agent that is away or has no leader is asked again later.

        The leader answers, as of itself (`?stale`) a server that has just been started knows nothing yet.
        """
        with contextlib.suppress(OSError):
            found = answer(f"http://127.0.0.1:8500/v1/catalog/service/{self.service}", patience=PATIENCE)
            self.looks += 1
            if gone := self.nodes - {entry["Node"] for entry in json.loads(found)}:
                self.missed.append(f"look {self.looks}: not registered on {', '.join(sorted(gone))}")


def main(stop: str, service: str, port: str, nodes: str, *agents: str) -> None:
    """Ask until told to stop, then tell what was counted and what was missed."""
    client = Client(service, port, set(nodes.split(",")), list(agents))
    for _round in rounds(stop, PAUSE):
        client.ask()
        client.look()
    tell(requests=client.requests, looks=client.looks, longest=round(client.longest, 1), missed=client.missed)


if __name__ == "__main__":
    main(*sys.argv[1:])
