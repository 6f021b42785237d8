# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Into traffic and out of it: registrations, maintenance, draining."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import sockets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    Registration,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.registration import register
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline, Laps

Seconds = dict[str, float]

# Seconds that the agent's state may take to reach the catalog: anti-entropy sends changes at once, retries take longer.
CATALOG = 60.0
# Seconds without a connection that end a drain early.
QUIET = 1.0


def take_out(
    host: Host,
    found: t.Iterable[FoundRegistration],
    ports: t.Collection[int],
    drain: float,
    reason: str = MAINTENANCE,
) -> Seconds:
    """Set maintenance, wait until the catalog has it, then until it is quiet or ``drain`` seconds are over.

    ``ports``: whose connections are counted; empty where they cannot be seen from the host. ``reason``: with another
    one than a launch's own, launches leave the instance out of traffic. The seconds that both took.
    """
    found, laps = list(found), Laps()
    for registration in found:
        if registration.maintenance is None:
            host.agent.maintain(registration.id, reason)
    wait_for_catalog(host, [(r.name, r.id) for r in found], passing=False)
    laps.end("catalog")
    _wait_for_quiet(ports, Deadline(drain if found else 0))
    laps.end("drain")
    return laps.seconds


def _wait_for_quiet(ports: t.Collection[int], deadline: Deadline) -> None:
    """Wait until the ports had no connection for a while: who has just asked DNS connects a moment later."""
    last = deadline.elapsed

    def is_quiet() -> bool:
        nonlocal last
        if not ports or sockets.connections(ports):
            last = deadline.elapsed
        return deadline.elapsed - last >= QUIET

    deadline.wait_for(is_quiet)


def register_fresh(host: Host, wanted: t.Iterable[Registration], found: ObservedInstance) -> None:
    """Register for a container that has not passed anything yet: an agent keeps old statuses, so the old go first.

    What has no checks would be in traffic at once, and waits for the gate.
    """
    for registration in wanted:
        old = found.registrations.get(registration.id)
        forget(host, registration.id, old.check_ids if old else (), found)
        if registration.checks:
            host.agent.register(registration.to_api("critical"))
            _stay_drained(host, registration, found)


def forget(host: Host, identity: str, checks: t.Iterable[str], found: ObservedInstance) -> None:
    """Remove a registration; where somebody else holds it only its checks, as a maintenance goes with its service.

    To put a maintenance back afterwards would be a step that a killed launch does not reach.
    """
    if identity not in found.held:
        host.agent.deregister(identity)
        return
    for check in checks:
        host.agent.deregister_check(check)


def mark_passing(host: Host, wanted: t.Sequence[Registration], found: ObservedInstance) -> None:
    """Tell the agent what the gate has just proved, as its own first run may be an interval away."""
    for registration in wanted:
        for check in registration.checks:
            if check.can_be_probed:
                host.agent.deregister_check(check.id)
        host.agent.register(registration.to_api("passing"))
        _stay_drained(host, registration, found)
    wait_for_catalog(host, [(r.name, r.id) for r in wanted if found.can_pass(r.id)], passing=True)


def _stay_drained(host: Host, registration: Registration, found: ObservedInstance) -> None:
    """Put a registration of a drained instance into maintenance, unless it is; before its checks pass."""
    if found.drained:
        host.agent.maintain(registration.id, found.drained)


def register_again(host: Host, wanted: t.Iterable[Registration], found: ObservedInstance) -> None:
    """Bring registrations of a running container up to date.

    Checks that stay keep their status, so a new tag does not flap; checks that are no longer wanted go; our own
    maintenance ends and somebody else's stays, as does a drain.
    """
    for registration in wanted:
        old = found.registrations.get(registration.id)
        if found.drained and old is None:
            register_fresh(host, [registration], found)
        register(host.agent, registration, old)
        _stay_drained(host, registration, found)
        if old and old.maintenance == MAINTENANCE and not found.drained:
            host.agent.end_maintenance(registration.id)


def deregister(host: Host, ids: t.Iterable[str]) -> None:
    """Remove registrations, their checks and their maintenance."""
    for identity in ids:
        host.agent.deregister(identity)


def wait_for_catalog(host: Host, registrations: list[tuple[str, str]], passing: bool) -> None:
    """Wait until the catalog lists these (name, ID) as passing, or no longer does; ``Failure`` where it does not."""
    deadline = Deadline(CATALOG)
    node = host.agent.node() if registrations else ""
    for name, identity in registrations:
        if not host.agent.wait_passing(name, identity, node, passing, deadline):
            state = "does not list" if passing else "still lists"
            raise Failure(
                f"Consul's catalog {state} {identity} on {node} as passing after {CATALOG:g} s."
                f" Look at the agent's log on {node}: it cannot reach its servers."
            )
