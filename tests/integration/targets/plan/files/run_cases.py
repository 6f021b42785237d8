# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the plan's cases on this host: a table of cases as JSON on stdin, what went wrong as JSON on stdout.

One process for all, several cases at a time: a task of Ansible for each call would take minutes.
Arguments: a prefix of names that nobody else uses, the image's reference, a folder that is removed afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import LAUNCH
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import states

AT_A_TIME = 6
PREFIX, IMAGE, FOLDER = sys.argv[1:]
# Killed at once, as sleep does not hear TERM.
CONTAINER = {"command": ["sleep", "999"], "stop_signal": "SIGKILL"}


def options(name: str, case: dict[str, t.Any] | str) -> dict[str, t.Any]:
    """Return the module's options, its own defaults filled in."""
    service = {} if case == "absent" else dict(t.cast(dict[str, t.Any], case))
    given = {
        "name": name,
        "state": "absent" if case == "absent" else "present",
        "image": {"reference": service.pop("reference", IMAGE), "content": service.pop("content", "content")},
        "secrets": service.pop("secrets", {}),
        "wanted": {"gate": {"timeout": "20s", "stable_for": "0s"}, "drain": "0s", **service},
    }
    for key in ("container", "container_without_peers"):
        if key == "container" or key in service:
            given["wanted"][key] = {**CONTAINER, **service.get(key, {})}
    result = ArgumentSpecValidator(LAUNCH["argument_spec"]).validate(given)
    if result.error_messages:
        raise ValueError(result.error_messages)
    return t.cast(dict[str, t.Any], result.validated_parameters)


def call(name: str, case: dict[str, t.Any] | str, check: bool) -> dict[str, t.Any]:
    """Return what the module does with these options."""
    params = options(name, case)
    return (states.absent if case == "absent" else states.present)(params, check)


def containers(name: str) -> str:
    """Return what the engine has of a case."""
    command = [
        "docker",
        "ps",
        "--all",
        "--no-trunc",
        "--filter",
        f"name=^{name}",
        "--format",
        "{{.ID}} {{.Names}} {{.State}}",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def failure_of(name: str, case: dict[str, t.Any]) -> str:
    """Return the error of a launch that must fail."""
    try:
        call(name, case, False)
    except Failure as failure:
        return str(failure)
    return "nothing"


def by_hand(command: str) -> list[str]:
    """Run a command on the host, and return what it says where it fails."""
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    return [f"{command}: {done.stderr}"] if done.returncode else []


def problems(name: str, case: dict[str, t.Any]) -> list[str]:
    """Return what is not as the case says."""
    if wrong := by_hand(case.get("first", "true")):
        return wrong
    if case.get("before") is not None:
        call(name, case["before"], False)
    if wrong := by_hand(case.get("by_hand", "true")):
        return wrong
    after = case.get("after", case.get("before"))
    before_check = containers(name)
    if "fails" in case:
        error = failure_of(name, after)
        wrong = [] if case["fails"] in error else [f"the error says: {error}"]
        return wrong if containers(name) == before_check else [*wrong, "the failure left other containers"]
    planned = call(name, after, True)
    wrong = [] if containers(name) == before_check else ["check mode changed something"]
    results = {"planned": planned, "done": call(name, after, False)}
    for step, result in results.items():
        # Sorted, as the order of the keys is no part of a case.
        keys = sorted(change["key"] for change in result["changes"])
        if (result["action"], keys) != (case["action"], sorted(case["keys"])):
            wrong.append(f"{step}: {result['action']}, {keys}")
    if planned["changes"] != results["done"]["changes"]:
        wrong.append(f"planned: {planned['changes']}, done: {results['done']['changes']}")
    for step, check in (("planned again", True), ("done again", False)):
        result = call(name, after, check)
        if result["action"] != "none":
            wrong.append(f"{step}: {result['action']}, {result['changes']}")
    return wrong


def run(number: int, case: dict[str, t.Any]) -> list[str]:
    """Run a case from its beginning to nothing left."""
    name = f"{PREFIX}-{number:03}"
    named = json.loads(json.dumps(case).replace("{name}", name).replace("{image}", IMAGE).replace("{folder}", FOLDER))
    try:
        return problems(name, named)
    except Failure as failure:
        return [str(failure)]
    finally:
        found = [line.split()[1] for line in containers(name + "$").splitlines()]
        if "fails" in case and not case.get("before", {}) and found:
            subprocess.run(["docker", "rm", "--force", *found], check=True, capture_output=True)
        call(name, "absent", False)
        by_hand(f"docker rmi {name}:1")  # where the case has made one


cases = json.load(sys.stdin)
with ThreadPoolExecutor(AT_A_TIME) as pool:
    outcomes = list(pool.map(run, range(len(cases)), cases))
print(json.dumps({case["id"]: wrong for case, wrong in zip(cases, outcomes, strict=True) if wrong}))
