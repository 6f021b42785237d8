# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host is gone: what Consul still says of it goes too."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import ALIVE, LEAVING, LEFT, Agent
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import By, Fleet, held_locks, take_lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import record
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

Result = dict[str, t.Any]
# Seconds after which a host that is gone is known to be: Serf suspects it first.
SUSPECTED = 40.0
# Seconds in which the servers take a member that has left out of the catalog.
TAKEN_OUT = 30.0
# Seconds between two looks.
EVERY = 0.5


def forget(agent: Agent, fleet: Fleet, host: str, by: By, check: bool) -> Result:
    """Remove what Consul says of a host: its member, its node in the catalog, and the notes on its instances.

    ``host``: the node, or the inventory's name of it, of which the part before the first dot may be the node's.
    """
    infos = fleet.read(agent.consul)
    node = _node_of(agent, host, {name for info in infos.values() for name in info.nodes})
    noted = [service for service, info in sorted(infos.items()) if node in info.nodes]
    _refuse_alive(agent, node)
    held = held_locks(fleet, infos, noted)
    if held:
        raise Failure("\n".join([f"{node} can't be forgotten yet; nothing was touched.", *held]))
    steps = [*_leave(agent, node, check)]
    for service in noted:
        if not check:
            _forget_notes(agent, fleet, by, node, service)
        steps.append(f"remove what Consul's KV has noted of {service} on {node}")
    return {"changed": bool(steps), "node": node, "steps": steps}


def _node_of(agent: Agent, host: str, noted: t.Collection[str]) -> str:
    known = {*agent.members(), *(entry["Node"] for entry in agent.consul.get("catalog/nodes") or ()), *noted}
    return next((name for name in (host, host.partition(".")[0]) if name in known), host)


def _refuse_alive(agent: Agent, node: str) -> None:
    """Refuse a host that Consul has for alive; one that has just gone is waited for."""
    Deadline(SUSPECTED).wait_for(lambda: _status(agent, node) not in (ALIVE, LEAVING), EVERY)
    if _status(agent, node) == ALIVE:
        raise Failure(
            f"Consul has listed {node} as alive for {SUSPECTED:g} s, so it is not gone; nothing was touched. Without -e"
            " dead=true, leave.yml takes its instances out of traffic first; else stop its Consul agent."
        )


def _leave(agent: Agent, node: str, check: bool) -> t.Iterator[str]:
    """Tell the cluster that the node has left, and wait until the catalog is without it; yield what was done."""
    has_left = _status(agent, node) == LEFT
    if not has_left:
        yield f"tell Consul that {node} has left"
        if check:
            return
        agent.force_leave(node)
    if not Deadline(TAKEN_OUT).wait_for(lambda: not _is_listed(agent, node), EVERY):
        # Its servers take out what was a member; this one was registered from elsewhere.
        yield f"take {node} out of Consul's catalog"
        if not check:
            agent.consul.put("catalog/deregister", {"Node": node})


def _status(agent: Agent, node: str) -> int:
    """Return the state of the member; one that was forgotten long ago has left."""
    return int(agent.members().get(node, {}).get("Status", LEFT))


def _is_listed(agent: Agent, node: str) -> bool:
    return bool((agent.consul.get(f"catalog/node/{node}") or {}).get("Node"))


def _forget_notes(agent: Agent, fleet: Fleet, by: By, node: str, service: str) -> None:
    lock = take_lock(agent.consul, fleet, by, service, f"{node} is gone")
    with record.giving_back(lock):
        record.remove(lock)
