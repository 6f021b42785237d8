# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers: the other instances of a clustered service, as Consul lists them."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import asdict, dataclass, replace

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import Srv
    from ansible_collections.longshore.fleet.plugins.module_utils.resources.peers_query import PeersQuery


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
        """Consul's targets are ``<node>.node.<datacenter>.<domain>`` or ``<hex>.addr.<datacenter>.<domain>``.

        A target outside of Consul's domain is the host name under which the service was registered, and stays a name.
        """
        inside = record.target.lower().endswith(f".{domain.lower()}")
        node = record.target[: -len(domain) - 1].rpartition(".node.")[0] if inside else ""
        address = (record.address if inside else None) or record.target
        return cls(address=_plain(address), port=record.port, node=node or None)

    @classmethod
    def from_address(cls, address: str) -> Peer:
        """From an A or AAAA record, or the host name that stands in its place."""
        return cls(address=_plain(address), port=None, node=None)

    @classmethod
    def from_health(cls, entry: dict[str, t.Any]) -> Peer:
        """From an entry of ``GET /v1/health/service/<name>``."""
        node, service = entry["Node"], entry["Service"]
        return cls(address=_plain(service["Address"] or node["Address"]), port=service["Port"], node=node["Node"])

    @property
    def endpoint(self) -> str:
        """``address:port``, an IPv6 address in brackets; without a port the plain address."""
        if self.port is None:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def to_result(self) -> dict[str, t.Any]:
        """As templates see a peer's parts."""
        return asdict(self)


Peers = tuple[Peer, ...]
Endpoints = dict[str, list[str]]
Parts = dict[str, list[dict[str, t.Any]]]


def is_listed(entry: dict[str, t.Any]) -> bool:
    """Whether Consul's DNS lists an entry of ``health/service``: nothing critical, on its node neither."""
    return all(check["Status"] != "critical" for check in entry["Checks"])


def chosen(query: PeersQuery, found: t.Iterable[Peer], own_address: str | None) -> Peers:
    """What a query wants of the instances found: with its port, each endpoint once, without the node's own on demand.

    Sorted, because Consul shuffles its answers; with ``near`` in Consul's order.
    """
    ports = (replace(peer, port=query.port or (None if query.record == "A" else peer.port)) for peer in found)
    peers = [peer for peer in ports if not (query.exclude_self and peer.address == own_address)]
    # Of two instances at one endpoint the same one is taken every time.
    ordered = peers if query.near else sorted(peers, key=lambda peer: (peer.endpoint, peer.node or "~"))
    once: dict[str, Peer] = {}
    for peer in ordered:
        once.setdefault(peer.endpoint, peer)
    return tuple(once.values())


def with_planned(query: PeersQuery, peers: t.Sequence[Peer], own: str, nodes: t.Iterable[dict[str, str]]) -> Peers:
    """The peers, and a peer at the query's port for each of the ``nodes`` (name, address) that is not among them."""
    known = {own, *(peer.address for peer in peers)}
    added = [Peer(_plain(node["address"]), query.port, node["name"]) for node in nodes if node["address"] not in known]
    return chosen(query, (*peers, *added), own)


def to_results(peers: t.Mapping[str, t.Sequence[Peer]]) -> tuple[Endpoints, Parts]:
    """``peers`` and ``peer_parts`` of templates, in the same order."""
    endpoints = {name: [peer.endpoint for peer in found] for name, found in peers.items()}
    parts = {name: [peer.to_result() for peer in found] for name, found in peers.items()}
    return endpoints, parts


def stand_in(names: t.Iterable[str]) -> tuple[Endpoints, Parts]:
    """Ten peers for each name, always the same: ``peers`` and ``peer_parts``.

    What is rendered with these changes only where something else than the list of peers changed. The addresses are
    those that are reserved for documentation (RFC 5737).
    """
    ten = tuple(Peer(f"192.0.2.{n}", 65000 + n, f"stand-in-{n}") for n in range(1, 11))
    return to_results(dict.fromkeys(names, ten))


def _plain(address: str) -> str:
    """An address in the one way to write it; a host name without the dot at its end."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address.rstrip(".")
