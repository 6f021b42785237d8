#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures deploys on the lab against Ansible's own floor on the same hosts, and writes README.md beside it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 5
HELLO = ("-e", "service=hello")
# The same web server under another container: all three are replaced.
OTHER = ("-e", f"@{HERE}/other.yml")
# The steps of a replace that are not ours: traffic and the container's own.
THEIRS = ("catalog", "drain", "stop", "start", "gate")

TEXT = """# Benchmark

`make benchmark` measures on the lab and writes this page. All figures of a run are taken in turn on the same machine,
so what counts is a difference or a ratio within one run: the machine may be slow or busy. Each is the median of
{rounds} rounds.

| what | seconds |
|---|---|
| floor: a playbook of two trivial module tasks on the three hosts | {floor:.2f} |
| nothing to do: `deploy.yml -e service=hello` on the three hosts | {nothing:.2f} |
| first launch of `hello` on three hosts, one after the other | {launch:.2f} |
| of it, the hosts' gates: container start to first passing probe, and `stable_for` | {gates:.2f} |
| replace of all three, one after the other | {replace:.2f} |
| of it, catalog, drain, stop, start and gate of each | {steps:.2f} |

- Nothing to do takes {ratio:.2f} times the floor (to reach: 2.5 s where the floor is 1.4 s, which is 1.79 times). That
  is prepare, preflight and report: {above:.2f} s above two trivial tasks (to reach: 1.2 s).
- A first launch takes {beyond:.2f} s beyond its gates (to reach: 4 s), {beyond_ratio:.2f} times the floor.
- A replace costs {each:.2f} s a host beyond these steps and beyond a deploy with nothing to do (to reach: 1 s), a third
  of lock and record included.
"""


def play(playbook: str, *options: str) -> float:
    """Seconds of one run of a playbook on the lab."""
    command = ["ansible-playbook", "-i", "inventories/lab/hosts.yml", playbook, *options]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - start


def last_steps() -> list[dict[str, float]]:
    """What the steps took on each host, by the record of the last release of hello."""
    command = [
        "ansible",
        "-i",
        "inventories/lab/hosts.yml",
        "node1",
        "-m",
        "longshore.fleet.release_info",
        "-a",
        "name=hello",
    ]
    python = {"ANSIBLE_PYTHON_INTERPRETER": "/opt/longshore/venv/bin/python", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **python})
    record = json.loads(done.stdout.partition("=>")[2])["services"]["hello"]["releases"][0]
    return [outcome["seconds"] for outcome in record["hosts"].values()]


def main() -> None:
    taken: dict[str, list[float]] = {name: [] for name in ("floor", "nothing", "launch", "gates", "replace", "steps")}
    for _round in range(ROUNDS):
        play("playbooks/deploy.yml", *HELLO)
        taken["floor"].append(play("tests/benchmark/floor.yml"))
        taken["nothing"].append(play("playbooks/deploy.yml", *HELLO))
        play("playbooks/remove.yml", *HELLO)
        taken["launch"].append(play("playbooks/deploy.yml", *HELLO))
        taken["gates"].append(sum(steps["gate"] for steps in last_steps()))
        taken["replace"].append(play("playbooks/deploy.yml", *HELLO, *OTHER))
        taken["steps"].append(sum(steps.get(name, 0) for steps in last_steps() for name in THEIRS))
    each_round = [dict(zip(taken, values, strict=True)) for values in zip(*taken.values(), strict=True)]
    beyond = statistics.median(r["launch"] - r["gates"] for r in each_round)
    figures = {name: statistics.median(values) for name, values in taken.items()}
    text = TEXT.format(
        rounds=ROUNDS,
        **figures,
        ratio=statistics.median(r["nothing"] / r["floor"] for r in each_round),
        above=statistics.median(r["nothing"] - r["floor"] for r in each_round),
        beyond=beyond,
        beyond_ratio=beyond / figures["floor"],
        each=statistics.median((r["replace"] - r["steps"] - r["nothing"]) / 3 for r in each_round),
    )
    page = HERE / "README.md"
    _before, heading, reload = page.read_text(encoding="utf-8").partition("\n## Reload")
    page.write_text(f"{text}{heading}{reload}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
