# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys of the service by the command that users type, each in a process group of its own that can be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import typing as t
import urllib.request
from pathlib import Path

import yaml

from tests.faults.lab import CHECKOUT, INVENTORY, NODES, PORT, SERVICE, Lab, wait_for

# Seconds for one deploy: a lock that nobody gives back is waited for, too.
PATIENCE = 300.0
# What a service has in the KV for good.
KEYS = ("current", "founded", "unfinished", "lock", "nodes", "releases", "once")
Data = dict[str, t.Any]


def merged(base: Data, changes: Data) -> Data:
    """Return ``base`` with what ``changes`` says, dicts merged; None takes a key away."""
    both = {key for key in base.keys() & changes if isinstance(base[key], dict) and isinstance(changes[key], dict)}
    result = {**base, **changes, **{key: merged(base[key], changes[key]) for key in both}}
    return {key: value for key, value in result.items() if value is not None}


class Deploy:
    """One run of ansible-playbook."""

    def __init__(self, folder: Path, log: Path, around: t.Sequence[str], playbook: str, *options: str) -> None:
        self._log = log
        command = [*around, "ansible-playbook", "-i", str(folder / "hosts.yml"), f"playbooks/{playbook}.yml"]
        with log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [*command, "-e", f"service={SERVICE}", *options],
                cwd=CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that it has printed."""
        return self._log.read_text(encoding="utf-8")

    def reached(self, task: str) -> None:
        """Wait until a task has begun."""
        wait_for(f"the task {task}", lambda: f": {task}]" in self.said)

    def kill(self) -> None:
        """As a power cut of the controller would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> str:
        """How it ended: done, failed or killed."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return "done" if code == 0 else "killed" if code < 0 else "failed"


class Fleet:
    """A fleet of its own on the lab's hosts, with one service."""

    template = "fleet"

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.number = 0
        shutil.copytree(Path(__file__).parent / self.template, folder)
        for name in ("hosts.yml", "group_vars"):
            (folder / name).symlink_to(INVENTORY / name)
        self._file = folder / "services" / f"{SERVICE}.yml"
        self._base: Data = yaml.safe_load(self._file.read_text(encoding="utf-8"))
        self._runs = 0

    def write(self, release: str, changes: Data) -> None:
        """Write the service file of a release."""
        data = merged(self._base, {"service_container": {"environment": {"RELEASE": release}}})
        self._file.write_text(yaml.safe_dump(merged(data, changes)), encoding="utf-8")

    def deploy(self, around: t.Sequence[str] = (), playbook: str = "deploy", options: t.Sequence[str] = ()) -> Deploy:
        """Begins a run; ``around`` is a command that runs it."""
        self._runs += 1
        return Deploy(self.folder, self.folder / f"{self._runs}-{playbook}.log", around, playbook, *options)

    def pages(self) -> tuple[str, ...]:
        """Return the release that each node serves; empty where nobody answers."""
        return tuple(_page(self.lab.addresses[node]) for node in NODES)

    def leftovers(self) -> list[str]:
        """Return what is on the nodes beside one running, registered, passing instance each."""
        found = []
        for node in NODES:
            look = self.lab.look(node)
            wanted = {
                "containers": {SERVICE: "running"},
                "services": [SERVICE],
                "sessions": [],
                "lock": "",
                "secrets": [],
            }
            found += [f"{node}: {key}: {look[key]}" for key, value in wanted.items() if look[key] != value]
            if list(look["checks"].values()) != ["passing"]:
                found.append(f"{node}: checks: {look['checks']}")
            strange = [key for key in look["keys"] if key.split("/")[0] not in KEYS]
            found += [f"{node}: key {key}" for key in strange]
        return found

    def settle(self) -> str:
        """Return the release that all nodes serve; where a case before failed, after one that mends what it left."""
        serves = self.pages()[0]
        if not serves or not self.is_well(serves):
            self.write("mended", {})
            mending = self.deploy()
            if mending.wait() != "done":
                raise RuntimeError(mending.said)
            wait_for("all is well before the next case", lambda: self.is_well("mended"))
        return self.pages()[0]

    def is_well(self, release: str) -> bool:
        """Whether every node serves the release and nothing is left over."""
        return self.pages() == (release,) * len(NODES) and not self.leftovers()


def _page(address: str) -> str:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{address}:{PORT}/", timeout=2) as answer:
        return str(answer.read().decode().strip())
    return ""
