# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the logs of all writers together, from standard input, and tells who wrote one after the other.

    written.py RUN WRITTEN

WRITTEN: JSON, client -> its last number that was taken. Two that write at the same time make many short turns.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby, pairwise

from steady import tell


def main(run: str, written: str) -> None:
    """Read the lines, and tell the turns, the shortest seconds between two, and taken numbers that are lost."""
    lines = [line.split() for line in sys.stdin if line.strip()]
    records = sorted((float(at), node, client, int(number)) for at, node, client, number in lines)
    records = [record for record in records if record[2].startswith(f"{run}/")]
    turns = [list(group) for _node, group in groupby(records, key=lambda record: record[1])]
    between = [after[0][0] - before[-1][0] for before, after in pairwise(turns)]
    there = {(client, number) for _at, _node, client, number in records}
    taken = {(client, number) for client, last in json.loads(written).items() for number in range(1, last + 1)}
    tell(
        **{"turns": [turn[0][1] for turn in turns], "between": round(min(between, default=0), 2)},
        **{"records": len(records), "lost": sorted(taken - there)},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
