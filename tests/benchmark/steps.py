# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures where the seconds of Longshore's own rows go, task by task.

python -m tests.benchmark.steps                  all rows, for docs/benchmark.md
python -m tests.benchmark.steps --rounds 1       fewer rounds
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import typing as t
from pathlib import Path
from unittest import mock

from tests.benchmark.contenders.playbooks import Longshore
from tests.benchmark.figures import table
from tests.benchmark.hosts import FOLDER, Hosts
from tests.benchmark.images import have_images
from tests.benchmark.play import BENCHMARK, make_fleet
from tests.benchmark.works import WORKS, Work

PROFILED = ("nothing", "launch", "replace", "at-once", "reload-at-once")
SAVED = FOLDER / "profile.json"
START = "Ansible's start"
# Step -> seconds, in the order in which they began.
Steps = dict[str, float]


def steps_of(beginnings: t.Sequence[tuple[str, float]], start: float, end: float) -> Steps:
    """Return the seconds of each step; a step lasts until the next one begins, and counts once for all batches."""
    marks = [(START, start), *beginnings]
    steps: Steps = {}
    for (name, began), (_next, until) in zip(marks, [*marks[1:], ("", end)], strict=True):
        steps[name] = steps.get(name, 0.0) + until - began
    return steps


def profiled(work: Work, contender: Longshore) -> Steps:
    """Return the steps of one round of a work."""
    file = FOLDER / "beginnings"
    work.begin(contender)
    file.unlink(missing_ok=True)
    environment = {
        "ANSIBLE_CALLBACK_PLUGINS": str(BENCHMARK / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "beginnings",
        "BENCHMARK_BEGINNINGS": str(file),
    }
    start = time.time()
    with mock.patch.dict(os.environ, environment):
        work.do(contender)
    beginnings = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return steps_of(beginnings, start, time.time())


def medians(rounds: t.Sequence[Steps]) -> Steps:
    """Return the median of each step over the rounds."""
    names = dict.fromkeys(name for steps in rounds for name in steps)
    return {name: statistics.median(steps.get(name, 0.0) for steps in rounds) for name in names}


def measure(rounds: int) -> dict[str, Steps]:
    """Take the steps of all profiled works."""
    hosts = Hosts()
    make_fleet()
    have_images(hosts, set(PROFILED))
    hosts.everywhere('docker pull --quiet "$1"', hosts.small)
    ours = Longshore(hosts)
    try:
        works = [work for work in WORKS if work.name in PROFILED]
        taken = {work.name: [profiled(work, ours) for _round in range(rounds)] for work in works}
    finally:
        ours.finish()
    return {name: medians(steps) for name, steps in taken.items()}


def steps_table(profile: t.Mapping[str, Steps]) -> str:
    """Return the table of steps by works; steps that take next to nothing everywhere are left to the others."""
    names = dict.fromkeys(name for steps in profile.values() for name in steps)
    shown = [name for name in names if any(steps.get(name, 0.0) >= 0.05 for steps in profile.values())]
    rows = [[name, *(seconds_cell(steps.get(name)) for steps in profile.values())] for name in shown]
    rest = [sum(seconds for name, seconds in steps.items() if name not in shown) for steps in profile.values()]
    sums = [sum(steps.values()) for steps in profile.values()]
    last = [["all others", *map(seconds_cell, rest)], ["sum", *map(seconds_cell, sums)]]
    return table(["", *(f"`{name}`" for name in profile)], [*rows, *last])


def seconds_cell(seconds: float | None) -> str:
    """Return a cell of the table."""
    return "-" if seconds is None else f"{seconds:.2f}"


def save(profile: t.Mapping[str, Steps], file: Path) -> None:
    """Write it as JSON."""
    file.write_text(json.dumps(profile, indent=1) + "\n", encoding="utf-8")


def load(file: Path) -> dict[str, Steps]:
    """Read what save has written."""
    profile: dict[str, Steps] = json.loads(file.read_text(encoding="utf-8"))
    return profile


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    profile = measure(parser.parse_args().rounds)
    print(steps_table(profile))
    save(profile, SAVED)


if __name__ == "__main__":
    main()
