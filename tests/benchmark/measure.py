#!/usr/bin/env python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures deploys on the lab against Ansible's own floor on the same hosts, and writes README.md beside it."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 5
GATE = re.compile(r"^node\d: create: done, gate ([\d.]+) s$", re.MULTILINE)

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

- Nothing to do takes {ratio:.2f} times the floor (to reach: 2.5 s where the floor is 1.4 s, which is 1.79 times).
- A first launch takes {beyond:.2f} s beyond its gates (to reach: 4 s), {beyond_ratio:.2f} times the floor.
"""


def play(playbook: str, *options: str) -> tuple[float, str]:
    """(seconds, output) of one run of a playbook on the lab."""
    command = ["ansible-playbook", "-i", "inventories/lab/hosts.yml", playbook, *options]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - start, done.stdout


def main() -> None:
    hello = ("-e", "service=hello")
    play("playbooks/deploy.yml", *hello)
    floor, nothing, launch, gates = [], [], [], []
    for _round in range(ROUNDS):
        floor.append(play("tests/benchmark/floor.yml")[0])
        nothing.append(play("playbooks/deploy.yml", *hello)[0])
        play("playbooks/remove.yml", *hello)
        seconds, output = play("playbooks/deploy.yml", *hello)
        launch.append(seconds)
        gates.append(sum(float(gate) for gate in GATE.findall(output)))
    beyond = statistics.median(all_in - gate for all_in, gate in zip(launch, gates, strict=True))
    figures = {name: statistics.median(values) for name, values in (("floor", floor), ("nothing", nothing))}
    text = TEXT.format(
        rounds=ROUNDS,
        **figures,
        launch=statistics.median(launch),
        gates=statistics.median(gates),
        ratio=statistics.median(n / f for n, f in zip(nothing, floor, strict=True)),
        beyond=beyond,
        beyond_ratio=beyond / figures["floor"],
    )
    page = HERE / "README.md"
    _before, heading, reload = page.read_text(encoding="utf-8").partition("\n## Reload")
    page.write_text(f"{text}{heading}{reload}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
