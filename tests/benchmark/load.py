# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Constant load on the lab's web servers: every connection asks for the next page a moment after it has one."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field

CONNECTIONS = 60
# Half of them keep the connection, to a proxy in front of the servers; the others go to the servers themselves.
KEEP = 2
# One request of so many is for the page that takes three seconds.
SLOW_EVERY = 60
TIMEOUT = 60.0
# Seconds from an answer to the next request of a connection: the servers have work, and the machine is not full.
PAUSE = 0.2


@dataclass
class Figures:
    """What came of the requests.

    ``reused``: those that were answered on a connection that had been used before. ``retried``: those on such a
    connection that was closed before the first byte, asked once more on a new one.
    """

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    reused: int = 0
    retried: int = 0
    releases: set[str] = field(default_factory=set)

    def percentile(self, share: float) -> float:
        """Return the time within which this share of the requests was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    def __str__(self) -> str:
        return (
            f"{len(self.seconds)} requests, {self.reused} on a kept connection, {len(self.failures)} failed,"
            f" {self.retried} retried; half within {self.percentile(0.5):.2f} s, 99 of 100 within"
            f" {self.percentile(0.99):.2f} s"
        )


class ClosedError(Exception):
    """The server closed a kept connection before the first byte of an answer."""


class Client:
    """One connection at a time to servers in turn."""

    def __init__(self, addresses: list[str], keep: bool, figures: Figures) -> None:
        self.addresses = addresses
        self.keep = keep
        self.figures = figures
        self.connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.address = random.choice(addresses)

    async def ask(self) -> None:
        """One request, answered or counted as failed."""
        path = "/slow" if random.randrange(SLOW_EVERY) == 0 else "/"
        start = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT):
                try:
                    text = await self.get(path)
                except ClosedError:
                    self.figures.retried += 1
                    text = await self.get(path)
            self.figures.releases.add(text.partition("Release ")[2][:12])
        except (OSError, ValueError, asyncio.IncompleteReadError, ClosedError) as error:
            self.drop()
            self.figures.failures.append(f"{self.address}{path}: {error!r}")
            await asyncio.sleep(0.05)
        self.figures.seconds.append(time.monotonic() - start)

    async def get(self, path: str) -> str:
        """Return the text of a page; what is no whole answer of status 200 is an error."""
        reused = self.connection is not None
        if not self.connection:
            self.address = random.choice(self.addresses)
            host, _colon, port = self.address.partition(":")
            self.connection = await asyncio.open_connection(host, int(port))
        reader, writer = self.connection
        how = "keep-alive" if self.keep else "close"
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.address}\r\nConnection: {how}\r\n\r\n".encode())
            await writer.drain()
            status = await reader.readline()
        except ConnectionError as error:
            if reused:
                self.drop()
                raise ClosedError from error
            raise
        if not status:
            self.drop()
            raise ClosedError if reused else ConnectionError("closed before the first byte")
        text = await self.answer(status, reader)
        self.figures.reused += reused
        return text

    async def answer(self, status: bytes, reader: asyncio.StreamReader) -> str:
        headers = {}
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _colon, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers["content-length"]))
        if not self.keep or status.startswith(b"HTTP/1.0") or headers.get("connection") == "close":
            self.drop()
        if b" 200 " not in status:
            raise ValueError(status.decode())
        return body.decode()

    def drop(self) -> None:
        """Close the connection; the next request opens another."""
        if self.connection:
            with contextlib.suppress(OSError):
                self.connection[1].close()
        self.connection = None


@contextlib.asynccontextmanager
async def load(addresses: list[str], front: str, connections: int = CONNECTIONS):  # type: ignore[no-untyped-def]
    """Load for the steps inside, on servers and their proxy; gives the figures, which grow meanwhile."""
    figures = Figures()
    ended = asyncio.Event()

    async def go(number: int) -> None:
        keep = number % KEEP == 0
        client = Client([front] if keep else addresses, keep, figures)
        while not ended.is_set():
            await client.ask()
            await asyncio.sleep(PAUSE)
        client.drop()

    tasks = [asyncio.create_task(go(number)) for number in range(connections)]
    try:
        yield figures
    finally:
        ended.set()
        await asyncio.gather(*tasks)
