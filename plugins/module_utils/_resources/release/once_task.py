# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet-once tasks: commands such as a database's migration, run once for each release."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_doubles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    Kind,
    command_of,
    is_number,
)

# Part of a path in the KV and of a container's name.
TASK_NAME = Kind(
    "a name of letters, digits, '_', '.' and '-'",
    "migrate",
    lambda name: is_number(name) or (isinstance(name, str) and bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*", name))),
)


@dataclass(frozen=True)
class OnceTask:
    """An entry of ``service_once``; ``timeout`` in seconds."""

    name: str
    command: tuple[str, ...]
    timeout: float

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> OnceTask:
        """Return the task of an entry of ``service_once``."""
        TASK_NAME.refuse(options["name"], "service_once")
        where = f"service_once.{options['name']}"
        command = command_of(options["command"], f"{where}.command")
        return cls(options["name"], command, seconds(options["timeout"], f"{where}.timeout"))


def once_tasks(entries: t.Sequence[dict[str, t.Any]]) -> tuple[OnceTask, ...]:
    """Return all entries of ``service_once``; two of one name are refused."""
    tasks = tuple(OnceTask.from_options(entry) for entry in entries)
    refuse_doubles([task.name for task in tasks], "service_once")
    return tasks
