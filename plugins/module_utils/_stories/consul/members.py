# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a cluster that Consul knows of: all, for entries of peers that say ``planned``, or those that pass."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import ANY_NODE, service_read
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import Peer, chosen

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery

Members = dict[str, list[dict[str, str]]]


def known_members(consul: Consul, queries: t.Mapping[str, PeersQuery], hosts: t.Collection[str]) -> Members:
    """Return, for each entry that says ``planned``, the nodes (name, address) of all members that Consul knows of.

    These are the nodes with an instance in any state, and the ``hosts`` of the inventory that are nodes of Consul: a
    member that is down, or left out of a rollout, is still one.
    """
    planned = {name: query for name, query in queries.items() if query.planned}
    if not planned:
        return {}
    nodes = {entry["Node"]: entry["Address"] for entry in consul.get("catalog/nodes") or ()}
    if not nodes:
        consul.refuse_hidden("node", ANY_NODE)
    of_inventory = {name: nodes[name] for name in (_node_of(host, nodes) for host in hosts) if name}
    known = {}
    for name, query in planned.items():
        found = {**of_inventory, **_with_instances(consul, query)}
        known[name] = [{"name": node, "address": address} for node, address in sorted(found.items())]
    return known


def passing_nodes(consul: Consul, services: t.Iterable[str]) -> list[str]:
    """Return the nodes on which all instances of these names pass, and the nodes themselves.

    One that was registered without a check passes always: beside one that is critical it counts for nothing.
    """
    found = {service: consul.get(f"health/service/{service}") or () for service in services}
    missing = [service for service, instances in found.items() if not instances]
    if missing:
        consul.refuse_hidden(f"instance of {' or '.join(missing)}", ANY_NODE, *map(service_read, missing))
    entries = [entry for instances in found.values() for entry in instances]
    nodes = {entry["Node"]["Node"] for entry in entries}
    failing = {e["Node"]["Node"] for e in entries if any(check["Status"] != "passing" for check in e["Checks"])}
    return sorted(nodes - failing)


def _with_instances(consul: Consul, query: PeersQuery) -> dict[str, str]:
    """Return node -> address of the instances in any state; one that cannot be an address is a ``Failure``."""
    entries = consul.get(f"catalog/service/{query.service}") or ()
    if not entries:
        consul.refuse_hidden(f"instance of {query.service}", ANY_NODE, service_read(query.service))
    peers = [Peer(entry.get("ServiceAddress") or entry["Address"], query.port, entry["Node"]) for entry in entries]
    return {str(peer.node): peer.address for peer in chosen(query, peers, ())}


def _node_of(host: str, nodes: t.Container[str]) -> str:
    """Return the node of a host of the inventory, by its whole name or the part before the first dot, else nothing."""
    return next((name for name in (host, host.partition(".")[0]) if name in nodes), "")
