# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as the faults reach it: by the engine that runs its containers, so that a cut SSH is no obstacle."""

from __future__ import annotations

import json
import subprocess
import time
import typing as t
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).parents[2]
INVENTORY = CHECKOUT / "inventories/lab"
NODES = ("node1", "node2", "node3")
SERVICE, PORT = "faults", 18480
# Seconds for anything that is waited for; every wait has an end.
PATIENCE = 120.0


def run(*command: str, check: bool = True, stdin: str | None = None) -> str:
    """Return what a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, check=False, input=stdin)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def wait_for(what: str, condition: t.Callable[[], t.Any], limit: float = PATIENCE) -> t.Any:
    """Return the first true answer of the condition."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"not within {limit:g} s: {what}")


class Lab:
    """Three nodes and a registry, as `make lab` has written them down."""

    def __init__(self) -> None:
        settings = yaml.safe_load((INVENTORY / "group_vars/all/lab.yml").read_text(encoding="utf-8"))
        self.addresses: dict[str, str] = settings["lab_addresses"]
        self.registry_address: str = settings["registry_address"]
        listed = run("docker", "ps", "--all", "--filter", "label=longshore.lab", "--format", "{{.ID}}").split()
        found = {c["Name"].lstrip("/"): c for c in json.loads(run("docker", "inspect", *listed))}
        (self.name,) = {
            container["Config"]["Labels"]["longshore.lab"]
            for container in found.values()
            for network in container["NetworkSettings"]["Networks"].values()
            if (network["IPAMConfig"] or {}).get("IPv4Address") == self.addresses["node1"]
        }

    def container(self, name: str) -> str:
        """Return the container that is a node, or the registry."""
        return f"{self.name}-{name}"

    def at(self, node: str, command: str, check: bool = True, stdin: str | None = None) -> str:
        """Return what a shell on a node prints."""
        return run(
            "docker", "exec", "--interactive", self.container(node), "bash", "-c", command, check=check, stdin=stdin
        )

    def look(self, node: str) -> dict[str, t.Any]:
        """Return what a node has of the service."""
        script = (Path(__file__).parent / "look.py").read_text(encoding="utf-8")
        return t.cast(dict[str, t.Any], json.loads(self.at(node, f"python3 - {SERVICE}", stdin=script)))

    def watch_stage(self, asked: str, node: str, stage: str) -> None:
        """Wait until a node's launch tells in the KV that it is at a stage; ``asked`` is the node that is asked."""
        script = (Path(__file__).parent / "watch.py").read_text(encoding="utf-8")
        key = f"longshore/services/{SERVICE}/nodes/{node}/{SERVICE}"
        self.at(asked, f"python3 - {key} {stage} {PATIENCE:g}", stdin=script)

    def leader(self) -> str:
        """Return the node whose agent leads Consul's servers."""
        address = json.loads(self.at("node1", "curl --silent http://127.0.0.1:8500/v1/status/leader")).split(":")[0]
        return next(node for node, own in self.addresses.items() if own == address)

    def is_ready(self) -> bool:
        """Whether every node has its engine, its agent, and the cluster a leader with all three in it."""
        ask = (
            "docker info >/dev/null 2>&1 && systemctl is-active --quiet ssh &&"
            " curl --silent --fail --max-time 2 'http://127.0.0.1:8500/v1/health/service/consul?passing=1'"
        )
        answers = [self.at(node, ask, check=False) for node in NODES]
        return all(answer.startswith("[") and len(json.loads(answer)) == len(NODES) for answer in answers)
