# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command in a container 600 times by our own probe, while Consul runs others: what each leaves, as JSON.

Argument: the container's name.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import probe_inside
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

ENGINE = ("dockerd", "containerd", "containerd-shim")
CONTAINER = sys.argv[1]
# Probes of ours in each of two windows; the commands of Consul at least, and the seconds that they are waited for.
WINDOW, RUNS_OF_CONSUL, AT_MOST = 300, 50, 120
docker = Docker("unix:///var/run/docker.sock")


def pids(name: str) -> list[str]:
    """Of all processes of a program."""
    return subprocess.run(["pidof", name], capture_output=True, text=True, check=False).stdout.split()


def memory(pid: str) -> int:
    """Resident, in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def busy() -> dict[str, t.Any]:
    """Return processes and exec IDs of the container, at this moment."""
    return {
        "processes": len(docker.api.top(CONTAINER)["Processes"]),
        "exec_ids": len(docker.api.inspect_container(CONTAINER)["ExecIDs"] or ()),
    }


def look() -> dict[str, t.Any]:
    """Return what there is between two of Consul's runs: the least of some looks."""
    looks = []
    Deadline(6).wait_for(lambda: looks.append(busy()), 0.05)
    least = {key: min(one[key] for one in looks) for key in looks[0]}
    descriptors = len(list(Path(f"/proc/{pids('dockerd')[0]}/fd").iterdir()))
    return {**least, "descriptors": descriptors, "memory": sum(memory(pid) for name in ENGINE for pid in pids(name))}


def run(command: str, timeout: float = 10) -> tuple[str, str]:
    """One probe."""
    return probe_inside(docker, {"args": ["sh", "-c", command], "docker_container_id": CONTAINER}, timeout, timeout)


def runs_of_consul() -> int:
    """As the container counts them."""
    command = ["docker", "exec", CONTAINER, "wc", "-l", "/consul"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])


# The first ones are left out: the engine, too, takes what memory it needs only when it is busy.
results = [run("echo fine") for _n in range(WINDOW)]
first = look()
results += [run("echo fine") for _n in range(WINDOW)]
Deadline(AT_MOST).wait_for(lambda: runs_of_consul() >= RUNS_OF_CONSUL, 1)
last = look()
hanging = run("sleep 3333 & sleep 3333", 0.5)
time.sleep(0.5)
print(
    json.dumps(
        {
            "runs": {"ours": len(results), "consul": runs_of_consul()},
            "not_passing": [output for status, output in results if status != "passing"],
            "first": first,
            "last": last,
            "hanging": hanging[0],
            "after_hanging": look(),
        }
    )
)
