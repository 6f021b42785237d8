# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that a service file names beside the container's first one: where it names them, and where each runs."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.condition import Condition
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec

# By which the engine runs a health check that is a text.
SHELL = "/bin/sh"


class Program(t.NamedTuple):
    """The first word of a command; ``key`` is the one of the service file that has it."""

    key: str
    word: str


def programs_of_new_containers(wanted: InstanceSpec) -> list[Program]:
    """Return those that run in the instance's next container, or in one that is made like it."""
    reload = wanted.reload if wanted.code else None
    found = [Program(f"service_once.{task.name}", task.command[0]) for task in wanted.once]
    found += [Program("service_rollout.order.leader", wanted.leader[0])] if wanted.leader else []
    if reload:
        found += [Program(f"service_reload.check[{n}]", command[0]) for n, command in enumerate(reload.check)]
        found += [
            Program(f"service_reload.commands[{n}]", command[0])
            for n, command in enumerate(reload.commands)
            if not _is_of_code(command[0])
        ]
    for number, file in enumerate(wanted.files):
        found += [Program(f"service_files[{number}].validate", file.validate[0])] if file.validate else []
    return [*found, *_of_conditions(wanted.gate.after), *_of_health_check(wanted), *_of_checks(wanted)]


def programs_asked_before(wanted: InstanceSpec) -> list[Program]:
    """Return those that are asked in the container that runs, before it is taken out of traffic."""
    return _of_conditions(wanted.gate.before)


def _is_of_code(word: str) -> bool:
    """Tell whether a word is a path from the folder of the code, in which commands of a reload are run."""
    return "/" in word and not word.startswith("/")


def _of_conditions(conditions: t.Iterable[Condition]) -> list[Program]:
    return [Program(f"{asked.where}.command", asked.command[0]) for asked in conditions if asked.command]


def _of_health_check(wanted: InstanceSpec) -> list[Program]:
    given = wanted.container.options.get("healthcheck") or {}
    test = given.get("test") or given.get("Test")
    key = "service_container.healthcheck.test"
    if isinstance(test, list):
        kind, *words = test or [""]
        if kind == "CMD" and words:
            return [Program(key, str(words[0]))]
        return [Program(key, SHELL)] if kind == "CMD-SHELL" else []
    return [Program(key, SHELL)] if test else []


def _of_checks(wanted: InstanceSpec) -> list[Program]:
    """Return those of Consul's checks that run in the instance's own container."""
    return [
        Program(f"{registration.where}.checks[{number}].args", str(check.options["args"][0]))
        for registration in wanted.registrations
        for number, check in enumerate(registration.checks)
        if check.options.get("args") and check.options.get("docker_container_id") == wanted.container.name
    ]
