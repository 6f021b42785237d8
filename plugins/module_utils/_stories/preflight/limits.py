# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits that the engine of this host cannot give."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec


def impossible_ulimits(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each entry of ``ulimits`` with which the container would not start."""
    entries = wanted.container.options.get("ulimits") or ()
    limits = host_files.engine_limits() if entries else None
    for entry in entries:
        name = str(_of(entry, "name"))
        soft, hard = _of(entry, "soft"), _of(entry, "hard")
        highest = _highest(name, limits)
        if isinstance(hard, int) and isinstance(soft, int) and _exceeds(soft, hard):
            yield f"service_container.ulimits: the soft limit of {name} ({soft}) is above the hard one ({hard})"
        wanted_most = hard if hard is not None else soft
        if highest is not None and isinstance(wanted_most, int) and _exceeds(wanted_most, highest):
            yield (
                f"service_container.ulimits: {name} of {wanted_most} is more than the engine of this host can give"
                f" ({highest}); lower it, or raise LimitNOFILE and the like of docker.service"
            )


def _highest(name: str, limits: dict[str, int] | None) -> int | None:
    """Return the highest that can be given; None where nothing is known against it, -1 for no limit."""
    known = (limits or {}).get(name)
    if name == "nofile" and limits is not None:
        most = host_files.most_open_files()
        return most if known is None else known if most is None else min(known, most) if known != -1 else most
    return known


def _exceeds(value: int, limit: int) -> bool:
    return limit != -1 and (value == -1 or value > limit)


def _of(entry: t.Any, key: str) -> t.Any:
    """Return an entry's value of a key, which the SDK takes with and without a capital."""
    return entry.get(key.capitalize(), entry.get(key)) if isinstance(entry, dict) else None
