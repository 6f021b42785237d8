# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers: the other instances of a clustered service, as Consul's DNS lists them."""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.naming import refuse_unknown

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import Srv

FIELDS = ("service", "port", "tag", "datacenter", "exclude_self")
# What a label of a DNS name may hold.
LABEL = re.compile(r"[A-Za-z0-9-]{1,63}")


@dataclass(frozen=True)
class PeersQuery:
    """One entry of ``service_peers``: whom to ask for. ``port``: instead of the registered one."""

    service: str
    port: int | None
    tag: str | None
    datacenter: str | None
    exclude_self: bool

    @classmethod
    def from_options(cls, options: t.Any, where: str) -> PeersQuery:
        """From the user's mapping; ``where`` names it in errors, such as ``peers.transport``."""
        if not isinstance(options, dict):
            raise Failure(f"{where}: expected a mapping with the key service, got {options!r}")
        refuse_unknown(options, FIELDS, where)
        exclude_self = options.get("exclude_self", False)
        if not isinstance(exclude_self, bool):
            raise Failure(f"{where}.exclude_self: {exclude_self!r} is neither true nor false")
        service = _label(options.get("service"), f"{where}.service")
        if service is None:
            raise Failure(f"{where}.service is missing: the service in Consul whose instances are the peers")
        return cls(
            service=service,
            port=_port(options.get("port"), f"{where}.port"),
            tag=_label(options.get("tag"), f"{where}.tag"),
            datacenter=_label(options.get("datacenter"), f"{where}.datacenter"),
            exclude_self=exclude_self,
        )

    def dns_name(self, domain: str) -> str:
        """``[tag.]service.service[.datacenter].domain``"""
        return ".".join(filter(None, (self.tag, self.service, "service", self.datacenter, domain)))

    def peers_from(self, records: t.Iterable[Srv], domain: str, own_address: str) -> tuple[Peer, ...]:
        """The peers in an answer of DNS, sorted; each address and port once, the node's own left out on demand."""
        found = {}
        for record in records:
            peer = Peer.from_srv(record, domain, self.port)
            if not (self.exclude_self and peer.address == own_address):
                found[peer.endpoint] = peer
        return tuple(found[endpoint] for endpoint in sorted(found))


@dataclass(frozen=True)
class Peer:
    """One instance. ``node`` is None where the registration has an address of its own: DNS then hides the node."""

    address: str
    port: int
    node: str | None

    @classmethod
    def from_srv(cls, record: Srv, domain: str, port: int | None) -> Peer:
        """Consul's targets are ``<node>.node.<datacenter>.<domain>`` or ``<hex>.addr.<datacenter>.<domain>``.

        A target outside of Consul's domain is the host name under which the service was registered, and stays a name.
        """
        inside = record.target.lower().endswith(f".{domain.lower()}")
        node = record.target[: -len(domain) - 1].rpartition(".node.")[0] if inside else ""
        return cls(
            address=(record.address if inside else None) or record.target,
            port=port or record.port,
            node=node or None,
        )

    @property
    def endpoint(self) -> str:
        """``address:port``, an IPv6 address in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def to_result(self) -> dict[str, t.Any]:
        """As templates see a peer's parts."""
        return asdict(self)


Endpoints = dict[str, list[str]]
Parts = dict[str, list[dict[str, t.Any]]]


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


def _label(value: t.Any, where: str) -> str | None:
    if value is None:
        return None
    if not LABEL.fullmatch(str(value)):
        raise Failure(f"{where}: {value!r} can't be asked for by DNS; use only letters, digits and hyphens")
    return str(value)


def _port(value: t.Any, where: str) -> int | None:
    """A template may have made a string of the number."""
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise Failure(f"{where}: {value!r} is no port; write a number from 1 to 65535")
    return int(text)
