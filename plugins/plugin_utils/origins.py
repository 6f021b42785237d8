# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which layer of the configuration a change of the plan comes from."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils.rendering import config_keys


def with_origins(plan: dict[str, t.Any], variables: dict[str, t.Any], origin: dict[str, str]) -> dict[str, t.Any]:
    """A host's plan where each change that depends on config also has ``origins``: list of str.

    ``variables``: the host's, templates untouched; ``origin``: of ``discover``, path of a value -> its layer.
    """
    changes = [
        {**change, "origins": origins_of(change["key"], variables, origin)} for change in plan.get("changes", ())
    ]
    return {**plan, "changes": changes} if changes else plan


def origins_of(key: str, variables: dict[str, t.Any], origin: dict[str, str]) -> list[str]:
    """A line for each key of config that the option ``key`` is made from, such as ``environment.ES_JAVA_OPTS``."""
    is_registration = key.startswith("registrations.")
    raw = variables.get("service_registrations") if is_registration else _at(key, variables.get("service_container"))
    used = config_keys(raw, variables)
    return [
        f"config {value} is from {layer}"
        for value, layer in origin.items()
        if any(_overlaps(value, path) for path in used)
    ]


def _at(key: str, raw: t.Any) -> t.Any:
    """The template of an option, or of the nearest above it; names of options may hold dots themselves."""
    while isinstance(raw, dict):
        name = next((name for name in raw if key == name or key.startswith(f"{name}.")), None)
        if name is None:
            return None
        key, raw = key[len(name) + 1 :], raw[name]
    return raw


def _overlaps(value: str, path: str) -> bool:
    """A template may use a folder, or a method of a value."""
    return value == path or value.startswith(f"{path}/") or path.startswith(f"{value}/")
