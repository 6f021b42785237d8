# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady client: asks every node of Elasticsearch again and again, until the file STOP is there.

    steady_client.py STOP URL...

Then prints as JSON how many rounds it went, how many nodes answered in the worst and in the best of them, and for each
node that went away (left) which one it was, and what the others and it had last said of the cluster's health.
"""

from __future__ import annotations

import json
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor

from steady import answer, rounds, tell

EVERY = 0.1  # seconds
# From bad to good, as a node sees the cluster; the worst counts of what several say.
STATUS = ("unknown", "red", "yellow", "green")


def health(url: str) -> str | None:
    """Return the cluster's status as one node sees it; None where it answers too late, or with an error."""
    status = None
    for path in ("/", "/_cluster/health?local=true"):
        try:
            status = json.loads(answer(f"{url}{path}")).get("status", "unknown")
        except OSError:
            return None if path == "/" else "unknown"
    return status


def gone(urls: tuple[str, ...], before: list[str | None], now: list[str | None]) -> list[dict[str, t.Any]]:
    """Return the nodes that answered and do so no longer, with what the cluster was before."""
    status = min((s for s in before if s), key=STATUS.index, default="unknown")
    return [{"node": u, "status": status} for u, b, n in zip(urls, before, now, strict=True) if b and not n]


def main(stop: str, *urls: str) -> None:
    """Ask until told to stop, and tell what was seen."""
    answering: list[int] = []
    left: list[dict[str, t.Any]] = []
    before: list[str | None] = [None] * len(urls)
    with ThreadPoolExecutor(len(urls)) as pool:
        for _round in rounds(stop, EVERY):
            now = list(pool.map(health, urls))
            answering.append(len(now) - now.count(None))
            left += gone(urls, before, now)
            before = now
    tell(rounds=len(answering), fewest=min(answering), most=max(answering), left=left)


if __name__ == "__main__":
    main(*sys.argv[1:])
