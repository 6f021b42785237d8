# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of the host that the new container will need and somebody else has."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import sockets
from ansible_collections.longshore.fleet.plugins.module_utils.resources.container import INSTANCE, FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils.resources.host_needs import published_ports
from ansible_collections.longshore.fleet.plugins.module_utils.resources.registration import FoundRegistration
from ansible_collections.longshore.fleet.plugins.module_utils.resources.survey import Survey
from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host


def taken_ports(host: Host, wanted: Wanted, found: Survey) -> t.Iterator[str]:
    """A sentence for each port that another service has, or that another process listens on."""
    ports = wanted.ports if wanted.on_host_network else published_ports(wanted.container.options)
    promised = _promised(host, wanted) if ports else {}
    for port in sorted(ports):
        if port in promised:
            yield (
                f"port {port} is that of {promised[port]}, which runs on this host too;"
                " give one of them another port, or another host"
            )
        else:
            yield from _listened(host, found, port)


def _promised(host: Host, wanted: Wanted) -> dict[int, str]:
    """Port -> the other instance with a container here that is registered with it, even while it does not listen."""
    instances = {summary["Labels"].get(INSTANCE) for summary in host.docker.containers()} - {None}
    others = (FoundRegistration.from_api(service, {}) for service in host.agent.services().values())
    addresses = {"", *(r.body.get("Address", "") for r in wanted.registrations)}
    return {
        other.port: other.instance
        for other in others
        if other.port and other.instance in instances - {wanted.container.name} and other.address in addresses
    }


def _listened(host: Host, found: Survey, port: int) -> t.Iterator[str]:
    listeners = sockets.listeners(port)
    if not listeners:
        return
    pid, name = sockets.holder(listeners[0])
    old = next((c for c in (found.current, found.previous) if c and c.state in ("running", "paused")), None)
    if old is None or not _is_of(host, old, pid, port, found):
        holder = f"{name} (pid {pid})" if pid else "a process that cannot be seen"
        yield f"port {port} is taken on this host by {holder}; stop it, or give service_registrations another port"


def _is_of(host: Host, old: FoundContainer, pid: int, port: int, found: Survey) -> bool:
    """Whether our own running container is it: its process, or the engine's own on its behalf."""
    if not pid:
        return port in {registration.port for registration in found.registrations.values()}
    return port in published_ports(old.wanted) or pid in host.docker.pids(old.id)
