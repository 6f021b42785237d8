# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady writer: puts one document after the other into Elasticsearch, until the file STOP is there.

    steady_writer.py STOP URL...

As clients of Elasticsearch do, it offers a document to one node after the other until one takes it. Then prints as JSON
how many documents were written, how many times a node refused one, the longest seconds until one was taken, and which
of them (lost) the cluster does not have.
"""

from __future__ import annotations

import json
import sys
import time
import typing as t
from itertools import count, islice

from steady import answer, rounds, tell

INDEX = "written"
# Seconds: how often it writes, and for how long it waits for one answer.
EVERY, ANSWER = 0.05, 5
# How many documents one answer tells at most, as Elasticsearch has it; how many nodes are offered one document.
PAGE, OFFERS = 10000, 100


def ask(
    method: str, url: str, body: dict[str, t.Any] | None = None, timeout: float = ANSWER
) -> dict[str, t.Any] | None:
    """Return the answer, or None where there is none in time or it is an error."""
    data = None if body is None else json.dumps(body).encode()
    try:
        return dict(json.loads(answer(url, method, data, {"Content-Type": "application/json"}, timeout)))
    except OSError:
        return None


def write(number: int, urls: tuple[str, ...]) -> int:
    """Offers a document to one node after the other; how many refused it."""
    for refused, node in enumerate(islice(count(number), OFFERS)):
        if ask("PUT", f"{urls[node % len(urls)]}/{INDEX}/_doc/{number}", {"number": number}):
            return refused
        time.sleep(EVERY)
    return OFFERS


def numbers(url: str, last: int) -> set[str]:
    """Return the documents that are there, page by page of their numbers."""
    there = set()
    for first in range(1, last + 1, PAGE):
        query = {"range": {"number": {"gte": first, "lt": first + PAGE}}}
        found = ask("POST", f"{url}/{INDEX}/_search?size={PAGE}", {"_source": False, "query": query}, timeout=30) or {}
        there |= {hit["_id"] for hit in found.get("hits", {}).get("hits", ())}
    return there


def main(stop: str, *urls: str) -> None:
    """Write until told to stop, and tell what became of it."""
    ask("DELETE", f"{urls[0]}/{INDEX}")
    ask("PUT", f"{urls[0]}/{INDEX}", {"settings": {"number_of_shards": 3, "number_of_replicas": 1}}, timeout=30)
    number, refused, longest = 0, 0, 0.0
    for number, _round in enumerate(rounds(stop, EVERY), start=1):
        begun = time.monotonic()
        refused += write(number, urls)
        longest = max(longest, time.monotonic() - begun)
    ask("POST", f"{urls[0]}/{INDEX}/_refresh", timeout=30)
    lost = sorted({str(n) for n in range(1, number + 1)} - numbers(urls[0], number))
    tell(written=number, refused=refused, longest=round(longest, 2), lost=lost)


if __name__ == "__main__":
    main(*sys.argv[1:])
