# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what a fleet that grows costs the controller: a deploy with nothing to do, beside the floor.

    python -m tests.benchmark.growth                              all sizes, for docs/benchmark.md
    python -m tests.benchmark.growth --hosts 30 --rounds 1        some of them

The hosts are names in an inventory, each with an SSH connection of its own, that lead to the lab's three nodes: each is
a whole host to Ansible, and the nodes have the work of all of them.
"""

from __future__ import annotations

import argparse
import functools
import resource
import shutil
import sys
import time
import typing as t

import yaml

from tests.benchmark.contenders.playbooks import Longshore
from tests.benchmark.hosts import FOLDER, Hosts
from tests.benchmark.play import BENCHMARK, FLEET, make_fleet, play
from tests.benchmark.rows import FAT, Row, growth_table, medians, save
from tests.benchmark.traffic import Traffic
from tests.benchmark.works import new_release
from tests.faults.lab import NODES

SIZES = (3, 10, 30, 100)
# How many variables the group has in the row with large ones; each is a text of 200 characters and a template.
FAT_VARIABLES = 2000
SAVED = FOLDER / "growth.json"


def fleet_of(size: int, is_fat: bool) -> str:
    """Make a fleet of so many hosts, and return its inventory."""
    folder = FOLDER / f"growth-{size}{'-fat' if is_fat else ''}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FLEET, folder, symlinks=True, ignore=shutil.ignore_patterns("hosts.yml"))
    names = {
        f"host{number:03}": {
            "ansible_host": f"{{{{ lab_addresses.{NODES[number % len(NODES)]} }}}}",
            "ansible_control_path": f"~/.ansible/cp/growth-{number:03}",
        }
        for number in range(size)
    }
    group: dict[str, t.Any] = {"hosts": names}
    if is_fat:
        group["vars"] = {
            f"fat_{n}": {"text": "x" * 200, "rack": f"{{{{ inventory_hostname }}}}-{n}"} for n in range(FAT_VARIABLES)
        }
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"nodes": group}), encoding="utf-8")
    return str(inventory)


def measured(hosts: Hosts, name: str, size: int, run: t.Callable[[], object]) -> Row:
    """Run something, and return what it cost."""
    with Traffic(hosts) as traffic:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        run()
        seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sent = None if traffic.bytes is None else traffic.bytes / size
    row = Row(size, name, seconds, cpu / size, sent, traffic.consul / size, traffic.registry / size)
    print(row, file=sys.stderr, flush=True)
    return row


def measure(sizes: t.Sequence[int], rounds: int, keep: t.Callable[[list[Row]], None]) -> list[Row]:
    """Take and keep the figures of all sizes, round by round, and of the largest also with large variables."""
    hosts = Hosts()
    make_fleet()
    ours = Longshore(hosts)
    ours.remove()
    release = new_release(ours)
    variables = {**ours.variables(release, NODES, at_once=True), "benchmark_hosts": "nodes"}
    rows = []
    try:
        ours.deploy(release, NODES, at_once=True)
        for _round in range(rounds):
            for size, is_fat in [*((size, False) for size in sizes), (max(sizes), True)]:
                inventory = fleet_of(size, is_fat)
                play(str(BENCHMARK / "connect.yml"), inventory=inventory)
                for name, playbook in (("floor", str(BENCHMARK / "floor.yml")), ("longshore", ours.deploys)):
                    name += FAT if is_fat else ""
                    rows.append(measured(hosts, name, size, functools.partial(play, playbook, variables, inventory)))
                    keep(rows)
    finally:
        ours.finish()
    return rows


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", action="append", type=int, default=[])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    # A whole run takes long: what it has measured stays, should it be ended.
    keep = (lambda _rows: None) if given.hosts else (lambda rows: save(medians(rows), SAVED))
    print(growth_table(medians(measure(given.hosts or SIZES, given.rounds, keep))))


if __name__ == "__main__":
    main()
