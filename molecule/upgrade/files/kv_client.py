# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a key and reads it back, again and again, and looks at the end whether all that Consul took is there.

    TOKEN=... kv_client.py STOP NAME SERVER...

NAME: its part of the keys; SERVER: addresses of servers. It asks its own agent, and where that does not answer, or with
an error, the servers by HTTPS in turn; a request that nobody answers within ten seconds is lost.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import time

from steady import answer, rounds, tell

PAUSE, PATIENCE = 0.1, 2.0
# The same as for a question of DNS: while servers elect a leader, nobody writes.
LOST_AFTER = 10.0
TLS = ssl.create_default_context(cafile="/etc/consul.d/tls/ca.pem")


class Client:
    """Counts requests, how many of them another agent answered, or the same one later, and what was lost."""

    def __init__(self, name: str, servers: list[str]) -> None:
        self.keys = f"/v1/kv/longshore/steady/{name}/"
        self.agents = ["http://127.0.0.1:8500", *(f"https://{server}:8501" for server in servers)]
        self.again, self.longest = 0, 0.0
        self.lost: list[str] = []

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> bytes | None:
        """Ask one agent after the other; None where the request is lost."""
        begin, wrong = time.monotonic(), ""
        headers = {"X-Consul-Token": os.environ["TOKEN"]}
        while time.monotonic() - begin < LOST_AFTER:
            for agent in self.agents:
                try:
                    found = answer(agent + self.keys + path, method, body, headers, PATIENCE, TLS)
                except OSError as error:
                    wrong = f"{agent}: {error}"
                    continue
                self.again += wrong != ""
                self.longest = max(self.longest, time.monotonic() - begin)
                return found
            time.sleep(PAUSE)
        self.lost.append(f"{method} {path}: {wrong}")
        return None


def main(stop: str, name: str, *servers: str) -> None:
    """Write and read until told to stop, then read all of it, and tell what became of it."""
    client = Client(name, list(servers))
    written: set[str] = set()
    read = 0
    for number, _round in enumerate(rounds(stop, PAUSE)):
        if client.ask(str(number), "PUT", str(number).encode()) == b"true":
            written.add(str(number))
            # The leader asks a quorum first: never an old value.
            read += client.ask(f"{number}?raw&consistent") == str(number).encode()
    there = {entry["Key"].rsplit("/", 1)[1] for entry in json.loads(client.ask("?recurse&consistent") or b"[]")}
    counts = {"written": len(written), "read": read, "again": client.again, "longest": round(client.longest, 1)}
    tell(**counts, lost=client.lost, gone=sorted(written - there))


if __name__ == "__main__":
    main(*sys.argv[1:])
