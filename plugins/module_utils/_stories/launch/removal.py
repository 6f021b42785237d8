# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a removal: an instance leaves its host."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, sealed, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars, traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, one_offs


def remove(host: Host, instance: str, found: ObservedInstance, drain: float) -> None:
    """Take it out of traffic, drain, deregister, stop and remove it; data in volumes and directories stays."""
    host.guard.step("drain", drain)
    traffic.take_out(host, found.registrations.values(), found.visible_ports, drain)
    host.guard.step("remove")
    traffic.deregister(host, found.registrations)
    with sidecars.leaving(found, found.sidecars, sidecars.stopping(host)):
        for container in filter(None, (found.current, *found.leftovers)):
            # With its restart policy it would come back with the engine should we be killed now.
            host.docker.set_restart_policy(container.id, {"Name": "no"})
            host.docker.stop(container.id)
            host.docker.remove(container.id)
    sidecars.remove_all(host, found)
    remove_one_offs(host, instance)
    secrets.remove_files(instance)
    forget(instance)


def forget(instance: str) -> None:
    """Forget what the host remembers of an instance, so that it does not bring it back."""
    sealed.keep_only(instance)
    notes.forget(instance)


def remove_one_offs(host: Host, instance: str) -> bool:
    """Remove what a killed preflight or command has left of the instance; tell whether there was anything."""
    left = one_offs(host, instance)
    for summary in left:
        host.docker.remove(summary["Id"])
    return bool(left)
