# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contenders that are playbooks: Longshore, and what one would write with community.docker."""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t

from tests.benchmark.contenders.contender import CommandError, Contender, Release
from tests.benchmark.hosts import FOLDER, PATIENCE
from tests.faults.lab import CHECKOUT, INVENTORY, NODES

BENCHMARK = CHECKOUT / "tests/benchmark"
FLEET = FOLDER / "fleet"
INVENTORY_FILE = str(FLEET / "hosts.yml")


def make_fleet() -> None:
    """Make a fleet of the benchmark's own on the lab's hosts."""
    shutil.rmtree(FLEET, ignore_errors=True)
    shutil.copytree(BENCHMARK / "fleet", FLEET)
    for name in ("hosts.yml", "group_vars"):
        (FLEET / name).symlink_to(INVENTORY / name)


def play(playbook: str, variables: dict[str, t.Any] | None = None, inventory: str = INVENTORY_FILE) -> str:
    """Run a playbook on the lab, and return its output."""
    command = ["ansible-playbook", "-i", inventory, playbook, "-e", json.dumps(variables or {})]
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Playbook(Contender):
    """A contender whose releases are variables of a playbook."""

    deploys: t.ClassVar[str]
    removes: t.ClassVar[str]

    def variables(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> dict[str, t.Any]:
        """Return what the service file of Longshore and the other playbook take."""
        return {
            "service": "benchmark",
            "benchmark_hosts": ",".join(nodes),
            "benchmark_batch": len(NODES) if at_once else 1,
            "benchmark_port": self.port,
            "benchmark_image": release.image,
            "benchmark_edition": release.edition,
            "benchmark_command": release.command(self.port),
        }

    def run(self, release: Release, nodes: tuple[str, ...], at_once: bool) -> None:
        """Deploy by the playbook."""
        play(self.deploys, self.variables(release, nodes, at_once))

    def clear(self) -> None:
        """Remove by the other playbook."""
        play(self.removes, self.variables(Release("none", self.hosts.small), NODES, at_once=True))


class Longshore(Playbook):
    """Ours."""

    name = "longshore"
    title = "Longshore"
    port = 18491
    deploys = "playbooks/deploy.yml"
    removes = "playbooks/remove.yml"


class Community(Playbook):
    """The playbook with community.docker, and uri for Consul."""

    name = "community"
    title = "community.docker"
    port = 18492
    lacks = (
        "no plan of all hosts before the first is touched, no lock, no record of releases, no way back from a bad"
        " release but the old values and another run, no wait for open connections; counts as up what has its port"
        " open, and sets the registration anew each time, so that its check begins as critical"
    )
    rolls_back = False
    deploys = str(BENCHMARK / "community/deploy.yml")
    removes = str(BENCHMARK / "community/remove.yml")
