# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady writer: puts one number after the other into a cluster until the file STOP is there, then reads them all.

    steady_numbers.py STOP galera|rabbitmq PASSWORD_FILE NODE...

It goes on from the highest number that is there. As clients of a cluster do, it keeps to one node until that fails, and
offers the number to the next until one confirms it. Prints as JSON how many it wrote, how often a node failed it, the
longest seconds until a number was confirmed, and which numbers (lost) some node does not have.
"""

from __future__ import annotations

import contextlib
import sys
import time
import typing as t
from itertools import cycle
from pathlib import Path

import pika
import pika.exceptions
import pymysql
from steady import rounds, tell

# Seconds: between two numbers, until a node has to answer, and until a number must be confirmed by one.
EVERY, ANSWER, AT_MOST = 0.05, 5, 600
# How many numbers it confirms before it makes the file `some`, for those who wait for it to be at work.
SOME = 20
USER = "app"


class Galera:
    """A connection to one node of Galera."""

    errors = (pymysql.MySQLError, OSError)

    def __init__(self, node: str, password: str) -> None:
        self.connection = pymysql.connect(
            host=node,
            user=USER,
            password=password,
            database="app",
            connect_timeout=ANSWER,
            read_timeout=6 * ANSWER,
            write_timeout=ANSWER,
            autocommit=True,
        )

    def ask(self, statement: str, *values: int) -> t.Iterable[tuple[t.Any, ...]]:
        """Return the rows of a statement's answer."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return t.cast("t.Iterable[tuple[t.Any, ...]]", cursor.fetchall())

    def prepare(self) -> None:
        """Have the table."""
        self.ask("CREATE TABLE IF NOT EXISTS numbers (number INT PRIMARY KEY)")

    def add(self, number: int) -> None:
        """Write a number; once more is the same, as who lost the answer cannot know."""
        self.ask("REPLACE INTO numbers VALUES (%s)", number)

    def numbers(self) -> set[int]:
        """Return what is there, as of now in all of the cluster."""
        self.ask("SET SESSION wsrep_sync_wait = 1")
        return {number for (number,) in self.ask("SELECT number FROM numbers")}

    def close(self) -> None:
        """End the connection."""
        self.connection.close()


class RabbitMQ:
    """A connection to one node of RabbitMQ, and a quorum queue."""

    errors = (pika.exceptions.AMQPError, OSError)
    queue = "numbers"

    def __init__(self, node: str, password: str) -> None:
        self.connection = pika.BlockingConnection(
            pika.ConnectionParameters(
                node,
                credentials=pika.PlainCredentials(USER, password),
                socket_timeout=ANSWER,
                stack_timeout=3 * ANSWER,
                heartbeat=2 * ANSWER,
            )
        )
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def prepare(self) -> None:
        """Have the queue."""
        self.channel.queue_declare(self.queue, durable=True, arguments={"x-queue-type": "quorum"})

    def add(self, number: int) -> None:
        """Publish a number and wait until a majority has it."""
        self.channel.basic_publish("", self.queue, str(number).encode(), pika.BasicProperties(delivery_mode=2), True)

    def numbers(self) -> set[int]:
        """Return what is in the queue. Nothing is acknowledged, so all of it stays."""
        found = set()
        while (message := self.channel.basic_get(self.queue))[0]:
            found.add(int(message[2]))
        return found

    def close(self) -> None:
        """End the connection."""
        self.connection.close()


T = t.TypeVar("T")


class Client:
    """Keeps to one node until that fails, then goes to the next."""

    def __init__(self, kind: type[Galera | RabbitMQ], password: str, nodes: tuple[str, ...]) -> None:
        self.kind, self.password, self.nodes = kind, password, cycle(nodes)
        self.session: Galera | RabbitMQ | None = None
        self.failed: list[str] = []

    def do(self, what: t.Callable[[t.Any], T]) -> T:
        """Return what one node answers; an error where none does in time."""
        deadline = time.monotonic() + AT_MOST
        while True:
            try:
                self.session = self.session or self.kind(next(self.nodes), self.password)
                return what(self.session)
            except self.kind.errors as error:
                self.failed.append(repr(error)[:200])
                self.leave()
                if time.monotonic() > deadline:
                    raise
                time.sleep(EVERY)

    def leave(self) -> None:
        """Go to the next node."""
        if self.session:
            with contextlib.suppress(*self.kind.errors):
                self.session.close()
        self.session = None


def main(stop: str, kind: str, password_file: str, *nodes: str) -> None:
    """Write until told to stop, and tell what became of it."""
    client = Client({"galera": Galera, "rabbitmq": RabbitMQ}[kind], Path(password_file).read_text().strip(), nodes)
    client.do(lambda node: node.prepare())
    first = max(client.do(lambda node: node.numbers()), default=0) + 1
    client.leave()  # what a queue gave out goes back
    number, longest = first, 0.0
    for number, _round in enumerate(rounds(stop, EVERY), start=first):
        begun = time.monotonic()
        client.do(lambda node, number=number: node.add(number))
        longest = max(longest, time.monotonic() - begun)
        if number == first + SOME:
            Path("some").touch()
    lost = set()
    for _node in nodes:
        client.leave()
        lost |= set(range(1, number + 1)) - client.do(lambda node: node.numbers())
    failures = {"failed": len(client.failed), "last_failure": client.failed[-1:]}
    tell(written=number - first + 1, all=number, longest=round(longest, 2), lost=sorted(lost), **failures)


if __name__ == "__main__":
    main(*sys.argv[1:])
