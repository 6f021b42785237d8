# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a preflight for each case of what a host refuses: a table as JSON on stdin, what went wrong as JSON on stdout.

Each is planned in check mode and for real beside one running instance, which no case may touch.
Arguments: a name that nobody else uses, the image's reference.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.longshore.fleet.plugins.module_utils._instance import LAUNCH
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import states

AT_A_TIME = 4
NAME, IMAGE = sys.argv[1:]
ARM = f"{NAME}-arm:1"


def options(case: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the module's options, its own defaults filled in."""
    container = {"command": ["sleep", "999"], "stop_signal": "SIGKILL", **case.get("container", {})}
    given = {
        "name": NAME,
        "image": {"reference": case.get("reference", IMAGE).replace("{arm}", ARM), "content": case.get("content", "c")},
        "secrets": case.get("secrets", {}),
        "wanted": {
            "container": container,
            "gate": {"timeout": "20s", "stable_for": "0s", "before": case.get("before", [])},
            "drain": "0s",
            **{key: case[key] for key in ("registrations", "directories", "files", "once", "leader") if key in case},
        },
    }
    if "repeat" in case:
        container["environment"] = {"LARGE": "x" * case["repeat"]}
    result = ArgumentSpecValidator(LAUNCH["argument_spec"]).validate(given)
    if result.error_messages:
        raise ValueError(result.error_messages)
    return t.cast(dict[str, t.Any], result.validated_parameters)


def state() -> list[str]:
    """All containers and volumes of the host, but those of preflights that are at it."""
    commands = (
        ["docker", "ps", "--all", "--format", "{{.ID}} {{.Names}} {{.State}}"],
        ["docker", "volume", "ls", "-q"],
    )
    told = (subprocess.run(command, check=True, capture_output=True, text=True).stdout for command in commands)
    return [line for text in told for line in text.splitlines()]


def make_arm_image() -> None:
    """Return an image with nothing in it whose configuration says arm64."""
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    diff_id = f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"
    rootfs = {"type": "layers", "diff_ids": [diff_id]}
    config = {"architecture": "arm64", "os": "linux", "config": {"Cmd": ["/x"]}, "rootfs": rootfs}
    manifest = [{"Config": "config.json", "RepoTags": [ARM], "Layers": ["layer.tar"]}]
    files = {"config.json": json.dumps(config), "manifest.json": json.dumps(manifest)}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in {**{n: c.encode() for n, c in files.items()}, "layer.tar": layer.getvalue()}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    subprocess.run(["docker", "load", "--quiet"], input=packed.getvalue(), check=True, capture_output=True)


def wrong(case: dict[str, t.Any]) -> list[str]:
    """Return what the preflight says otherwise than the case, which may name what only one of them can tell."""
    found = []
    for how, check in (("check", True), ("real", False)):
        expected = case.get(how, case.get("says"))
        result = states.preflight(options(case), check)
        said = result["problems"]
        if len(said) != bool(expected) or (expected and not re.search(expected, said[0])):
            found.append(f"{how}: {said}")
        if result["action"] != case.get("action", "replace"):
            found.append(f"{how}: {result['action']}")
    return found


states.present(options({}), False)
make_arm_image()
cases = json.load(sys.stdin)
before = state()
try:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = list(pool.map(wrong, cases))
    after = state()
finally:
    states.absent(options({}), False)
    subprocess.run(["docker", "rmi", ARM], check=True, capture_output=True)
left = {} if after == before else {"nothing is left": [*set(before) ^ set(after)]}
print(json.dumps({**{case["id"]: told for case, told in zip(cases, outcomes, strict=True) if told}, **left}))
