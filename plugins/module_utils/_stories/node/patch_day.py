# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patch day: a host goes out of traffic with all that it has, stays as it is, and comes back through its gates."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import NODE_MAINTENANCE
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    checks_of,
    maintenance_check,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import last_registrations
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import (
    By,
    Fleet,
    FoundNode,
    look,
    named,
    refuse,
    refuse_now,
    take_lock,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.record import giving_back
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey

Result = dict[str, t.Any]
# How the reason of our own maintenance of a host begins; a launch leaves it alone, as it does everybody else's.
OURS = "longshore: host out of traffic: "


def keep_out(host: Host, fleet: Fleet, by: By, reason: str, check: bool) -> Result:
    """Take all instances of this host out of traffic, drained one service after the other; they run on."""
    found = look(host, fleet)
    if found.maintenance is not None:
        return _stays_out(found)
    refuse(host, fleet, found)
    maintenance = f"{OURS}{reason} (by {by.who} on {by.where}, since {now()})"
    services = found.by_service()
    if not check:
        for service in services:
            _drain(host, fleet, by, found, service, maintenance)
        host.agent.maintain_node(maintenance)
        traffic.wait_for_catalog(host, [(r.name, r.id) for r in found.registrations], passing=False)
        _end_own_maintenance(host)
    steps = [f"take {named(name, service)} out of traffic" for service, names in services.items() for name in names]
    return {"changed": True, "node": found.name, "steps": [*steps, f"set maintenance of {found.name}: {reason}"]}


def _stays_out(found: FoundNode) -> Result:
    """Return that the node is out already; whoever has set it."""
    reason = str(found.maintenance)
    warnings = [] if reason.startswith(OURS) else [f"{found.name} is in maintenance, set by somebody else ({reason})"]
    return {"changed": False, "node": found.name, "steps": [], "warnings": warnings}


def _drain(host: Host, fleet: Fleet, by: By, found: FoundNode, service: str, maintenance: str) -> None:
    """Take a service out under its lock, by a reason that launches leave alone should this be killed half-way."""
    with locked(host, fleet, by, service, f"{found.name} goes out of traffic") as lock:
        refuse_now(host, fleet, found, service)
        for instance in found.by_service()[service]:
            seen = survey(host, instance)
            lock.check()
            traffic.take_out(
                host, seen.registrations.values(), seen.visible_ports, fleet.of(service).drain, maintenance
            )


def bring_back(host: Host, fleet: Fleet, by: By, check: bool) -> Result:
    """End our maintenance of this host, once each of its instances has passed its gate."""
    found = look(host, fleet)
    held = [r for r in found.registrations if _is_ours(r.maintenance)]
    if found.maintenance is not None and not _is_ours(found.maintenance):
        raise Failure(
            f"{found.name} is in maintenance, set by somebody else ({found.maintenance}); it stays there. To end it, on"
            " that host: consul maint -disable"
        )
    if found.maintenance is None and not held:
        return {"changed": False, "node": found.name, "steps": []}
    services = found.by_service()
    if not check:
        _pass_gates(host, fleet, by, found)
        host.agent.end_node_maintenance()
        _end_own_maintenance(host)
        _confirm(host)
    steps = [f"let {named(name, service)} pass its gate" for service, names in services.items() for name in names]
    return {"changed": True, "node": found.name, "steps": [*steps, f"end the maintenance of {found.name}"]}


def _pass_gates(host: Host, fleet: Fleet, by: By, found: FoundNode) -> None:
    """Prove all instances, out of traffic as they are; one ``Failure`` tells of all that do not pass."""
    failing = [
        f"Check {check['CheckID']} of the node is {check['Status']}, so none of its instances would be in traffic."
        for check in host.agent.checks().values()
        if not check["ServiceID"] and check["Status"] != "passing" and check["CheckID"] != NODE_MAINTENANCE
    ]
    for service, names in found.by_service().items():
        with locked(host, fleet, by, service, f"{found.name} comes back"):
            for instance in names:
                try:
                    prove(host, fleet, service, instance)
                except Failure as failure:
                    failing.append(f"{instance}: {failure} To mend it: deploy.yml -e service={service}")
    if failing:
        raise Failure("\n".join([f"{found.name} stays out of traffic; not all of its instances are up.", *failing]))


def prove(host: Host, fleet: Fleet, service: str, instance: str) -> None:
    """Let an instance pass its gate, and tell the agent, whose own checks may be an interval away."""
    found = survey(host, instance)
    if not (found.current or found.leftovers or found.registrations):
        return  # a first launch that failed has noted it
    if found.current is None or found.leftovers or not all(r.passed_gate for r in found.registrations.values()):
        raise Failure("its last launch did not come to its end.")
    wanted = last_registrations(found, found.current)
    pass_gate(host, found.current.id, checks_of(wanted), fleet.of(service).gate)
    # Nothing is in traffic by this, as the whole node is not yet.
    traffic.mark_passing(host, wanted, found)


def _confirm(host: Host) -> None:
    """Wait until the catalog lists what passes here, unless somebody else keeps it out."""
    listed_again(host, host.agent.services())


def listed_again(host: Host, ids: t.Collection[str]) -> None:
    """Wait until the catalog lists those of these registrations that pass as passing."""
    failing = {check["ServiceID"] for check in host.agent.checks().values() if check["Status"] != "passing"}
    services = {} if "" in failing else host.agent.services()  # a check of the node counts for all
    back = [(s["Service"], i) for i, s in services.items() if i in ids and i not in failing]
    traffic.wait_for_catalog(host, back, passing=True)


def _end_own_maintenance(host: Host) -> None:
    """End the maintenance of single services that keeps them out until that of the whole node is set."""
    for check in host.agent.checks().values():
        if check["CheckID"] == maintenance_check(check["ServiceID"]) and _is_ours(check["Notes"]):
            host.agent.end_maintenance(check["ServiceID"])


def _is_ours(reason: str | None) -> bool:
    return reason is not None and reason.startswith(OURS)


@contextlib.contextmanager
def locked(host: Host, fleet: Fleet, by: By, service: str, purpose: str) -> t.Iterator[Lock]:
    """Hold the deploy lock of a service around the steps inside."""
    lock = take_lock(host.agent.consul, fleet, by, service, purpose)
    with giving_back(lock), lock.renewing():
        yield lock
