# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host as a whole: its instances, what else its agent has registered, and what Consul's KV says of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import ALIVE, NODE_MAINTENANCE, Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import FoundRegistration
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import (
    INSTANCE as LABEL,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE, SERVICE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.departure import (
    Servers,
    Standing,
    refusals,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.settings import Settings
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.info import ServiceInfo, read_services
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def named(instance: str, service: str) -> str:
    """Return an instance as people are told of it: the service of one that has another name is said."""
    return instance if instance == service else f"{instance} of {service}"


@dataclass(frozen=True)
class By:
    """Who takes locks and sets maintenance."""

    who: str
    where: str


@dataclass(frozen=True)
class Fleet:
    """What the service files say, and where the data of a service without a file begin."""

    prefix: str
    settings: dict[str, Settings]

    def of(self, service: str) -> Settings:
        """Return what is known of a service; the defaults where it has no file."""
        return self.settings.get(service) or Settings(self.prefix)

    def read(self, consul: Consul) -> dict[str, ServiceInfo]:
        """Return what Consul's KV says of all services."""
        return read_services(consul, self.prefix, elsewhere={name: s.prefix for name, s in self.settings.items()})


def take_lock(consul: Consul, fleet: Fleet, by: By, service: str, purpose: str) -> Lock:
    """Return the deploy lock of a service, taken; ``Failure`` where it is held for longer than its file waits."""
    settings = fleet.of(service)
    lock = Lock(consul, Keys(settings.prefix, service))
    lock.acquire(by.who, by.where, purpose, settings.lock_wait)
    return lock


@dataclass(frozen=True)
class FoundNode:
    """``instances``: instance -> service; ``maintenance``: the reason, None where the node is in traffic."""

    name: str
    maintenance: str | None
    instances: dict[str, str]
    registrations: tuple[FoundRegistration, ...]
    services: dict[str, ServiceInfo]

    def by_service(self) -> dict[str, list[str]]:
        """Return service -> its instances here, sorted."""
        return {
            service: sorted(name for name, owner in self.instances.items() if owner == service)
            for service in sorted(set(self.instances.values()))
        }

    def of_service(self, service: str) -> list[FoundRegistration]:
        """Return the registrations of the instances of a service."""
        return [r for r in self.registrations if self.instances.get(r.instance) == service]


def look(host: Host, fleet: Fleet) -> FoundNode:
    """Return what is there: by the labels of containers, the agent's registrations, and the notes in Consul's KV."""
    node, infos, checks = host.agent.node(), fleet.read(host.agent.consul), host.agent.checks()
    found = tuple(FoundRegistration.from_api(service, checks) for service in host.agent.services().values())
    registered = {r.instance: r.instance for r in found if r.instance and not r.instance.startswith("registration:")}
    noted = {instance: name for name, info in infos.items() for instance in info.nodes.get(node, ())}
    maintenance = checks.get(NODE_MAINTENANCE)
    return FoundNode(
        name=node,
        maintenance=maintenance["Notes"] if maintenance else None,
        instances={**registered, **noted, **labelled(host)},
        registrations=found,
        services=infos,
    )


def labelled(host: Host) -> dict[str, str]:
    """Return instance -> service of the containers of ours on this host."""
    labels = [summary["Labels"] or {} for summary in host.docker.containers()]
    return {label[INSTANCE]: label.get(SERVICE) or label[INSTANCE] for label in labels if label.get(INSTANCE)}


def refuse(host: Host, fleet: Fleet, found: FoundNode) -> None:
    """Raise ``Failure`` with all reasons for which the host may not go; nothing has been touched by then."""
    standings = [s for service in ["", *found.by_service()] for s in standings_of(host.agent, fleet, found, service)]
    reasons = [
        *(fleet.of(service).problem for service in found.by_service() if fleet.of(service).problem),
        *held_locks(fleet, found.services, found.by_service()),
        *refusals(found.name, standings, servers_of(host.agent, found.name)),
    ]
    if reasons:
        raise Failure("\n".join([f"{found.name} can't go; nothing was touched.", *reasons]))


def refuse_now(host: Host, fleet: Fleet, found: FoundNode, service: str, going: t.Iterable[str] | None = None) -> None:
    """Raise ``Failure`` where others of a service have gone since, now that its lock is ours.

    ``going``: its instances that go, unless all of this host.
    """
    reasons = refusals(found.name, standings_of(host.agent, fleet, found, service, going), None)
    if reasons:
        raise Failure("\n".join(["Something has changed meanwhile; what is done already stays.", *reasons]))


def held_locks(fleet: Fleet, services: dict[str, ServiceInfo], names: t.Iterable[str]) -> list[str]:
    """Return why locks of these services can't be had now; one that may be waited for is no reason."""
    locks = {name: services[name].lock for name in names if name in services and not fleet.of(name).lock_wait}
    return [lock.why_not(name) for name, lock in locks.items() if lock.session]


def standings_of(
    agent: Agent, fleet: Fleet, found: FoundNode, service: str, going: t.Iterable[str] | None = None
) -> list[Standing]:
    """Return how each name stands that a service registers here; those of no service for an empty one."""
    ours = {r.name for name in found.by_service() for r in found.of_service(name)}
    others = {r.name for r in found.registrations} - ours
    names = sorted({r.name for r in found.of_service(service)} if service else others)
    least = fleet.of(service).min_healthy if service else 0
    chosen = None if going is None else frozenset(going)
    return [Standing(name, service, passing_on(agent, name), least, chosen) for name in names]


def passing_on(agent: Agent, name: str) -> frozenset[str]:
    """Return the nodes that Consul's catalog lists as passing, or ``node/instance`` where a node has several."""
    entries = agent.consul.get(f"health/service/{name}", (("passing", "1"),)) or ()
    places = {(e["Node"]["Node"], ((e.get("Service") or {}).get("Meta") or {}).get(LABEL, "")) for e in entries}
    nodes = frozenset(node for node, _instance in places)
    return nodes if len(nodes) == len(places) else frozenset("/".join(filter(None, place)) for place in places)


def servers_of(agent: Agent, node: str) -> Servers | None:
    """Return how Consul's servers stand; None where this node is none of them."""
    servers = {n: m for n, m in agent.members().items() if m["Tags"].get("role") == "consul"}
    if node not in servers:
        return None
    alive = [name for name, member in servers.items() if member["Status"] == ALIVE and name != node]
    return Servers(len(agent.consul.get("status/peers") or ()), len(alive))
