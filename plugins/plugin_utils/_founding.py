# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster begins: founded on one host, or started together where all of its members are down."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import uses
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import switched_on
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import is_template

Result = dict[str, t.Any]
TOGETHER = "together"
RENDERED = ("service_container", "service_files", "service_directories", "service_registrations")


@dataclass(frozen=True)
class Beginning:
    """What the preflight tells of a cluster: ``first_boot``, whether nothing of it passes, and what the user asks for.

    ``passing``: hosts of this run, and nodes that it leaves out, of which Consul tells.
    ``founded``: when and where it was founded before, as long as it has no instance now; else empty.
    ``found``: the host that is to found it; ``cold_start``: start all members together.
    """

    service: str
    is_cluster: bool
    first_boot: bool
    founded: Result
    passing: tuple[str, ...]
    found: str = ""
    cold_start: bool = False
    by_key: bool = False

    @classmethod
    def of(
        cls, service: Service, run: Result, variables: Result, discovered: dict[str, Result], plans: dict[str, Result]
    ) -> Beginning:
        """From the preflight's results of all hosts. ``run``: what this run was given, such as ``found``."""
        peers = looks_for_itself(service.name, variables)
        empty = [result for result in discovered.values() if not has_container(result)]
        gone = len(empty) == len(discovered) and any(result.get("no_instances") for result in empty)
        return cls(
            service=service.name,
            is_cluster=peers or any(uses("first_boot", variables.get(name), variables) for name in RENDERED),
            first_boot=any(result.get("first_boot") for result in discovered.values()),
            founded=next((r["founded"] for r in empty if r.get("founded")), {}) if gone else {},
            passing=(*(host for host, plan in plans.items() if plan.get("passing")), *_elsewhere(discovered)),
            found=str(run.get("found") or ""),
            cold_start=switched_on(run, "cold_start"),
            by_key=service.rollout.get("cold_start") == TOGETHER,
        )

    def on(self, rows: t.Mapping[str, t.Collection[str]]) -> Beginning:
        """Return it with the row of the first instance in the place of the host that is to found the cluster."""
        return replace(self, found=next(iter(rows.get(self.found, ())), self.found))

    @property
    def together(self) -> bool:
        """Whether all hosts that have something to do go in one batch."""
        return self.is_cluster and not self.passing and (self.cold_start or self.by_key)

    @property
    def one_goes_ahead(self) -> bool:
        """Whether one host founds the cluster before the others join it."""
        return self.is_cluster and self.first_boot and not self.together

    def founder(self, hosts: t.Sequence[str]) -> str:
        """Return the host that founds the cluster; empty where none does, or the first to come.

        Of hosts that start together each would see a first boot, and found a cluster of its own.
        """
        return self.found or (hosts[0] if hosts and self.together and self.first_boot else "")

    def refuse_unasked(self, discovered: dict[str, Result]) -> None:
        """Raise ``Failure`` where a cluster would be founded a second time, or what is asked for is impossible."""
        if self.found:
            self._refuse_found(discovered)
        elif self.is_cluster and self.founded and not self.cold_start:
            raise Failure(self._founded_before())
        if self.cold_start and self.found:
            raise Failure("Give either found=HOST, for a new cluster, or cold_start=true, for the one that there was.")
        if self.cold_start and self.passing:
            raise Failure(
                f"cold_start=true: {', '.join(self.passing)} of {self.service} passes. A cold start is for a service of"
                " which nothing passes; leave it out, and broken instances are started one after the other."
            )

    def _refuse_found(self, discovered: dict[str, Result]) -> None:
        if self.found not in discovered:
            raise Failure(
                f"found={self.found}: there is no such host in this rollout of {self.service}. Its hosts are"
                f" {', '.join(discovered)}."
            )
        if not discovered[self.found].get("first_boot"):
            raise Failure(
                f"found={self.found}: {self.service} has a release or instances in Consul already, so that a second"
                " cluster would be founded beside them. Leave found out to deploy; to begin anew, remove the service"
                " first (remove.yml)."
            )

    def _founded_before(self) -> str:
        where = printable(f" on {self.founded['node']}") if self.founded.get("node") else ""
        when = printable(str(self.founded.get("when", "nobody knows when")))
        return (
            f"THE CLUSTER {self.service} WAS FOUNDED BEFORE{where} ({when}) AND HAS NO INSTANCE NOW.\n"
            "  To start its members with the data that the hosts still have, all together: -e cold_start=true\n"
            "  To found a NEW cluster on one host, which the others join; THEIR DATA MAY BE OVERWRITTEN: -e found=HOST"
        )

    def lines(self, hosts: t.Sequence[str]) -> list[str]:
        """Tell people what begins with these hosts, which have something to do."""
        if not self.is_cluster or not hosts:
            return []
        if self.together:
            together = f"{self.service} starts on {', '.join(hosts)} together, as nothing of it passes anywhere."
            founded = f"A NEW CLUSTER IS FOUNDED on {hosts[0]}, which alone sees first_boot"
            return [f"{founded}: {together}" if self.first_boot else f"COLD START: {together}"]
        if self.first_boot:
            return [f"A NEW CLUSTER IS FOUNDED: {self.service} on {hosts[0]}. The other hosts join it."]
        if not self.passing and len(hosts) > 1:
            return [
                f"Nothing of {self.service} passes on these hosts. Members that need each other to start are started"
                " together by -e cold_start=true."
            ]
        return []

    def refuse_too_few_forks(self, hosts: t.Sequence[str], forks: int) -> None:
        """Raise ``Failure`` where Ansible would let some members wait for the others."""
        if self.together and len(hosts) > forks:
            raise Failure(
                f"{self.service} is to start on {len(hosts)} hosts together, and Ansible works on {forks} at a time."
                f" Run again with --forks {len(hosts)}."
            )


def _elsewhere(discovered: dict[str, Result]) -> list[str]:
    """Return the nodes that pass and are no host of this run; of its own hosts the plans know better than Consul."""
    here = {(result.get("node") or {}).get("name") for result in discovered.values()}
    passing = {node for result in discovered.values() for node in result.get("passing_nodes") or ()}
    return sorted(passing - here)


def looks_for_itself(service: str, variables: Result) -> bool:
    """Return whether a service asks for peers of its own, as a cluster does; a proxy asks for others only."""
    peers, registrations = variables.get("service_peers"), variables.get("service_registrations")
    if not isinstance(peers, dict):
        return bool(peers)
    entries = registrations if isinstance(registrations, list) else []
    own = {service, *(entry.get("name") for entry in entries if isinstance(entry, dict))}
    asked = [query.get("service") if isinstance(query, dict) else None for query in peers.values()]
    return any(name is None or is_template(name) or name in own for name in asked)


def has_container(discovered: Result) -> bool:
    """Return whether a host's survey has found a container of the instance."""
    survey = discovered.get("survey") or {}
    return bool(survey.get("current") or survey.get("previous"))
