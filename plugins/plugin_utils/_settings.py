# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which value of a key holds: an extra variable before the service file, the file before the inventory's variables."""

from __future__ import annotations

import typing as t

from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

Variables = dict[str, t.Any]


def extra_settings(loader: DataLoader) -> Variables:
    """Return the keys of a service file that this run was given by ``-e``."""
    return {name: value for name, value in load_extra_vars(loader).items() if str(name).startswith("service_")}


def same_for_all(key: str, sources: t.Sequence[Variables], hosts: t.Iterable[str], task_vars: Variables) -> t.Any:
    """Return the value of a key that the whole service has once, None where nothing sets it.

    ``sources``: what comes before the inventory, the first one that has the key wins. ``hosts``: those whose inventory
    variables must agree where none of them has it.
    """
    for source in sources:
        if key in source:
            return source[key]
    values = {host: task_vars["hostvars"][host].get(key) for host in hosts}
    first = next(iter(values), None)
    differing = next((host for host in values if values[host] != values[first]), None)
    if differing is not None:
        raise Failure(
            f"{key} holds for the service as a whole, but the inventory's variables give {first} {values[first]!r} and"
            f" {differing} {values[differing]!r}. Write it into the service file, or into group_vars/all."
        )
    value = values.get(first) if first is not None else None
    return task_vars.get(key) if value is None else value


def lines_of_extra(names: t.Iterable[str]) -> list[str]:
    """Say which keys were set by ``-e``, for the plan."""
    listed = ", ".join(sorted(names))
    return [f"Set by extra variables (-e), instead of the service file: {listed}"] if listed else []
