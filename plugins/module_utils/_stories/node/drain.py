# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator takes a service on this host, or one instance of it, out of traffic, and brings it back."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    DRAINED,
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.departure import refusals
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import (
    By,
    Fleet,
    FoundNode,
    held_locks,
    look,
    named,
    refuse_now,
    standings_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.patch_day import (
    listed_again,
    locked,
    prove,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.drains import note_drains
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Chosen:
    """What is drained: a service, or one instance; either may be empty, not both."""

    service: str
    instance: str

    def among(self, found: FoundNode) -> tuple[str, list[str]]:
        """Return the service and its instances that are meant; ``Failure`` where there are none."""
        services = {
            owner: names
            for owner in found.by_service()
            if self.service in ("", owner)
            and (names := [n for n in found.by_service()[owner] if self.instance in ("", n)])
        }
        if not services:
            what = f"instance {self.instance}" if self.instance else f"instance of {self.service}"
            raise Failure(f"There is no {what} on {found.name}; nothing was touched. status.yml shows what runs.")
        return next(iter(services.items()))


def drain(host: Host, fleet: Fleet, by: By, chosen: Chosen, reason: str, force: bool, check: bool) -> Result:
    """Take what is chosen out of traffic until somebody ends that; its containers run on.

    Refuse what others would miss, before anything is touched, unless ``force``.
    """
    found = look(host, fleet)
    service, names = chosen.among(found)
    seen = {name: survey(host, name) for name in names}
    left = [name for name in names if not _is_out(seen[name])]
    warnings = [
        f"{name} is drained already ({seen[name].drained.removeprefix(DRAINED)})" for name in names if name not in left
    ]
    if not left:
        return {"changed": False, "node": found.name, "steps": [], "warnings": warnings}
    _refuse(host, fleet, found, service, left, force)
    why = f"{DRAINED}{reason} (by {by.who} on {by.where}, since {now()})"
    if not check:
        with locked(host, fleet, by, service, f"drain {', '.join(left)} on {found.name}") as lock:
            if not force:
                refuse_now(host, fleet, found, service, left)
            for name in left:
                with notes.exclusively(name, notes.AT_WORK):
                    _take_out(host, lock, name, fleet.of(service).drain, why)
            note_drains(lock, f"{by.who} on {by.where}", "drained", found.name, left, reason)
    return {
        "changed": True,
        "node": found.name,
        "steps": [f"drain {named(name, service)}: {reason}" for name in left],
        "warnings": warnings,
    }


def undrain(host: Host, fleet: Fleet, by: By, chosen: Chosen, check: bool) -> Result:
    """Bring what is chosen back into traffic, once it has passed its gate, out of traffic as it is."""
    found = look(host, fleet)
    service, names = chosen.among(found)
    left = [name for name in names if survey(host, name).drained]
    if left and not check:
        with locked(host, fleet, by, service, f"undrain {', '.join(left)} on {found.name}") as lock:
            for name in left:
                with notes.exclusively(name, notes.AT_WORK):
                    _bring_back(host, fleet, lock, service, name)
                note_drains(lock, f"{by.who} on {by.where}", "undrained", found.name, [name], "")
    return {
        "changed": bool(left),
        "node": found.name,
        "steps": [f"let {named(name, service)} pass its gate, and end its drain" for name in left],
        "warnings": [warning for name in names for warning in _others(survey(host, name))],
    }


def _is_out(seen: ObservedInstance) -> bool:
    """Return whether the instance is drained, all of it."""
    return bool(seen.drained) and all(r.maintenance is not None for r in seen.registrations.values())


def _refuse(host: Host, fleet: Fleet, found: FoundNode, service: str, going: list[str], force: bool) -> None:
    """Raise ``Failure`` with all reasons for which the service may not be drained here."""
    standings = [] if force else standings_of(host.agent, fleet, found, service, going)
    missed, problem = refusals(found.name, standings, None), fleet.of(service).problem
    reasons = [*([problem] if problem else []), *held_locks(fleet, found.services, [service]), *missed]
    hint = ["To drain it all the same: -e force=true"] if missed else []
    if reasons:
        raise Failure("\n".join([f"{service} is not drained on {found.name}; nothing was touched.", *reasons, *hint]))


def _take_out(host: Host, lock: Lock, name: str, drain_time: float, why: str) -> None:
    """Note the drain first, so that the host brings it back should Consul's agent lose it, then set maintenance."""
    seen = survey(host, name)
    why = seen.drained or why
    lock.check()
    if notes.are_kept():
        notes.write(name, drained={"reason": why})
    traffic.take_out(host, seen.registrations.values(), seen.visible_ports, drain_time, why)
    if not survey(host, name).drained:
        raise Failure(
            f"{name} could not be drained: its last launch did not come to its end, or has registered nothing, and this"
            " user may not keep notes on the host. Deploy again first, or drain it as root."
        )


def _bring_back(host: Host, fleet: Fleet, lock: Lock, service: str, name: str) -> None:
    try:
        prove(host, fleet, service, name)
    except Failure as failure:
        raise Failure(f"{name} stays drained: {failure} To mend it: deploy.yml -e service={service}") from failure
    lock.check()
    seen = survey(host, name)
    if notes.are_kept():
        notes.write(name, drained={})
    for registration in seen.registrations.values():
        if registration.maintenance == MAINTENANCE or (registration.maintenance or "").startswith(DRAINED):
            host.agent.end_maintenance(registration.id)
    listed_again(host, seen.registrations)


def _others(seen: ObservedInstance) -> list[str]:
    """Return what keeps an instance out of traffic besides its drain."""
    return [] if seen.drained else seen.warnings
