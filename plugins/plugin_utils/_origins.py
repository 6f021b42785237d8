# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which layer of the configuration a change of the plan comes from."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_lines import by_entry
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import config_keys
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import SHORT


def with_origins(plan: dict[str, t.Any], variables: dict[str, t.Any], origin: dict[str, str]) -> dict[str, t.Any]:
    """Return a host's plan where each change that depends on config also has ``origins``: list of str.

    ``variables``: the host's, templates untouched; ``origin``: of ``service_info``, path of a value -> its layer.
    """
    changes = [
        {**entry, "origins": origins_of(entry["key"], variables, origin)}
        for change in plan.get("changes", ())
        for entry in by_entry(change)
    ]
    return {**plan, "changes": changes} if changes else plan


def origins_of(key: str, variables: dict[str, t.Any], origin: dict[str, str]) -> list[str]:
    """Return a line for each key of config that the option ``key``, such as ``environment.HEAP``, is made from."""
    if key.startswith("registrations."):
        raw = _of_registration(key.removeprefix("registrations."), variables)
    else:
        raw = _at(key, variables.get("service_container"))
    used = config_keys(raw, variables)
    return [
        f"config {value} is from {layer}"
        for value, layer in origin.items()
        if any(_overlaps(value, path) for path in used)
    ]


def _of_registration(key: str, variables: dict[str, t.Any]) -> t.Any:
    """Return the template of ``ID.checks[0].interval``, or of all registrations where it is unclear which one it is."""
    entries, service = variables.get("service_registrations"), variables.get("service", "")
    if not entries:
        return [variables[name] for name in SHORT if name in variables]
    for entry in entries if isinstance(entries, list) else ():
        name = entry.get("name", service)
        identity = str(entry.get("id") or (name if name == service else f"{service}-{name}"))
        if key == identity:
            return entry
        if key.startswith(f"{identity}."):
            return _at(key[len(identity) + 1 :], entry)
    return entries


def _at(key: str, raw: t.Any) -> t.Any:
    """Return the template of an option or an entry of one, or of the nearest above it; names may hold dots."""
    while key and isinstance(raw, (dict, list)):
        if isinstance(raw, list):
            place = re.match(r"\[(\d+)\]\.?", key)
            # Entries that are left out move the others.
            if place is None or int(place[1]) >= len(raw) or any("omit" in str(entry) for entry in raw):
                return raw
            key, raw = key[place.end() :], raw[int(place[1])]
            continue
        name = next((name for name in raw if key == name or key.startswith((f"{name}.", f"{name}["))), None)
        if name is None:
            return None
        key, raw = key[len(name) :].removeprefix("."), raw[name]
    return raw


def _overlaps(value: str, path: str) -> bool:
    """Return whether one lies in the other: a template may use a folder, or a method of a value."""
    return value == path or value.startswith(f"{path}/") or path.startswith(f"{value}/")
