# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker and Consul have of an instance, by their own tools: one JSON on stdout. Argument: the instance's name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
import urllib.request
from pathlib import Path


def docker(*arguments: str) -> str:
    """Return the output of Docker's command line."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


def consul(path: str) -> t.Any:
    """Return the answer of Consul's HTTP API."""
    token = {"X-Consul-Token": os.environ["CONSUL_HTTP_TOKEN"]}
    asked = urllib.request.Request(f"http://127.0.0.1:8500/v1/{path}", headers=token)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)


def container(answer: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what the cases look at."""
    return {
        "id": answer["Id"],
        "state": answer["State"]["Status"],
        "network": answer["HostConfig"]["NetworkMode"],
        "restart": answer["HostConfig"]["RestartPolicy"]["Name"],
        "log": answer["HostConfig"]["LogConfig"],
        "environment": answer["Config"]["Env"],
        "labels": answer["Config"]["Labels"],
    }


name = sys.argv[1]
ids = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"name=^/{name}").split()
services = {i: s for i, s in consul("agent/services").items() if i.startswith(name)}
checks = {i: c for i, c in consul("agent/checks").items() if c["ServiceID"] in services}
print(
    json.dumps(
        {
            "containers": {c["Name"][1:]: container(c) for c in json.loads(docker("inspect", *ids) if ids else "[]")},
            "services": services,
            "checks": {i: c["Status"] for i, c in checks.items()},
            "notes": {i: c["Notes"] for i, c in checks.items()},
            "passing": [
                entry["Service"]["ID"]
                for service in sorted({s["Service"] for s in services.values()})
                for entry in consul(f"health/service/{service}?passing=1")
            ],
            "secret_files": [str(p) for p in Path(f"/run/longshore/secrets/{name}").rglob("*") if p.is_file()],
        }
    )
)
