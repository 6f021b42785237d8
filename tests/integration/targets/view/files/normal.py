#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout shows, from standard input, without what differs from run to run: seconds, IDs, who is first."""

from __future__ import annotations

import re
import sys
from itertools import groupby

# In this order.
REPLACED = (
    (r"\b\d+ min \d+ s\b|\b\d+(\.\d)? s\b", "N s"),
    (r"\b\d{8}T\d{6}Z-[0-9a-f]+", "ID"),
    (r"\((prepare|preflight) [^)]*\)", "(STAGES)"),
    # What took nothing is left out.
    (r"(?m)(: | +)((before|catalog|drain|stop|start|gate|after) N s(, |$))+", r"\1STEPS"),
    (r"(exit code) \d+", r"\1 N"),
    (r"container [0-9a-f]{64}", "container ID"),
    (r" +(STEPS|N s)", r" \1"),
    (r"(file is|fleet key) /\S*/(services/|fleet.key)", r"\1 FLEET/\2"),
)


def host_line(line: str) -> bool:
    """Whether it tells of one host of a batch."""
    return bool(re.match(r"  node\d: ", line))


def main() -> None:
    """Print it."""
    text = sys.stdin.read()
    for pattern, replacement in REPLACED:
        text = re.sub(pattern, replacement, text)
    for is_host, lines in groupby(text.splitlines(), host_line):
        found = list(lines)
        print("\n".join(sorted(found) if is_host else found))


if __name__ == "__main__":
    main()
