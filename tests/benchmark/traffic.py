# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs cost beside their time: requests to Consul and to the registry, and what goes over SSH."""

from __future__ import annotations

import datetime
import re
import subprocess
import typing as t

from tests.benchmark.hosts import Hosts
from tests.faults.lab import NODES, wait_for

# The agent's own stream of its log, in which each request is a line, whatever level its log file has.
STREAM = "/run/benchmark-requests"
BEGIN = f"curl --silent --no-buffer 'http://127.0.0.1:8500/v1/agent/monitor?loglevel=debug' >{STREAM} 2>&1 & echo $!"
SOCKETS = "ss --tcp --info --numeric --no-header state established 'sport = :22'"
# A request of our own: all before it is in the stream when it is.
MARK = "/v1/status/leader?mark="
FINISHED = "Request finished"
REGISTRY_REQUEST = re.compile(r' HTTP/1\.\d" \d+ ')


def requests_between(log: str, first: str, last: str) -> int:
    """Return how many requests of others an agent's log has between two of ours."""
    lines = log.splitlines()
    begin, end = (next(n for n, line in enumerate(lines) if f"{MARK}{mark} " in line) for mark in (first, last))
    return sum(FINISHED in line and MARK not in line for line in lines[begin:end])


def requests_in(access_log: str) -> int:
    """Return how many requests the access log of a registry has; its log of events tells of the same ones again."""
    return len(REGISTRY_REQUEST.findall(access_log))


def bytes_of(sockets: str) -> dict[str, int]:
    """Return how many bytes each connection has sent and received, by the two lines that ss prints of it."""
    lines = sockets.splitlines()
    return {
        connection.split()[-1]: sum(int(number) for number in re.findall(r"bytes_(?:sent|received):(\d+)", info))
        for connection, info in zip(lines[::2], lines[1::2], strict=True)
    }


def bytes_between(before: dict[str, int], after: dict[str, int]) -> int | None:
    """Return how many bytes went over the connections; None where one has ended, as nobody knows what went over it."""
    if before.keys() - after.keys():
        return None
    return sum(after.values()) - sum(before.values())


class Traffic:
    """Counts from its beginning to its end, on all nodes together."""

    def __init__(self, hosts: Hosts) -> None:
        self._lab = hosts.lab
        self._streams: dict[str, str] = {}
        self.bytes: int | None = None
        self.consul = self.registry = 0

    def __enter__(self) -> t.Self:
        for node in NODES:
            self._streams[node] = self._lab.at(node, BEGIN).strip()
            self._mark(node, "begin")
        self._since = datetime.datetime.now(datetime.UTC).isoformat()
        self._before = self._bytes()
        return self

    def __exit__(self, *_error: object) -> None:
        self.bytes = bytes_between(self._before, self._bytes())
        command = ["docker", "logs", "--since", self._since, self._lab.container("registry")]
        asked = subprocess.run(command, capture_output=True, text=True, check=True)
        self.registry = requests_in(asked.stdout + asked.stderr)
        for node, process in self._streams.items():
            self.consul += requests_between(self._mark(node, "end"), "begin", "end")
            self._lab.at(node, f"kill {process}; rm {STREAM}")

    def _mark(self, node: str, name: str) -> str:
        """Make a request of our own, again until the stream shows it, and return the stream."""

        def shown() -> str:
            log = self._lab.at(node, f"curl --silent 'http://127.0.0.1:8500{MARK}{name}' >/dev/null; cat {STREAM}")
            return log if f"{MARK}{name} " in log else ""

        return t.cast(str, wait_for(f"the requests to Consul on {node}", shown))

    def _bytes(self) -> dict[str, int]:
        answers = {node: bytes_of(self._lab.at(node, SOCKETS)) for node in NODES}
        return {f"{node} {peer}": count for node, counts in answers.items() for peer, count in counts.items()}
