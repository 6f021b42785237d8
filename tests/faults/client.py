# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady client: finds the instances by Consul's DNS and asks one after the other, all the time."""

from __future__ import annotations

import threading
import time
import typing as t
import urllib.request
from itertools import cycle

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from tests.faults.lab import PORT, SERVICE

EVERY, TIMEOUT = 0.1, 5.0


class Client:
    """As a context it asks until the end; then it tells what it saw."""

    def __init__(self, servers: t.Sequence[str]) -> None:
        self._servers = cycle(servers)
        self._server = next(self._servers)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.fewest: int | None = None
        self.passing: tuple[str, ...] = ()
        self.asked = self.lost = 0
        self.losses: list[str] = []

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        turn = 0
        while not self._ended.is_set():
            found = self._find()
            if found is not None:
                self.passing = found
                self.fewest = len(found) if self.fewest is None else min(self.fewest, len(found))
            if self.passing:
                turn += 1
                self._request(self.passing[turn % len(self.passing)])
            time.sleep(EVERY)

    def _find(self) -> tuple[str, ...] | None:
        """Return the addresses that Consul gives; None where the server does not answer, and the next is asked."""
        query = dns.message.make_query(f"{SERVICE}.service.consul", dns.rdatatype.A)
        try:
            answer = dns.query.tcp(query, self._server, timeout=1, port=8600)
        except (OSError, dns.exception.DNSException, EOFError):
            self._server = next(self._servers)
            return None
        if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            self._server = next(self._servers)
            return None
        return tuple(sorted(str(item) for records in answer.answer for item in records))

    def _request(self, address: str) -> None:
        """One request; lost where the instance that Consul gave does not answer it."""
        self.asked += 1
        try:
            with urllib.request.urlopen(f"http://{address}:{PORT}/", timeout=TIMEOUT):
                pass
        except OSError as error:
            self.lost += 1
            self.losses.append(f"{address}: {error}")
