# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that have no file, or not this host any more, leave it: instances, images, and volumes where asked."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients.notes import AT_WORK, exclusively
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.leftover import Leftover
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.removal import remove
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.depart import guard_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import (
    By,
    Fleet,
    FoundNode,
    held_locks,
    look,
    named,
    take_lock,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import record
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Pruned:
    """``service``: the only one that is meant; empty: all that no file names and this fleet's KV knows.

    ``leaves``: whether it has a file, and this host is none of its any more.
    """

    service: str = ""
    volumes: bool = False
    leaves: bool = False

    def is_about(self, service: str, fleet: Fleet) -> bool:
        """Return whether a service is looked at."""
        return service == self.service if self.leaves else service not in fleet.settings

    def takes(self, left: Leftover) -> bool:
        """Return whether this instance goes."""
        return left.service == self.service if self.service else left.noted


def prune(host: Host, fleet: Fleet, by: By, pruned: Pruned, check: bool) -> Result:
    """Remove what is left of services without a file. In check mode only tell it, that of other fleets too.

    ``fleet``: has all services that have a file.
    """
    found = look(host, fleet)
    left = [one for one in _leftovers(host, fleet, found, pruned) if pruned.service in ("", one.service)]
    going = [one for one in left if pruned.takes(one)]
    services = sorted({one.service for one in going})
    steps = [f"drain and remove {named(one.instance, one.service)}" for one in going]
    if not check:
        # Of a service with a file the lock is waited for, as its file says.
        reasons = [] if pruned.leaves else held_locks(fleet, found.services, services)
        if reasons:
            raise Failure("\n".join([f"Nothing was touched on {found.name}.", *reasons]))
        for service in services:
            own = [one for one in going if one.service == service]
            _remove(host, fleet, by, found, own)
            steps += _clean(host, own, pruned.volumes)
    result = [one.to_result() for one in left]
    return {"changed": bool(going), "node": found.name, "steps": steps, "left": result}


def _leftovers(host: Host, fleet: Fleet, found: FoundNode, pruned: Pruned) -> list[Leftover]:
    """Return the instances of services that are to leave, in the order of the services."""
    containers: dict[str, list[str]] = {}
    for summary in host.docker.containers():
        containers.setdefault((summary["Labels"] or {}).get(INSTANCE, ""), []).append(summary["Id"])
    gone = {service: names for service, names in found.by_service().items() if pruned.is_about(service, fleet)}
    leftovers = []
    for service, names in gone.items():
        noted = found.services[service].nodes.get(found.name, ()) if service in found.services else ()
        for name in names:
            answers = filter(None, map(host.docker.inspect, containers.get(name, ())))
            leftovers.append(Leftover.from_inspects(service, name, name in noted, list(answers)))
    return leftovers


def _remove(host: Host, fleet: Fleet, by: By, found: FoundNode, left: t.Sequence[Leftover]) -> None:
    """Remove the instances of one service, under its deploy lock."""
    service = left[0].service
    lock = take_lock(host.agent.consul, fleet, by, service, f"prune on {found.name}")
    with record.giving_back(lock):
        for one in left:
            guard = guard_of(lock, found.name, one.instance)
            with guard.taken(Action.REMOVE), exclusively(one.instance, AT_WORK):
                remove(replace(host, guard=guard), one.instance, survey(host, one.instance), fleet.of(service).drain)
        record.remove(lock)


def _clean(host: Host, left: t.Sequence[Leftover], volumes: bool) -> t.Iterator[str]:
    """Remove images and volumes that no other container uses; yield what became of them."""
    for image in dict.fromkeys(image for one in left for image in one.images):
        if host.docker.remove_image(image):
            yield f"remove image {image}"
        else:
            yield f"keep image {image}, which another container uses"
    used = {m.get("Name") for summary in host.docker.containers() for m in summary.get("Mounts") or ()}
    for volume in dict.fromkeys(volume for one in left for volume in one.volumes):
        if not volumes:
            yield f"keep volume {volume}"
        elif volume in used:
            yield f"keep volume {volume}, which another container uses"
        else:
            host.docker.remove_volume(volume)
            yield f"remove volume {volume}"
