# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a service needs to know of its surroundings: configuration, peers, its own node, first boot or not."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import Dns
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.config import Config, Layer, layer_path
from ansible_collections.longshore.fleet.plugins.module_utils.resources.kv import Entry
from ansible_collections.longshore.fleet.plugins.module_utils.resources.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils.resources.peers import PeersQuery, to_results


def discover(
    consul: Consul,
    dns: Dns,
    service: str | None,
    prefix: str,
    config: t.Sequence[str],
    peers: dict[str, t.Any],
    domain: str,
) -> dict[str, t.Any]:
    """All that templates see, as the module's result. ``first_boot`` is told only of a named service."""
    paths = [layer_path(prefix, name) for name in config]
    queries = {name: PeersQuery.from_options(options, f"peers.{name}") for name, options in peers.items()}
    domain = domain.strip(".")

    node = Node.from_agent(consul.get("agent/self"))
    layered = Config.from_layers(read_layer(consul, name, path) for name, path in zip(config, paths, strict=True))
    found = {
        name: query.peers_from(dns.srv(query.dns_name(domain)), domain, node.address) for name, query in queries.items()
    }
    endpoints, parts = to_results(found)
    result = {
        "changed": False,
        "config": layered.nested(),
        "config_origin": layered.origin,
        "config_prefixes": paths,
        "peers": endpoints,
        "peer_parts": parts,
        "node": node.to_result(),
    }
    return {**result, "first_boot": is_first_boot(consul, service, node)} if service else result


def read_layer(consul: Consul, name: str, path: str) -> Layer:
    """One prefix of the configuration; the slash keeps those out that only begin alike."""
    answer = consul.get(f"kv/{path}/", (("recurse", "true"),))
    return Layer.from_entries(name, path, map(Entry.from_api, answer or ()))


def is_first_boot(consul: Consul, service: str, node: Node) -> bool:
    """No instance in any state is in the catalog. DNS does not tell: it hides those that are not passing."""
    if consul.get(f"catalog/service/{service}"):
        return False
    if not consul.get(f"catalog/node/{node.name}"):
        raise Failure(
            f"Consul's catalog shows no instance of {service}, but not this node, {node.name}, either: so nobody can"
            f' tell whether this is the first boot. Give consul_token a policy with node_prefix "" read and'
            f' service "{service}" read; without ACLs, look why the agent does not reach Consul\'s servers.'
        )
    return True
