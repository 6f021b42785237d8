# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host leaves the fleet: its instances go one service after the other, then its agent leaves Consul."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import NoAgent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.notes import AT_WORK, exclusively
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.removal import forget, remove
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.rollout_guard import RolloutGuard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import (
    By,
    Fleet,
    FoundNode,
    labelled,
    look,
    named,
    refuse,
    refuse_now,
    take_lock,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import record
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

Result = dict[str, t.Any]
# Seconds that an agent may take to leave: servers first wait for requests that are under way.
LEAVING = 60.0


def depart(host: Host, fleet: Fleet, by: By, check: bool) -> Result:
    """Remove all instances of this host, and let its agent leave. Refuse what others would miss, before anything."""
    try:
        host.agent.node()
    except NoAgent as failure:
        return _has_left(host, failure)
    found = look(host, fleet)
    refuse(host, fleet, found)
    services = found.by_service()
    if not check:
        for service in services:
            _remove(host, fleet, by, found, service)
        for instance in notes.instances():  # of what nothing else is left
            forget(instance)
        _leave(host.agent, found.name)
    steps = [f"drain and remove {named(name, service)}" for service, names in services.items() for name in names]
    return {"changed": True, "node": found.name, "steps": [*steps, f"leave Consul as {found.name}"]}


def _has_left(host: Host, failure: Failure) -> Result:
    """Return that nothing is to be done where the agent is gone and so is all that it had; else that is a failure."""
    left = sorted(labelled(host))
    if left:
        raise Failure(
            f"{failure} Its instances {', '.join(left)} are still there, and only the agent can take them out of"
            " traffic; nothing was touched."
        ) from failure
    return {"changed": False, "node": "", "steps": []}


def _remove(host: Host, fleet: Fleet, by: By, found: FoundNode, service: str) -> None:
    lock = take_lock(host.agent.consul, fleet, by, service, f"{found.name} leaves")
    with record.giving_back(lock):
        refuse_now(host, fleet, found, service)
        for instance in found.by_service()[service]:
            guard = guard_of(lock, found.name, instance)
            with guard.taken(Action.REMOVE), exclusively(instance, AT_WORK):
                remove(replace(host, guard=guard), instance, survey(host, instance), fleet.of(service).drain)
        record.remove(lock)


def guard_of(lock: Lock, node: str, instance: str) -> RolloutGuard:
    """Return the guard of a removal under a lock that this module has taken."""
    return RolloutGuard(
        lock=lock,
        release="removed",
        node=node,
        instance=instance,
        min_healthy=0,
        batch=(),
        secrets={},
        keep_images=(),
    )


def _leave(agent: Agent, node: str) -> None:
    """Let the agent leave the cluster. It ends with that, maybe before it has answered."""
    said = ""
    try:
        agent.leave()
    except Failure as failure:
        said = f" It said: {failure}"
    if not Deadline(LEAVING).wait_for(lambda: _has_ended(agent)):
        raise Failure(
            f"All instances of {node} are gone, but its Consul agent still answers {LEAVING:g} s after it was told to"
            f" leave.{said} Stop it (systemctl disable --now consul), and run the same command again."
        )


def _has_ended(agent: Agent) -> bool:
    try:
        agent.node()
    except NoAgent:
        return True
    except Failure:  # it is about to end
        return False
    return False
