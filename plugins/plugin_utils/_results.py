# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules returned on hosts, as hostvars have it."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._unreachable import with_advice

Result = dict[str, t.Any]
PREPARE = (
    "Run the role longshore.fleet.docker on this host, as bootstrap.yml (./fleet up) does: it installs Docker, and the"
    " Python that the modules need."
)


def registered(task_vars: Result, hosts: t.Iterable[str], name: str) -> dict[str, Result]:
    """Host -> what a task registered there; empty where it never ran."""
    return registered_by_task(task_vars, hosts, (name,))[name]


def registered_by_task(
    task_vars: Result, hosts: t.Iterable[str], names: t.Collection[str]
) -> dict[str, dict[str, Result]]:
    """Task's variable -> host -> what it registered there. A host's variables are put together once for all names."""
    by_task: dict[str, dict[str, Result]] = {name: {} for name in names}
    for host in hosts:
        variables = task_vars["hostvars"][host]
        for name in names:
            by_task[name][host] = variables.get(name) or {}
    return by_task


def message_of(result: Result) -> str:
    """Return a failed result's message; a missing interpreter is explained by what makes it."""
    message = str(result.get("msg") or "").strip()
    if "interpreter" in message and "not found" in message:
        return f"{message} {PREPARE}"
    if result.get("unreachable"):
        return with_advice(message)
    return message or str(result.get("module_stderr") or "no message")


def is_wrong(result: Result) -> bool:
    """Return whether it failed, or its host could not be reached."""
    return bool(result.get("failed") or result.get("unreachable"))


def action_of(plan: Result) -> Action:
    """Return what a plan does to an instance; nothing where there is none."""
    return Action(plan.get("action", Action.NONE.value))
