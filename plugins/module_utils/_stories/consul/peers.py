# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the instances of a service by Consul's DNS or its HTTP API, and waits until there are enough."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import ANY_NODE, service_read
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import (
    Peer,
    Peers,
    chosen,
    is_listed,
)
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.dns import Dns
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery

# Seconds between two questions while there are too few peers.
EVERY = 0.5
# Seconds for which DNS, which answers from any server, may lag behind the HTTP API, which asks the leader.
SETTLING = 3.0

Ask = t.Callable[["PeersQuery"], list[Peer]]


def find_peers(query: PeersQuery, ask: Ask, own: t.Collection[str]) -> Peers:
    """Return the peers that a query wants; waits for ``min`` of them, ``wait`` seconds at most."""
    peers: list[Peer] = []

    def enough() -> bool:
        peers[:] = chosen(query, ask(query), own)
        return len(peers) >= query.min

    if not Deadline(query.wait).wait_for(enough, EVERY):
        raise Failure(
            f"{query.where}: after {query.wait:g} s there are {len(peers)} of at least {query.min} instances of"
            f" {query.service} that pass their checks. Start more of them, or correct min and wait."
        )
    return tuple(peers)


def from_http(consul: Consul, query: PeersQuery) -> list[Peer]:
    """Return what DNS would list, by the HTTP API; with ``only_passing`` without those in state warning."""
    try:
        entries = consul.get(f"health/service/{query.service}", query.http_params()) or ()
    except Failure as failure:
        if "No path to datacenter" not in str(failure):
            raise
        raise Failure(
            f"{query.where}.datacenter: the agent at {consul.url} knows no way to {query.datacenter}."
            " Correct the name, or join the datacenters (consul join -wan)."
        ) from failure
    if not entries:
        consul.refuse_hidden(f"instance of {query.service}", ANY_NODE, service_read(query.service))
    return [Peer.from_health(entry) for entry in entries if is_listed(entry)]


def from_dns(dns: Dns, query: PeersQuery, domain: str) -> list[Peer]:
    """Return what DNS lists; of several tags, those that have all of them."""
    answers = [_answer(dns, name, query, domain) for name in query.dns_names(domain)]
    return [peer for peer in answers[0] if all(peer in others for others in answers[1:])]


def from_dns_checked(dns: Dns, consul: Consul, query: PeersQuery, domain: str) -> list[Peer]:
    """Return what DNS lists; where it lists none, that is checked.

    DNS says "no such name" too where the agent's own token may not read the service, where there is no such
    datacenter, and where the agent forwards names of a domain that is not its own.
    """
    peers: list[Peer] = []

    def agreed() -> bool:
        peers[:] = from_dns(dns, query, domain)
        return bool(peers) or not from_http(consul, replace(query, only_passing=True))

    if not Deadline(SETTLING).wait_for(agreed):
        raise Failure(
            f"{query.where}: {dns.server} lists no instance as {query.dns_names(domain)[0]},"
            " but Consul's HTTP API shows some that pass. With ACLs, the token by which the agent answers DNS"
            " (acl.tokens.default, else the anonymous one) lacks the rule"
            f" {service_read(query.service).rule} or {ANY_NODE.rule}. Else correct consul_domain; or add from: http."
        )
    return peers


def _answer(dns: Dns, name: str, query: PeersQuery, domain: str) -> list[Peer]:
    if query.record == "A":
        return [Peer.from_address(address) for address in dns.addresses(name)]
    return [Peer.from_srv(record, domain.strip(".")) for record in dns.srv(name)]
