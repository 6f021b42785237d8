# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order the services of a fleet are rolled: each after those that its file says it waits for."""

from __future__ import annotations

import graphlib
import itertools
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest

AFTER = "service_after"
PEERS = "service_peers"


@dataclass(frozen=True)
class Member:
    """A service of the stack. ``path``: its file; ``after``: what ``service_after`` names; ``peers``: its entries.

    ``names``: those under which Consul has it.
    """

    name: str
    path: str
    after: tuple[str, ...] = ()
    peers: dict[str, t.Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def waits_for(self, owners: dict[str, str]) -> dict[str, str]:
        """Return the services that come before this one, each with the key that says so.

        ``owners``: name in Consul -> service. A peer with ``min`` is one as long as it is of this fleet.
        """
        needed = {
            owners[query["service"]]: f"{PEERS}.{key}.min"
            for key, query in self.peers.items()
            if query.get("min") and not query.get("datacenter") and query.get("service") in owners
        }
        needed.pop(self.name, None)  # members of a cluster find each other
        return {**needed, **dict.fromkeys(self.after, AFTER)}


def owners_of(members: t.Iterable[Member]) -> dict[str, str]:
    """Return the service of each name in Consul."""
    return {name: member.name for member in members for name in (*member.names, member.name)}


def ordered(members: t.Sequence[Member]) -> dict[str, dict[str, str]]:
    """Return the services in their order, each with those that it waits for and the keys that say so.

    Names that no service has, and cycles, are refused. Services that do not wait for each other stand by their names.
    """
    owners, by_name = owners_of(members), {member.name: member for member in members}
    unknown = [
        f"{member.path}: {AFTER}: there is no service {name}; {nearest(name, sorted(by_name))}"
        for member in members
        for name in member.after
        if name not in by_name
    ]
    if unknown:
        raise Failure("\n".join(unknown))
    waits = {member.name: member.waits_for(owners) for member in members}
    sorter = graphlib.TopologicalSorter(waits)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise Failure(_cycle(error.args[1], waits, by_name)) from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return {name: waits[name] for name in order}


def all_before(name: str, waits: dict[str, dict[str, str]]) -> set[str]:
    """Return all services that come before one, also by way of others."""
    before = set(waits[name])
    return before.union(*(all_before(other, waits) for other in before))


def order_line(order: dict[str, dict[str, str]]) -> str:
    """Return the order for people."""
    shown = [f"{name} (after {', '.join(sorted(waits))})" if waits else name for name, waits in order.items()]
    return f"In this order: {', '.join(shown)}"


def _cycle(names: t.Sequence[str], waits: dict[str, dict[str, str]], members: dict[str, Member]) -> str:
    """Return what waits for what, by file and key. ``names``: each comes before the next one."""
    steps = [
        f"{members[later].path}: {waits[later][earlier]}: {later} waits for {earlier}"
        for earlier, later in itertools.pairwise(names)
    ]
    return "\n".join([*sorted(steps), "So none of them can be the first; remove one of these entries."])
