# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that are planned: the rollout's other hosts, which Consul does not list before they run."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import (
    Endpoints,
    Parts,
    Peer,
    to_results,
    with_planned,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import queries_from
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of

# The role's task "Discover configuration and peers" leaves its result here on every host.
DISCOVERED = "__service_discovered"
Result = dict[str, t.Any]


def nodes_of(variables: dict[str, t.Any]) -> list[dict[str, str]]:
    """Return the nodes (name, address) of all hosts of the play, as far as the preflight has found them.

    In the preflight these are the service's hosts, and in the rollout those of them that have something to do.
    """
    hosts = variables.get("ansible_play_hosts_all", ())
    results = (variables["hostvars"][host].get(DISCOVERED) or {} for host in hosts)
    return [result["node"] for result in results if "node" in result]


def goes_back(variables: dict[str, t.Any]) -> bool:
    """Tell whether this run is a rollback, which repeats no fleet-once task."""
    return Service.from_facts(facts_of(variables)).release is not None


def refuse_planned(queries: Result) -> None:
    """Refuse ``planned`` where a host has several instances: nobody knows the ports of those that do not run yet."""
    for name, query in queries_from(queries, "service_peers").items():
        if query.planned:
            raise Failure(
                f"service_peers.{name}.planned: adds hosts that do not run yet, at one port each, and service_instances"
                " gives a host several instances; remove planned, or run one instance on each host"
            )


def peers_with_planned(discovered: Result, queries: Result, nodes: list[dict[str, str]]) -> tuple[Endpoints, Parts]:
    """Return ``peers`` and ``peer_parts`` of a result of ``service_info``, completed where a query says ``planned``.

    ``nodes``: of the rollout's hosts. The members that the result knows of are added, also those that are down.
    """
    planned = {name: query for name, query in queries_from(queries, "service_peers").items() if query.planned}
    own = discovered["node"]
    completed = {}
    for name, query in planned.items():
        answered = [Peer(**parts) for parts in discovered["peer_parts"].get(name, ())]
        there = {own["name"], *(peer.node for peer in answered)}
        members = _merged(nodes, discovered.get("planned_nodes", {}).get(name, ()))
        missing = [node for node in members if node["name"] not in there]
        completed[name] = with_planned(query, answered, own["address"], missing)
    peers, parts = to_results(completed)
    return {**discovered["peers"], **peers}, {**discovered["peer_parts"], **parts}


def _merged(nodes: t.Iterable[dict[str, str]], known: t.Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rollout's nodes and those that Consul knows of, each once, at the address of its instance."""
    return list({node["name"]: node for node in (*nodes, *known)}.values())
