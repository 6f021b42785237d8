# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sides of an instance whose new container starts first: one with each of its alternating ports. Pure.

The options of launch have what the instance is to be on one side as ``wanted``, and on the other as ``alternate``.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import registrations
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance

Options = dict[str, t.Any]


def with_ports_in_use(params: Options, found: ObservedInstance) -> Options:
    """Return the options with the side as ``wanted`` whose ports the container has that is there."""
    container = found.current or found.previous
    if not params.get("alternate") or container is None:
        return params
    own = _ports(container.registrations)
    shared = {side: len(own & _ports(_entries(params[side]))) for side in ("wanted", "alternate")}
    return turned(params) if shared["alternate"] > shared["wanted"] else params


def turned(params: Options) -> Options:
    """Return the options with the sides the other way round."""
    return {**params, "wanted": params["alternate"], "alternate": params["wanted"]}


def starts_first(params: Options, found: ObservedInstance, plan: Plan) -> bool:
    """Return whether the plan starts a new container while the old one serves: only where that is in traffic.

    One that does not run, or that somebody keeps out of traffic, has nothing to lose. Sidecars go with their container.
    """
    current = found.current
    if not params.get("alternate") or current is None or current.state != "running" or found.held or found.drained:
        return False
    if found.sidecars:
        return False
    is_alone = found.previous is None or superseded(found) is not None
    return is_alone and plan.action in (Action.REPLACE, Action.RESTART)


def on_the_other_side(params: Options, found: ObservedInstance, plan: Plan) -> tuple[Options, Plan]:
    """Return options and plan of a new container with the ports that are free. ``params``: with those in use."""
    there, upcoming = _entries(params["wanted"]), _entries(params["alternate"])
    both = _ports(found.current.registrations if found.current else ()) & _ports(upcoming)
    if both:
        raise Failure(
            f"service_rollout.start_first: the container that runs has port {min(both)}, which each of its next ones"
            " would have too. Change one of the alternating ports at a time, or deploy once without start_first."
        )
    changes = (change for change in plan.changes if not _is_of_the_side(change))
    return turned(params), Plan(Action.REPLACE, (*changes, *_port_changes(there, upcoming)))


def _is_of_the_side(change: Change) -> bool:
    """Return whether a registration as a whole comes or goes: each side has its own."""
    return change.key.startswith("registrations.") and None in (change.before, change.after)


def _port_changes(there: t.Sequence[Options], upcoming: t.Sequence[Options]) -> t.Iterator[Change]:
    pairs = [(there[n], new) for n, new in enumerate(upcoming[: len(there)]) if there[n].get("port") != new.get("port")]
    for old, new in pairs:
        key = "port" if len(pairs) == 1 else f"port.{new.get('name') or ''}"
        yield Change(key, old.get("port"), new.get("port"))


def superseded(found: ObservedInstance) -> FoundContainer | None:
    """Return the old container beside a new one that has passed its gate, each with registrations of its own."""
    current, previous = found.current, found.previous
    if current is None or previous is None or current.state != "running":
        return None
    own = ids_of(current)
    has_passed = bool(own) and all(i in found.registrations and found.registrations[i].passed_gate for i in own)
    return previous if has_passed and not own & ids_of(previous) else None


def beside(found: ObservedInstance) -> FoundContainer | None:
    """Return a new container that a killed launch has started beside the one that serves."""
    return found.next if found.current and found.next and found.next.state == "running" else None


def without_beside(found: ObservedInstance) -> ObservedInstance:
    """Return what was found without the registrations of such a container: they say nothing of the one that serves."""
    upcoming = beside(found)
    if upcoming is None:
        return found
    theirs = ids_of(upcoming) - ids_of(found.current)
    return replace(found, registrations={i: r for i, r in found.registrations.items() if i not in theirs})


def ids_of(container: FoundContainer | None) -> set[str]:
    """Return the IDs of the registrations that were last wanted of a container; none where they are not valid today."""
    if container is None:
        return set()
    try:
        return {registration.id for registration in registrations(container.registrations, container.instance)}
    except Failure:
        return set()


def _entries(side: Options) -> list[Options]:
    """Return the registrations of a side; a side that could not be rendered has none."""
    return [entry for entry in side.get("registrations") or () if isinstance(entry, dict)]


def _ports(entries: t.Iterable[Options]) -> set[int]:
    return {int(entry["port"]) for entry in entries if str(entry.get("port") or "").isdecimal()}
