# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launch that starts the new container first leaves where it is killed: two containers that run."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import beside, ids_of, superseded
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, stop_for_good
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Laps

Seconds = dict[str, float]


def settled(host: Host, wanted: InstanceSpec, found: ObservedInstance, keep: str = "") -> ObservedInstance:
    """Have one of two containers that run leave, and return what is there then.

    The old one goes where the new one has passed its gate, else the new one, unless that is the container ``keep``.
    """
    old = superseded(found)
    if old:
        found = _named(host, wanted, found)
        leave(host, wanted, found, old)
        found = _alone(host, _without(found, old, previous=None))
    new = beside(found)
    if new and new.id != keep:
        leave(host, wanted, found, new)
        found = _alone(host, _without(found, new, next=None))
    return found


def _named(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> ObservedInstance:
    """Give the new container its name, as without an old one nobody would know it by the name that it was made with."""
    name, new = wanted.container.name, t.cast(FoundContainer, found.current)
    if new.name == name:
        return found
    host.docker.rename(new.id, name)
    return replace(found, current=replace(new, name=name))


def _alone(host: Host, found: ObservedInstance) -> ObservedInstance:
    """Remove the secret files of a container that has left."""
    kept = t.cast(FoundContainer, found.current)
    host.guard.step("tidy")
    secrets.remove_files(kept.instance, keep=secrets.folder(kept.instance, kept.secrets))
    return replace(found, secrets_left_behind=False)


def leave(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> Seconds:
    """Take one of two containers out of traffic, drain it, stop and remove it; the seconds that it took."""
    others = (one for one in (found.current, *found.leftovers) if one and one.id != container.id)
    ids = ids_of(container) - {identity for other in others for identity in ids_of(other)}
    own = [found.registrations[i] for i in sorted(ids) if i in found.registrations]
    ports = {r.port for r in own if r.port} if container.on_host_network else set()
    host.guard.step("drain", wanted.drain)
    took = traffic.take_out(host, own, ports, wanted.drain)
    host.guard.step("stop")
    laps = Laps()
    stop_for_good(host, container)
    laps.end("stop")
    traffic.deregister(host, [registration.id for registration in own])
    host.docker.remove(container.id)
    return {**took, **laps.seconds}


def _without(found: ObservedInstance, container: FoundContainer, **changes: t.Any) -> ObservedInstance:
    left = replace(found, **changes)
    kept = {identity for one in (left.current, *left.leftovers) if one for identity in ids_of(one)}
    gone = ids_of(container) - kept
    return replace(left, registrations={i: r for i, r in found.registrations.items() if i not in gone})
