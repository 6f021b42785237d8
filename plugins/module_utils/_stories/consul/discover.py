# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a service needs to know of its surroundings: configuration, peers, its own node, first boot or not."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.dns import Dns
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import (
    ANY_NODE,
    keys_read,
    service_read,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import ConfigQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration_schema import Schema
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import (
    Peer,
    own_addresses,
    to_results,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import (
    PeersQuery,
    queries_from,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.configuration import read_config
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.members import known_members
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.peers import (
    find_peers,
    from_dns_checked,
    from_http,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import (
    read_current,
    read_founded,
    read_unfinished,
    recalled,
)


def discover(
    consul: Consul,
    dns: Dns,
    services: t.Sequence[str],
    keys: Keys | None,
    release: str | None,
    config_digest: str,
    config: ConfigQuery,
    schema: Schema,
    peers: dict[str, t.Any],
    domain: str,
    found: bool | None = None,
    hosts: t.Sequence[str] = (),
    instance: str | None = None,
) -> dict[str, t.Any]:
    """Return all that templates see, as the module's result. ``first_boot`` is told only of named services.

    ``keys``: of the service whose records are asked; ``release``: whose configuration is read instead of today's,
    which must be the one of ``config_digest`` where that is given. ``found``: whether this host is the one that is to
    found the cluster; None where none was chosen. ``hosts``: all hosts of the service, by the inventory. ``instance``:
    the one that asks, where it is known.
    """
    queries = queries_from(peers, "peers")

    def ask(query: PeersQuery) -> list[Peer]:
        return from_http(consul, query) if query.source == "http" else from_dns_checked(dns, consul, query, domain)

    node = Node.from_agent(consul.get("agent/self"))
    trees = recalled(consul, keys, release, config_digest) if keys and release else consul
    settings = read_config(trees, config, node)
    if trees is consul and not set(config.names) <= set(settings.origin.values()):
        # Layers of hosts are seldom there; where not even a prefix itself is, all are asked for.
        folders = config.layers(node).values()
        consul.refuse_hidden(f"key below {' or '.join(config.prefixes)}", *map(keys_read, folders))
    checked = schema.check(settings, config)
    current, unfinished = (read_current(consul, keys), read_unfinished(consul, keys)) if keys else ("", "")
    local = consul.get("agent/services") or {} if any(query.exclude_self for query in queries.values()) else {}
    own = {n: own_addresses(query.service, node.address, local.values(), instance) for n, query in queries.items()}
    endpoints, parts = to_results({name: find_peers(query, ask, own[name]) for name, query in queries.items()})
    result = {
        "changed": False,
        "config": checked.config.nested(),
        "config_origin": checked.config.origin,
        "config_prefixes": config.prefixes,
        "config_layers": list(config.layers(node).values()),
        "config_problems": checked.problems,
        "warnings": [f"service_config_schema does not know {', '.join(checked.unknown)}"] if checked.unknown else [],
        "peers": endpoints,
        "peer_parts": parts,
        "planned_nodes": known_members(consul, queries, hosts),
        "node": node.to_result(),
        "current_release": current,
        "unfinished_release": unfinished,
    }
    return {**result, **first_boot_of(consul, services, node, keys, current, found)} if services else result


def first_boot_of(
    consul: Consul, services: t.Sequence[str], node: Node, keys: Keys | None, current: str, found: bool | None
) -> dict[str, t.Any]:
    """Return ``first_boot``, ``no_instances`` and ``founded``, the marker that outlives a removal.

    A service that was founded before is never a first boot by itself: its data may still be there.
    """
    founded = read_founded(consul, keys) if keys and not current else {}
    no_instances = not current and is_first_boot(consul, services, node)
    first_boot = no_instances and (not founded if found is None else found)
    return {"first_boot": first_boot, "no_instances": no_instances, "founded": founded}


def is_first_boot(consul: Consul, services: t.Sequence[str], node: Node) -> bool:
    """Return whether the catalog has no instance of any name, in any state. DNS hides those that are critical."""
    if any(consul.get(f"catalog/service/{service}") for service in services):
        return False
    names = " or ".join(services)
    consul.refuse_hidden(f"instance of {names}", ANY_NODE, *map(service_read, services))
    if not consul.get(f"catalog/node/{node.name}"):
        raise Failure(
            f"Consul's catalog shows no instance of {names}, but not this node, {node.name}, either: so nobody can tell"
            " whether this is the first boot. Look why the agent does not reach Consul's servers."
        )
    return True
