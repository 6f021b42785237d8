#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the stages of `make test` and counts what passed.

    tests/stages.py run STAGE COMMAND...   runs every command, whatever the others do
    tests/stages.py sum STAGE...           closes `make test`: reports, a table, and one line with the totals

A command is one case, unless it leaves JUnit files in the folder $JUNIT_OUTPUT_DIR: then it is as many as those hold.
What it leaves there as report.md is shown at the end. The counts are kept in the folder $RESULTS, or .cache/results.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

SLOWEST = 10
RESULTS = Path(os.environ.get("RESULTS") or Path(__file__).resolve().parent.parent / ".cache/results")


def cases_of(reports: Path) -> Counter[str]:
    """How many cases of the JUnit files in a folder passed, failed, were skipped."""
    cases: Counter[str] = Counter()
    for report in reports.rglob("*.xml"):
        for case in ET.parse(report).iter("testcase"):
            outcomes = {child.tag for child in case}
            if outcomes & {"failure", "error"}:
                cases["failed"] += 1
            elif "skipped" in outcomes:
                cases["skipped"] += 1
            else:
                cases["passed"] += 1
    return cases


def slowest_of(reports: Path, number: int) -> list[tuple[float, str]]:
    """Return seconds and name of the slowest cases of all JUnit files below a folder, the slowest first."""
    cases = (case for report in reports.rglob("*.xml") for case in ET.parse(report).iter("testcase"))
    taken = [(float(case.get("time", 0)), case.get("name", "")) for case in cases]
    return sorted(taken, reverse=True)[:number]


def run_command(command: str, reports: Path) -> Counter[str]:
    """Run one command of a shell, with its output on the terminal, and count its cases.

    Under `make test`, where stages run side by side, it is shown at the end, and only if the command failed.
    """
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    captured = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if "CAPTURE" in os.environ else {}
    done = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "JUNIT_OUTPUT_DIR": str(reports)},
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
        **captured,
    )
    cases = cases_of(reports)
    if done.returncode and not cases["failed"]:
        cases["failed"] = 1
    if not done.returncode and not cases.total():
        cases["passed"] = 1
    if cases["failed"] and done.stdout:
        print(done.stdout, flush=True)
    return cases


def run_stage(stage: str, commands: list[str]) -> bool:
    """Run a stage's commands, leave its counts for the sum, and tell whether all passed."""
    total: Counter[str] = Counter()
    begin = time.monotonic()
    for number, command in enumerate(commands, start=1):
        start = time.monotonic()
        cases = run_command(command, RESULTS / stage / str(number))
        total += cases
        verdict = "FAILED" if cases["failed"] else "passed"
        print(f"{stage}: {verdict} in {time.monotonic() - start:.1f} s: {command}", flush=True)
    counts = {"seconds": time.monotonic() - begin, **total}
    (RESULTS / f"{stage}.json").write_text(json.dumps(counts), encoding="utf-8")
    return not total["failed"]


def sum_stages(stages: list[str]) -> bool:
    """Print reports, every stage's counts and the closing line; a stage that left no counts has failed."""
    total: Counter[str] = Counter()
    for report in [path for stage in stages for path in sorted((RESULTS / stage).glob("*/report.md"))]:
        print(f"\n{report.read_text(encoding='utf-8')}")
    print(f"\n{'stage':<18} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for stage in stages:
        left = RESULTS / f"{stage}.json"
        counts = json.loads(left.read_text(encoding="utf-8")) if left.exists() else {"failed": 1}
        seconds = f"{counts.pop('seconds'):8.1f}" if "seconds" in counts else "never ran"
        cases = Counter(counts)
        print(f"{stage:<18} {cases['passed']:>7} {cases['failed']:>7} {cases['skipped']:>8} {seconds}")
        total += cases
    print(f"\nThe {SLOWEST} slowest cases, in seconds:")
    for taken, name in slowest_of(RESULTS, SLOWEST):
        print(f"{taken:8.1f}  {name}")
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"\n{total['passed']} passed, {total['failed']} failed{skipped}")
    return not total["failed"]


if __name__ == "__main__":
    verb, *names = sys.argv[1:]
    succeeded = run_stage(names[0], names[1:]) if verb == "run" else sum_stages(names)
    sys.exit(0 if succeeded else 1)
