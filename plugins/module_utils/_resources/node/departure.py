# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host may go out of traffic, or out of the fleet. Pure: the story reads what Consul says."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """A service of Consul that the host has an instance of.

    ``service``: the service of ours that registers it, empty where it is no container of ours; ``passing``: the nodes
    that Consul lists as passing, or ``node/instance`` where nodes have several; ``min_healthy``: how many must stay so;
    ``going``: which instances of this host go, None for all.
    """

    name: str
    service: str
    passing: frozenset[str]
    min_healthy: int = 0
    going: frozenset[str] | None = None

    def goes(self, place: str, node: str) -> bool:
        """Return whether a passing one goes with this host, or what goes of it."""
        where, _slash, instance = place.partition("/")
        return where == node and (not instance or self.going is None or instance in self.going)


@dataclass(frozen=True)
class Servers:
    """The servers of Consul: how many vote, and how many are alive besides the one on this host."""

    voting: int
    others_alive: int

    @property
    def quorum(self) -> int:
        """How many of them must be alive for Consul to have a leader."""
        return self.voting // 2 + 1


def refusals(node: str, standings: t.Iterable[Standing], servers: Servers | None) -> list[str]:
    """Return why a host may not go, a sentence each with what to do; ``servers``: None where it is no server."""
    reasons = [reason for standing in standings for reason in _too_few(node, standing)]
    return [*reasons, *(_no_quorum(node, servers) if servers else ())]


def _too_few(node: str, standing: Standing) -> t.Iterator[str]:
    others = sorted(place for place in standing.passing if not standing.goes(place, node))
    # What is out already takes nothing away.
    if len(others) == len(standing.passing) or len(others) >= max(1, standing.min_healthy):
        return
    who, service = standing.name, standing.service
    if not others and service:
        yield (
            f"{who}: {node} has its last passing instance. Deploy it to another host first (service_hosts, then"
            f" deploy.yml -e service={service}), or do without it: remove.yml -e service={service}"
        )
    elif not others:
        yield (
            f"{who}: {node} has its last passing registration, which is no container of Longshore. Register it at"
            f" another host's agent first (docs/consul.md), or deregister it here"
        )
    else:
        yield (
            f"{who}: Consul would list {len(others)} as passing ({', '.join(others)}), and service_rollout.min_healthy"
            f" asks for {standing.min_healthy}. Deploy it to one more host first, or fix what does not pass"
        )


def _no_quorum(node: str, servers: Servers) -> t.Iterator[str]:
    if servers.others_alive < servers.quorum:
        yield (
            f"Consul: {node} is one of its {servers.voting} servers, of which {servers.quorum} make a quorum, and"
            f" without this one {servers.others_alive} would be alive. Add a server, or start those that are down"
            " (consul operator raft list-peers shows them)"
        )
