# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal takes away, and on which hosts: where the service file asks for it, and where it was left."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import surplus_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import hosts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, message_of

LEAVES = "is no host of service_hosts any more: its instance is drained and removed once all others have passed"


@dataclass(frozen=True)
class Removal:
    """``instances``: host -> what is removed there, highest number first. ``speaker``: who speaks to Consul."""

    service: str
    instances: dict[str, list[str]]
    left: tuple[str, ...]  # hosts for which no service file asks
    speaker: str
    empty: tuple[str, ...] = ()  # hosts that have a note in Consul's KV alone

    def lines(self) -> list[str]:
        """Say what is removed, for the plan."""
        return [
            f"{host}: remove what Consul's KV has noted of {instance}, which is not there"
            if host in self.empty
            else f"{host}: remove {instance}{', for which no service file asks here' if host in self.left else ''}"
            for host, names in self.instances.items()
            for instance in names
        ]


def plan_removal(
    service: str,
    gathered: dict[str, Result],
    expected: t.Collection[str],
    instance: str | None,
    named: t.Collection[str],
    noted: t.Collection[str] = (),
) -> Removal:
    """Return what is removed; refuse where that is nothing.

    ``gathered``: host -> result of the module instance_info, of all hosts within the limit; ``expected``: the hosts
    that the service file names; ``instance``: the only one that is meant; ``named``: the hosts that the limit names;
    ``noted``: the nodes of which Consul's KV has a note, as a first launch that failed leaves one.
    """
    there = {host: _instances(result, service, instance) for host, result in gathered.items()}
    _refuse_several(service, there)
    instances = {
        host: sorted(names, key=_number, reverse=True) or [instance or service]
        for host, names in there.items()
        if names or (host in expected and (instance is None or not _answered(gathered[host])))
    }
    empty = tuple(host for host in named if host not in instances and gathered.get(host, {}).get("node") in noted)
    instances.update({host: [instance or service] for host in empty})
    nowhere = [host for host in named if host not in instances]
    if nowhere or not instances:
        where = ", ".join(nowhere) or "any host within the limit"
        unknown = [f"{host} cannot be asked: {message_of(r)}" for host, r in gathered.items() if not _answered(r)]
        what = f"There is no instance {instance or service} of {service} on {where}; nothing was removed."
        raise Failure("\n".join([what, *unknown, "status.yml shows what runs."]))
    asked = [host for host in instances if _answered(gathered[host])]
    left = tuple(host for host in instances if host not in expected)
    return Removal(service, instances, left, next(iter([*asked, *instances])), empty)


def noted_in(service: str, recorded: dict[str, Result]) -> list[str]:
    """Return the nodes that have a note. ``recorded``: host -> result of the module release_info."""
    answers = (result["services"] for result in recorded.values() if "services" in result)
    return list(next(answers, {}).get(service, {}).get("nodes", ()))


@dataclass(frozen=True)
class Left:
    """Nodes that have an instance for which nobody asks any more.

    ``leaving``: those of them that this run removes once all others have passed, each with its host of the inventory.
    """

    service: str
    nodes: tuple[str, ...] = ()
    leaving: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, service: Service, discovered: dict[str, Result], task_vars: Result, limit: str | None) -> Left:
        """``discovered``: host -> result of service_info, which has the notes of Consul's KV.

        A run that is limited, goes back, or restarts or reloads what there is, only tells of them.
        """
        nodes = nodes_left(discovered, hosts_of(service.hosts, task_vars))
        only_tells = limit or service.release or task_vars.get("service_image_from") == "reload"
        if only_tells or task_vars.get("service_restart"):
            return cls(service.name, tuple(nodes))
        named = {name: host for host in task_vars["groups"]["all"] for name in (host.partition(".")[0], host)}
        return cls(service.name, tuple(nodes), {node: named[node] for node in nodes if node in named})

    def lines(self) -> list[str]:
        """Tell of them, for the plan."""
        return [
            f"{self.leaving[node]}: {LEAVES}"
            if node in self.leaving
            else f"{node}: has an instance of {self.service}, but service_hosts does not name this host any more. To"
            f" remove it: remove.yml -e service={self.service} --limit HOST, with the inventory's name of this node of"
            " Consul in the place of HOST."
            for node in self.nodes
        ]


def nodes_left(discovered: dict[str, Result], hosts: t.Collection[str]) -> list[str]:
    """Return the nodes that have an instance, as the notes in Consul's KV tell, and are none of the service's hosts.

    ``hosts``: all that the service file names. A host's node is known only once it has been asked: where a limit or a
    failure left one out, nothing is said.
    """
    known = {result["node"]["name"] for result in discovered.values() if "node" in result}
    if any("node" not in discovered.get(host, {}) for host in hosts):
        return []
    noted = next((result["noted_nodes"] for result in discovered.values() if "noted_nodes" in result), [])
    return [node for node in noted if node not in known]


def _answered(result: Result) -> bool:
    return "instances" in result


def _instances(result: Result, service: str, instance: str | None) -> list[str]:
    names = [entry["instance"] for entry in result.get("instances", ()) if entry["service"] == service]
    return [name for name in names if instance in (None, name)]


def _refuse_several(service: str, there: dict[str, list[str]]) -> None:
    """Refuse to remove several that a user has named: nobody can tell whether all of them are meant."""
    several = [
        f"{host}: {', '.join(names)}"
        for host, names in there.items()
        if len(names) > len(surplus_of(service, names, ())) and len(names) > 1
    ]
    if several:
        listed = "\n".join(several)
        raise Failure(f"Hosts have several instances of {service}. Say which one with -e instance=NAME:\n{listed}")


def _number(name: str) -> tuple[int, str]:
    digits = name.rpartition("-")[2]
    return (int(digits) if digits.isdecimal() else 0, name)
