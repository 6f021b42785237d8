# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print a container's options and its registration as JSON, without what marks them as Longshore's."""

import json
import subprocess
import sys
import urllib.request

# What changes while it runs, or is the agent's own count.
PASSING = ("Status", "Output", "CreateIndex", "ModifyIndex")
NAME = sys.argv[1]


def ask(path):
    with urllib.request.urlopen(f"http://127.0.0.1:8500/v1/agent/{path}", timeout=10) as answer:
        return json.load(answer)


def without_ours(mapping):
    return {key: value for key, value in (mapping or {}).items() if not key.startswith("longshore")}


found = json.loads(subprocess.run(["docker", "inspect", NAME], check=True, capture_output=True).stdout)[0]
# The command line says -1 or an empty list where the SDK says nothing.
host = {key: value for key, value in found["HostConfig"].items() if value not in (None, [], {}, "", 0, -1, False)}
# The folder of the secret files is named by their digests.
for mount in host.get("Mounts", []):
    mount["Source"] = (mount.get("Source") or "").rpartition("/")[2]
config = {key: found["Config"].get(key) for key in ("Cmd", "Entrypoint", "Image", "StopSignal", "StopTimeout", "User")}
service = ask(f"service/{NAME}")
checks = [check for check in ask("checks").values() if check["ServiceID"] == NAME]
print(
    json.dumps(
        {
            "config": {
                **config,
                "Env": sorted(found["Config"]["Env"]),
                "Labels": without_ours(found["Config"]["Labels"]),
            },
            "host": host,
            "service": {**service, "Meta": without_ours(service["Meta"]), "ContentHash": ""},
            "checks": [{key: value for key, value in check.items() if key not in PASSING} for check in checks],
        },
        sort_keys=True,
    )
)
