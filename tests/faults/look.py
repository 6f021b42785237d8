# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node has of a service: one JSON on stdout. Run there, by its own Python. Argument: the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

CONSUL = "http://127.0.0.1:8500/v1"
TOKEN = {"X-Consul-Token": os.environ["CONSUL_HTTP_TOKEN"]}
name = sys.argv[1]


def consul(path: str) -> t.Any:
    """Return the answer of the node's agent, None where there is none."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{CONSUL}/{path}", headers=TOKEN), timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return None


def docker(*arguments: str) -> list[str]:
    """Return the lines that Docker's command line prints."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.splitlines()


services = {i: s for i, s in consul("agent/services").items() if i.startswith(name)}
print(
    json.dumps(
        {
            "containers": dict(
                line.split(" ", 1)
                for line in docker("ps", "--all", "--filter", f"name=^{name}", "--format", "{{.Names}} {{.State}}")
            ),
            "services": sorted(services),
            "checks": {i: c["Status"] for i, c in consul("agent/checks").items() if c["ServiceID"] in services},
            "sessions": [s["Name"] for s in consul("session/list") or () if name in s["Name"]],
            "keys": [key.rpartition(f"/{name}/")[2] for key in consul(f"kv/longshore/services/{name}?keys") or ()],
            "lock": next(
                (entry.get("Session", "") for entry in consul(f"kv/longshore/services/{name}/lock") or ()), ""
            ),
            "secrets": [str(path) for path in Path(f"/run/longshore/secrets/{name}").rglob("*")],
        }
    )
)
