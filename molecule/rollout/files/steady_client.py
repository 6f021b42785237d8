#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady client: asks every URL again and again, until the file STOP is there.

    steady_client.py STOP URL...

Then prints as JSON how many rounds it went, and of how many URLs an answer came in the worst of them.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Seconds: how often it asks, and for how long at most.
EVERY, AT_MOST = 0.1, 1200


def answers(url: str) -> bool:
    """Whether a server answers in time, with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def main(stop: Path, urls: list[str]) -> None:
    """Asks until told to stop, and prints what was seen."""
    rounds = []
    deadline = time.monotonic() + AT_MOST
    with ThreadPoolExecutor(len(urls)) as pool:
        while not stop.exists() and time.monotonic() < deadline:
            rounds.append(sum(pool.map(answers, urls)))
            time.sleep(EVERY)
    print(json.dumps({"rounds": len(rounds), "fewest": min(rounds), "most": max(rounds)}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
