# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's hosts, as the contenders reach them: by SSH on connections that stay open, as Ansible does."""

from __future__ import annotations

import contextlib
import http.client
import shlex
import subprocess
import time
import typing as t
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tests.faults.lab import CHECKOUT, NODES, Lab

FOLDER = CHECKOUT / ".cache/benchmark"
# Seconds for one command.
PATIENCE = 600.0
# Seconds for what must come true after a command has ended well.
SERVED_WITHIN = 60.0
Answer = t.TypeVar("Answer")


class CommandError(Exception):
    """A command of a contender failed; its output is the message."""


class Hosts:
    """Three nodes and their registry."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.addresses = self.lab.addresses
        self.registry = self.lab.registry_address
        self.small = f"{self.registry}/busybox:1.35"
        self.large = f"{self.registry}/benchmark-large:1"
        self.server = f"{self.registry}/benchmark-server:1"
        keys = CHECKOUT / ".cache/lab"
        self._ssh = [
            *("ssh", "-i", f"{keys}/id_ed25519", "-o", f"UserKnownHostsFile={keys}/known_hosts"),
            *("-o", "StrictHostKeyChecking=accept-new", "-o", "ControlMaster=auto", "-o", "ControlPersist=10m"),
            *("-o", "ControlPath=~/.ansible/cp/benchmark-%C"),
        ]

    def ssh(self, node: str, script: str, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a script of bash on a node; ``data`` is its standard input."""
        there = shlex.join(["bash", "-ce", script, "bash", *arguments])
        command = [*self._ssh, f"root@{self.addresses[node]}", there]
        return subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=False)

    def everywhere(self, script: str, *arguments: str) -> None:
        """Run a script on all nodes side by side; its failure is an error of the benchmark."""
        for done in at_once(lambda node: self.ssh(node, script, *arguments), NODES):
            if done.returncode:
                raise RuntimeError(f"{script}: {done.stderr.decode()}")

    def ask_consul(self, method: str, path: str) -> None:
        """Ask the agent of the first node."""
        url = f"http://127.0.0.1:8500{path}"
        done = self.ssh(NODES[0], 'curl --silent --show-error --fail --request "$1" "$2"', method, url)
        if done.returncode:
            raise RuntimeError(f"{method} {url}: {done.stderr.decode()}")

    def pages(self, nodes: t.Sequence[str], port: int) -> dict[str, str]:
        """Return what each node serves; nothing where nobody answers."""
        return dict(
            zip(nodes, at_once(lambda node: _page(f"http://{self.addresses[node]}:{port}/"), nodes), strict=True)
        )

    def wait_for_pages(self, wanted: dict[str, str], port: int) -> None:
        """Wait until every node serves what it should."""
        deadline = time.monotonic() + SERVED_WITHIN
        while (pages := self.pages(tuple(wanted), port)) != wanted:
            if time.monotonic() > deadline:
                raise CommandError(f"on port {port} the hosts serve {pages}, not {wanted}")
            time.sleep(0.02)


def at_once(function: t.Callable[[str], Answer], nodes: t.Sequence[str]) -> list[Answer]:
    """Call a function for all nodes side by side."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        return list(pool.map(function, nodes))


def _page(url: str) -> str:
    with contextlib.suppress(OSError, http.client.HTTPException), urllib.request.urlopen(url, timeout=2) as answer:
        return str(answer.read().decode().strip())
    return ""
