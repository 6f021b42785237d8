# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the sidecars of an instance as they are wanted and as they were found. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import (
    Change,
    Plan,
    changes_between,
    flat,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import Sidecar

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec

Changes = tuple[Change, ...]
Mark = dict[str, t.Any]


@dataclass(frozen=True)
class Differences:
    """``whole``: what makes the instance another one; ``own``: what is done about single sidecars as the rest runs."""

    whole: Changes = ()
    own: Changes = ()

    def __add__(self, other: Differences) -> Differences:
        return Differences((*self.whole, *other.whole), (*self.own, *other.own))


def with_sidecars(plan: Plan, wanted: InstanceSpec, found: ObservedInstance) -> Plan:
    """Return the plan of an instance with what is to be done about its sidecars."""
    main = found.current or found.previous
    if not (wanted.sidecars or found.sidecars or (main and main.sidecars)):
        return plan
    differences = _differences(wanted, found, main)
    changes = (*plan.changes, *differences.whole, *differences.own)
    if plan.action.makes_container or not (differences.whole or differences.own):
        return Plan(plan.action, changes)
    return Plan(Action.REPLACE if differences.whole else max(plan.action, Action.UPDATE), changes)


def _differences(wanted: InstanceSpec, found: ObservedInstance, main: FoundContainer | None) -> Differences:
    marks = main.sidecars if main else {}
    result = Differences()
    for sidecar in wanted.sidecars:
        there = found.sidecars.get(sidecar.name)
        if main is None:
            result += Differences(whole=_creation(sidecar))
        elif sidecar.once:
            result += _of_once(sidecar, wanted.container.sidecars[sidecar.name], marks, there)
        else:
            result += _of_one(sidecar, wanted.container.sidecars[sidecar.name], marks, there)
    names = {sidecar.name for sidecar in wanted.sidecars}
    for name in sorted({*marks, *found.sidecars} - names):
        gone = (Change(f"sidecars.{name}", "there", None),)
        is_alone = name not in marks or marks[name]["alone"]
        result += Differences(own=gone) if is_alone else Differences(whole=gone)
    return result


def _of_once(sidecar: Sidecar, mark: Mark, marks: dict[str, Mark], there: ObservedInstance | None) -> Differences:
    """Return whether it ran as it is wanted now before the main container was started."""
    key, before = f"sidecars.{sidecar.name}", marks.get(sidecar.name)
    if before != mark:
        return Differences(whole=(Change(key, before and before["digest"], mark["digest"]),))
    left = containers_of(there)
    return Differences(own=tuple(Change(f"{key}.leftover", container.state, None) for container in left))


def _of_one(sidecar: Sidecar, mark: Mark, marks: dict[str, Mark], there: ObservedInstance | None) -> Differences:
    key, container = f"sidecars.{sidecar.name}", current_of(there)
    added = () if sidecar.name in marks else (Change(key, None, sidecar.container.content),)
    if there is None or container is None:
        return _kind(sidecar, added, own=() if added else (Change(f"{key}.state", None, "running"),))
    changed = tuple(Change(f"{key}.{c.key}", c.before, c.after) for c in container_changes(sidecar, container, there))
    if not (changed or added) and marks[sidecar.name] != mark:
        changed = (Change(key, "made of another", "made of the same"),)
    stopped = container.state != "running"
    state = (Change(f"{key}.state", container.state, "running"),) if stopped else ()
    left = [c for c in (there.previous, there.next) if c and (c is not container or there.current is None)]
    leftovers = tuple(Change(f"{key}.leftover.{c.name}", c.state, None) for c in left)
    return _kind(sidecar, (*added, *changed), own=(*state, *leftovers))


def _kind(sidecar: Sidecar, changes: Changes, own: Changes) -> Differences:
    """Return the changes that make it another one, and those that do not."""
    return Differences(own=(*changes, *own)) if sidecar.alone else Differences(changes, own)


def container_changes(sidecar: Sidecar, container: FoundContainer, there: ObservedInstance) -> Changes:
    """Return what makes the container that was found another one, with its files as they are on the host."""
    wanted = sidecar.container
    settings = changes_between(_plain(container.sidecar), _plain(wanted.sidecar))
    files = {
        path: (there.files.get(path), digest)
        for path, digest in wanted.sidecar["files"].items()
        if there.files.get(path) != digest or container.sidecar.get("files", {}).get(path) != digest
    }
    on_disk = tuple(Change(f"files.{path}", before, after) for path, (before, after) in files.items())
    return (*wanted.changes_from(container), *wanted.updates_from(container), *settings, *on_disk)


def _plain(settings: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in settings.items() if key not in ("name", "place", "files")}


def current_of(there: ObservedInstance | None) -> FoundContainer | None:
    """Return the container that serves, or served before a launch that was killed."""
    return (there.current or there.previous) if there else None


def containers_of(there: ObservedInstance | None) -> list[FoundContainer]:
    """Return all containers of a sidecar."""
    return [container for container in (there.current, *there.leftovers) if container] if there else []


def _creation(sidecar: Sidecar) -> Changes:
    options = {"image": sidecar.container.content, **flat(sidecar.container.options)}
    return tuple(Change(f"sidecars.{sidecar.name}.{key}", None, value) for key, value in options.items())


def needs_of_sidecars(wanted: InstanceSpec, found: ObservedInstance) -> list[str]:
    """Return the sidecars about which something is to be done while the main container runs on."""
    main = found.current or found.previous
    changes = _differences(wanted, found, main).own if main else ()
    return sorted({change.key.split(".")[1] for change in changes})


def last_applied(found: ObservedInstance, main: FoundContainer) -> tuple[Sidecar, ...]:
    """Return the sidecars as labels say that they were wanted; of one that is gone only its name is known."""
    return tuple(_as_labelled(name, mark, current_of(found.sidecars.get(name))) for name, mark in main.sidecars.items())


def _as_labelled(name: str, mark: Mark, there: FoundContainer | None) -> Sidecar:
    wanted, settings = (there.wanted, there.sidecar) if there else ({}, {"files": {}})
    content, version = (there.content, there.version) if there else ("", "")
    container = Container(name, "", "", content, version, wanted, wanted, {}, [], sidecar=settings)
    return Sidecar(name, container, once=mark["once"], alone=mark["alone"])
