# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers: the other instances of a clustered service, as Consul lists them."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import asdict, dataclass, replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import INSTANCE

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery

# Peers end up in rendered files: what could end a line or a word there is not let in.
HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}", re.ASCII)
NODE_NAME = re.compile(r"[A-Za-z0-9._:-]{1,255}", re.ASCII)
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Srv:
    """An SRV record: ``target`` without the dot at its end, its address where the answer has it."""

    target: str
    port: int
    address: str | None


@dataclass(frozen=True)
class Peer:
    """One instance. ``port`` is None where only addresses were asked for.

    ``node`` is None where DNS hides it: where the registration has an address of its own, and in A records.
    """

    address: str
    port: int | None
    node: str | None

    @classmethod
    def from_srv(cls, record: Srv, domain: str) -> Peer:
        """Return the peer of an SRV record.

        Consul's targets are ``<node>.node.<datacenter>.<domain>`` or ``<hex>.addr.<datacenter>.<domain>``. A target
        outside of Consul's domain is the host name under which the service was registered, and stays a name.
        """
        inside = record.target.lower().endswith(f".{domain.lower()}")
        node = record.target[: -len(domain) - 1].rpartition(".node.")[0] if inside else ""
        address = (record.address if inside else None) or record.target
        return cls(address=_plain(address), port=record.port, node=node or None)

    @classmethod
    def from_address(cls, address: str) -> Peer:
        """Return the peer of an A or AAAA record, or of the host name that stands in its place."""
        return cls(address=_plain(address), port=None, node=None)

    @classmethod
    def from_health(cls, entry: dict[str, t.Any]) -> Peer:
        """Return the peer of an entry of ``GET /v1/health/service/<name>``."""
        node, service = entry["Node"], entry["Service"]
        return cls(address=_plain(service["Address"] or node["Address"]), port=service["Port"], node=node["Node"])

    @property
    def endpoint(self) -> str:
        """``address:port``, an IPv6 address in brackets; without a port the plain address."""
        if self.port is None:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def to_result(self) -> dict[str, t.Any]:
        """Return a peer's parts as templates see them."""
        return asdict(self)


Peers = tuple[Peer, ...]
Endpoints = dict[str, list[str]]
Parts = dict[str, list[dict[str, t.Any]]]


def is_listed(entry: dict[str, t.Any]) -> bool:
    """Return whether Consul's DNS lists an entry of ``health/service``: nothing critical, on its node neither."""
    return all(check["Status"] != "critical" for check in entry["Checks"])


def chosen(query: PeersQuery, found: t.Iterable[Peer], own: t.Collection[t.Any]) -> Peers:
    """Return what a query wants of the instances found: with its port, each endpoint once.

    ``own``: the addresses of this host's instance, which are left out on demand; where the host has other instances of
    the service, each with the port that is its own. Sorted, because Consul shuffles its
    answers; with ``near`` in Consul's order. Whoever may register a service may write anything there: a peer whose
    address, port or node can't be one is a ``Failure``.
    """
    there = list(found)
    for peer in there:
        _refuse_forged(query, peer)
    others = [peer for peer in there if not (query.exclude_self and _is_own(peer, own))]
    peers = [replace(peer, port=query.port or (None if query.record == "A" else peer.port)) for peer in others]
    # Of two instances at one endpoint the same one is taken every time.
    ordered = peers if query.near else sorted(peers, key=lambda peer: (peer.endpoint, peer.node or "~"))
    once: dict[str, Peer] = {}
    for peer in ordered:
        once.setdefault(peer.endpoint, peer)
    return tuple(once.values())


def with_planned(query: PeersQuery, peers: t.Sequence[Peer], own: str, nodes: t.Iterable[dict[str, str]]) -> Peers:
    """Return the peers, and one at the query's port for each of the ``nodes`` (name, address) that is missing."""
    known = {own, *(peer.address for peer in peers)}
    added = [Peer(_plain(node["address"]), query.port, node["name"]) for node in nodes if node["address"] not in known]
    return chosen(query, (*peers, *added), [own])


def to_results(peers: t.Mapping[str, t.Sequence[Peer]]) -> tuple[Endpoints, Parts]:
    """Return ``peers`` and ``peer_parts`` of templates, in the same order."""
    endpoints = {name: [peer.endpoint for peer in found] for name, found in peers.items()}
    parts = {name: [peer.to_result() for peer in found] for name, found in peers.items()}
    return endpoints, parts


def stand_in(names: t.Iterable[str]) -> tuple[Endpoints, Parts]:
    """Return ten peers for each name, always the same: ``peers`` and ``peer_parts``.

    What is rendered with these changes only where something else than the list of peers changed. The addresses are
    those that are reserved for documentation (RFC 5737).
    """
    ten = tuple(Peer(f"192.0.2.{n}", 65000 + n, f"stand-in-{n}") for n in range(1, 11))
    return to_results(dict.fromkeys(names, ten))


def own_addresses(
    service: str, node_address: str, services: t.Iterable[dict[str, t.Any]], instance: str | None = None
) -> set[t.Any]:
    """Return where this host's instance of a service is reached: its addresses.

    Where the host has several, siblings have the same address: then each (address, port) of ``instance`` alone.
    ``services``: of the local agent, ``GET /v1/agent/services``; an instance may register an address of its own.
    """
    registered = [found for found in services if found.get("Service") == service]
    owners = {found.get("ID"): (found.get("Meta") or {}).get(INSTANCE) for found in registered}
    if instance and set(owners.values()) - {None, instance}:
        ours = [found for found in registered if owners[found.get("ID")] == instance]
        return {(_plain(found.get("Address") or node_address), found.get("Port")) for found in ours}
    addresses = (found.get("Address") for found in registered)
    return {_plain(node_address), *(_plain(address) for address in addresses if address)}


def _is_own(peer: Peer, own: t.Collection[t.Any]) -> bool:
    return peer.address in own or (peer.address, peer.port) in own


def _refuse_forged(query: PeersQuery, peer: Peer) -> None:
    problems = []
    if not is_reachable(peer.address):
        problems.append(f"the address {peer.address!r} is not an IP address or a DNS name")
    is_number = isinstance(peer.port, int) and not isinstance(peer.port, bool)
    if peer.port is not None and not (is_number and 0 <= peer.port <= HIGHEST_PORT):
        problems.append(f"the port {peer.port!r} is not a port number")
    if peer.node is not None and not NODE_NAME.fullmatch(peer.node):
        problems.append(f"the node {peer.node!r} has a name that is not made of letters, digits and ._:-")
    if problems:
        raise Failure(
            f"{query.where}: Consul lists an instance of {query.service} that is not used: {'; '.join(problems)}. Find"
            f" out who registered it (consul catalog nodes -service={query.service}), and deregister it there."
        )


def is_reachable(address: str) -> bool:
    """Return whether it is an IP address or a DNS name, and so nothing that a program could take for an option."""
    return is_address(address) or bool(HOST_NAME.fullmatch(address))


def is_address(address: str) -> bool:
    """Return whether it is an IP address."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return "%" not in address  # a zone of IPv6 may hold anything


def _plain(address: str) -> str:
    """Return an address in the one way to write it; a host name without the dot at its end."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address.rstrip(".")
