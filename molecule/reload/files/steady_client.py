# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady client: asks every instance of a service that Consul's DNS gives, until the file STOP is there.

    steady_client.py STOP AGENT SERVICE

It keeps connections where the server does. One to an instance that has left the passing ones it uses for a moment
longer, as a client does that hears of it late, and then closes it. Prints as JSON how many requests it made, which were
lost, how many instances DNS gave in the worst and in the best moment, and how many answers each node gave on such a
connection (drained).
"""

from __future__ import annotations

import http.client
import sys
import threading
import time

import dns.rcode
import dns.rdatatype
from steady import ask_dns, rounds, tell

CLIENTS = 6
# Seconds: between two rounds, for one answer, and how late a client hears that an instance left.
EVERY, ANSWER, LATE = 0.1, 60, 1.0
OK = 200


class Seen:
    """What all clients share."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.passing: dict[str, str] = {}  # node -> address and port
        self.left: dict[str, float] = {}  # node -> when it did
        self.asked = 0
        self.lost: list[str] = []
        self.drained: dict[str, int] = {}

    def pass_on(self, passing: dict[str, str]) -> None:
        """Who passes now."""
        self.left.update(dict.fromkeys(self.passing.keys() - passing.keys(), time.monotonic()))
        self.passing = passing


def find(agent: str, service: str) -> dict[str, str] | None:
    """Return the passing instances; None where the agent does not tell."""
    answer = ask_dns(agent, f"{service}.service.consul", "SRV")
    if answer is None or answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return None
    addresses = {str(rrset.name): str(rrset[0]) for rrset in answer.additional if rrset.rdtype == dns.rdatatype.A}
    ports = {str(record.target): record.port for rrset in answer.answer for record in rrset}
    return {name.partition(".")[0]: f"{addresses[name]}:{port}" for name, port in ports.items()}


def page(connection: http.client.HTTPConnection) -> None:
    """One request; an error unless it is answered as a whole, and well."""
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    if response.status != OK:
        raise http.client.HTTPException(f"HTTP {response.status}")


def ask(connection: http.client.HTTPConnection) -> None:
    """Return the same, once more where a kept connection was closed before the first byte: HTTP allows that race."""
    kept = connection.sock is not None
    try:
        page(connection)
    except ConnectionError:
        connection.close()
        if not kept:
            raise
        page(connection)


def go(seen: Seen) -> None:
    """One client, with a connection to each instance."""
    connections: dict[str, http.client.HTTPConnection] = {}
    while not seen.ended.is_set():
        for node, address in seen.passing.items():
            connections.setdefault(node, http.client.HTTPConnection(address, timeout=ANSWER))
        for node, connection in list(connections.items()):
            passes = node in seen.passing
            if not passes and (connection.sock is None or time.monotonic() - seen.left[node] > LATE):
                connections.pop(node).close()
                continue
            lost = ""
            try:
                (ask if passes else page)(connection)
            except (OSError, http.client.HTTPException) as error:
                lost = f"{node}{'' if passes else ', drained'}: {error!r}"
                connection.close()
            with seen.lock:
                seen.asked += 1
                seen.lost += [lost] if lost else []
                if not passes and not lost:
                    seen.drained[node] = seen.drained.get(node, 0) + 1
        time.sleep(EVERY)


def main(stop: str, agent: str, service: str) -> None:
    """Ask until told to stop, and tell what was seen."""
    seen, counts = Seen(), []
    clients = [threading.Thread(target=go, args=(seen,), daemon=True) for _number in range(CLIENTS)]
    for client in clients:
        client.start()
    for _round in rounds(stop, EVERY):
        passing = find(agent, service)
        if passing is not None:
            seen.pass_on(passing)
            counts.append(len(passing))
    seen.ended.set()
    for client in clients:
        client.join()
    tell(asked=seen.asked, lost=seen.lost, fewest=min(counts), most=max(counts), drained=seen.drained)


if __name__ == "__main__":
    main(*sys.argv[1:])
