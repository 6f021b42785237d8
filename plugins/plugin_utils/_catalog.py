# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of Consul's catalog as hosts of an inventory: which are in it, their variables and their groups."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import NODE_NAME, is_reachable

Result = dict[str, t.Any]

# From the best.
HEALTH = ("passing", "warning", "critical")
# What groups are made of, and what their names begin with.
PREFIXES = {"services": "", "tags": "tag_", "meta": "meta_", "datacenter": "datacenter_", "health": "health_"}

# What Consul itself notes of a node.
OWN_META = "consul-"


@dataclass(frozen=True)
class Instance:
    """One registration on a node. ``health``: the worst of its checks and of the node's own."""

    id: str
    name: str
    address: str
    port: int
    tags: tuple[str, ...]
    meta: dict[str, str]
    health: str

    def to_variables(self) -> Result:
        """Return what templates see of it."""
        return {
            **{"id": self.id, "name": self.name, "address": self.address, "port": self.port},
            **{"tags": list(self.tags), "meta": self.meta, "health": self.health},
        }


@dataclass(frozen=True)
class Node:
    """One node of a datacenter with its registrations. ``health``: the worst of the checks of the node itself."""

    name: str
    address: str
    datacenter: str
    meta: dict[str, str]
    health: str
    instances: tuple[Instance, ...]

    @classmethod
    def from_api(cls, answer: Result, datacenter: str) -> Node:
        """From an entry of ``GET /v1/internal/ui/nodes``."""
        by_service: dict[str, list[str]] = {"": []}  # those of the node itself
        for check in answer.get("Checks") or ():
            by_service.setdefault(check.get("ServiceID") or "", []).append(check["Status"])
        own = by_service[""]
        address = (answer.get("TaggedAddresses") or {}).get("lan") or answer["Address"]
        instances = tuple(
            Instance(
                id=service["ID"],
                name=service["Service"],
                address=service.get("Address") or address,
                port=service.get("Port") or 0,
                tags=tuple(service.get("Tags") or ()),
                meta=service.get("Meta") or {},
                health=worst([*own, *by_service.get(service["ID"], ())]),
            )
            for service in answer.get("Services") or ()
        )
        return cls(answer["Node"], address, datacenter, answer.get("Meta") or {}, worst(own), instances)

    @property
    def problem(self) -> str:
        """Why it cannot be a host: anybody may have registered it, and its address goes to SSH as an argument."""
        if not NODE_NAME.fullmatch(self.name) or self.name.startswith("-"):
            return "its name is not made of letters, digits and ._:-"
        return "" if is_reachable(self.address) else f"its address {self.address!r} is not an IP address or a DNS name"

    def to_variables(self, with_instances: bool) -> Result:
        """Return the variables of the host. ``with_instances``: what each instance is, too."""
        variables: Result = {
            "ansible_host": self.address,
            "consul_node": self.name,
            "consul_datacenter": self.datacenter,
            "consul_meta": self.meta,
            "consul_health": self.health,
            "consul_services": list(dict.fromkeys(instance.name for instance in self.instances)),
        }
        if with_instances:
            variables["consul_instances"] = [instance.to_variables() for instance in self.instances]
        return variables

    def groups(self, kinds: t.Collection[str]) -> list[str]:
        """Return the names of its groups, each once; ``kinds``: of PREFIXES."""
        names: dict[str, list[str]] = {
            "services": [instance.name for instance in self.instances],
            "tags": [tag for instance in self.instances for tag in instance.tags],
            "meta": [f"{key}_{value}" for key, value in self.meta.items() if value and not key.startswith(OWN_META)],
            "datacenter": [self.datacenter],
            "health": [self.health],
        }
        return list(dict.fromkeys(f"{PREFIXES[kind]}{name}" for kind in kinds for name in names[kind]))


@dataclass(frozen=True)
class Selection:
    """Which nodes are in the inventory, and which of their instances count.

    ``services``: nodes with an instance of one of these, all where it is empty; ``tags``: that an instance has, all of
    them; ``node_meta``: that a node has; ``only_passing``: leave out nodes and instances that do not pass.
    """

    services: t.Collection[str] = ()
    tags: t.Collection[str] = ()
    node_meta: t.Mapping[str, str] | None = None
    only_passing: bool = False

    def of(self, node: Node) -> Node | None:
        """Return the node with the instances that count; None where it is not in the inventory."""
        meta = {key: str(value) for key, value in (self.node_meta or {}).items()}
        if not meta.items() <= node.meta.items() or (self.only_passing and node.health != HEALTH[0]):
            return None
        counting = tuple(instance for instance in node.instances if self._counts(instance))
        if (self.services or self.tags) and not counting:
            return None
        return replace(node, instances=counting)

    def _counts(self, instance: Instance) -> bool:
        return (
            (not self.services or instance.name in self.services)
            and set(self.tags) <= set(instance.tags)
            and (not self.only_passing or instance.health == HEALTH[0])
        )


def worst(statuses: t.Iterable[str]) -> str:
    """Return the worst status of checks: passing without any, and critical for one that no known version has."""
    known = (status if status in HEALTH else HEALTH[-1] for status in statuses)
    return max(known, key=HEALTH.index, default=HEALTH[0])
