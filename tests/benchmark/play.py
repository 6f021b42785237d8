# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's own fleet on the lab's hosts, and playbooks run on it."""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t

from tests.benchmark.hosts import FOLDER, PATIENCE, CommandError
from tests.faults.lab import CHECKOUT, INVENTORY

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
    kept = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
    try:
        done = subprocess.run(command, cwd=CHECKOUT, check=False, timeout=PATIENCE, **kept)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{' '.join(command)} did not end within {PATIENCE} s") from error
    if done.returncode:
        raise CommandError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
