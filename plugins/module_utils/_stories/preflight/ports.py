# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of the host that the new container will need and somebody else has."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import sockets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine import Refusal
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import FoundRegistration
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import OTHER_PORT
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.ports import (
    Port,
    published,
    registered,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def taken_ports(host: Host, wanted: InstanceSpec, own: t.Mapping[str, ObservedInstance]) -> t.Iterator[str]:
    """Yield a sentence for each port that another service has, or another process listens on at the same address.

    ``own``: instance -> what is there of it, of this one and of one whose place it takes.
    """
    is_registered = wanted.on_host_network
    ports = registered(wanted.registrations) if is_registered else published(wanted.container.options)
    promised = _promised(host, wanted, own) if ports else {}
    reported: set[tuple[int, str]] = set()
    for port in sorted(ports):
        if (port.number, port.protocol) in reported:
            continue
        holder = promised.get(port.number, "") if port.protocol == "tcp" else ""
        taken = f"is that of {holder}, which runs on this host too" if holder else _listened(host, own, port)
        if taken:
            reported.add((port.number, port.protocol))
            option = "service_registrations (or service_port)" if is_registered else "service_container.ports"
            remedy = (
                "give one of them another port, or another host"
                if holder
                else f"stop it, or give {option} another port"
            )
            yield f"{'UDP port' if port.protocol == 'udp' else 'port'} {port.number} {taken}; {remedy}"


def impossible_addresses(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each published port whose address or protocol this host does not have."""
    asked = {(port.address, port.protocol) for port in published(wanted.container.options)}
    for address, protocol in sorted(asked) if host.docker.is_local else ():
        if not sockets.can_bind("", protocol):
            yield f"service_container.ports: the kernel of this host has no sockets of {protocol}; load its module"
        elif not sockets.can_bind(address, protocol):
            yield f"service_container.ports: {address} is not an address of this host (ip address); correct it"


def _promised(host: Host, wanted: InstanceSpec, own: t.Container[str]) -> dict[int, str]:
    """Return port -> the other instance with a container here that is registered with it, even while it is down.

    A port that the other one has only in turn, as its new containers start first, is promised as well.
    """
    labels = [summary["Labels"].get(INSTANCE) for summary in host.docker.containers()]
    instances = {name for name in labels if name and name not in own}
    others = (FoundRegistration.from_api(service, {}) for service in host.agent.services().values())
    addresses = {"", *(r.body.get("Address", "") for r in wanted.registrations)}
    return {
        port: other.instance
        for other in others
        if other.instance in instances and other.address in addresses
        for port in (other.port, int(other.meta.get(OTHER_PORT) or 0))
        if port
    }


def _listened(host: Host, own: t.Mapping[str, ObservedInstance], port: Port) -> str:
    """Return who listens there that is not our own running container; empty where nobody does."""
    if port.protocol not in sockets.WAITING:
        return ""
    for listener in sockets.listeners(port.number, port.protocol):
        if not sockets.clash(listener.address, port.address):
            continue
        pid, name = sockets.holder(listener)
        if not any(_holds(host, name_of, found, pid, port) for name_of, found in own.items()):
            return f"is taken on this host by {f'{name} (pid {pid})' if pid else 'a process that cannot be seen'}"
    return ""


def _holds(host: Host, instance: str, found: ObservedInstance, pid: int, port: Port) -> bool:
    """Return whether it is a process of this instance."""
    old = next((c for c in (found.current, found.previous) if c and c.state in ("running", "paused")), None)
    return bool(old and _is_of(old, pid, port, found)) or _runs_in(host, instance, pid)


def _is_of(old: FoundContainer, pid: int, port: Port, found: ObservedInstance) -> bool:
    """Return whether it is a process of our own that cannot be seen, or the engine's on behalf of our container."""
    if not pid:
        return port.number in {registration.port for registration in found.registrations.values()}
    return (port.number, port.protocol) in {(own.number, own.protocol) for own in published(old.wanted)}


def _runs_in(host: Host, instance: str, pid: int) -> bool:
    """Return whether a process is one of the instance's containers: a rollout may have started another one since."""
    for summary in host.docker.containers():
        if summary["Labels"].get(INSTANCE) == instance and summary["State"] == "running":
            with contextlib.suppress(Refusal):  # it has ended meanwhile
                if pid in host.docker.pids(summary["Id"]):
                    return True
    return False
