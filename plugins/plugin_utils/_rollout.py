# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight of all hosts comes to: what has something to do, in which order and in which batches."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact, Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._founding import Beginning
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import (
    Candidate,
    batches_of,
    min_healthy_of,
    ordered,
    share_of,
    split,
    spread,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._preflight import Preflight
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import action_of

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Rollout(Fact):
    """The hosts that have something to do, in their order, how many go at a time, and how many must stay passing.

    ``hosts``: none in check mode; ``actions``: host -> what is to be done, also then; ``nodes``: host -> its node, of
    all hosts that were found; ``founder``: the host that founds the cluster; ``limit``: seconds that drain and gate
    of one instance may take; ``speaker``: the host that speaks to Consul; ``begin``: the option of the module release,
    and ``recorded`` whether there is anything to record. ``leaving``: hosts that are none of the service's any more,
    and still have an instance of it.

    Where a host has several instances, or more than it is to have, ``order`` has the rows of all that have something to
    do, such as node1/web-2, which ``actions`` and ``nodes`` go by too; ``turns`` has those of each batch, ``instances``
    row -> [host, instance], and ``replaced`` row -> the instance whose place it takes. The hosts are ``in_turns`` then,
    else ``in_batches``; ``back_batches``: how many hosts at a time go back.
    """

    NAME = "longshore_rollout"

    hosts: t.Sequence[str] = ()
    batches: t.Sequence[int] = ()
    min_healthy: int = 0
    actions: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, str] = field(default_factory=dict)
    set_aside: t.Sequence[str] = ()
    founder: str = ""
    limit: float | None = None
    speaker: str = "localhost"
    begin: Result = field(default_factory=dict)
    recorded: bool = False
    leaving: t.Sequence[str] = ()
    order: t.Sequence[str] = ()
    turns: t.Sequence[t.Sequence[str]] = ()
    in_batches: t.Sequence[str] = ()
    in_turns: t.Sequence[str] = ()
    back_batches: t.Sequence[int] = ()
    instances: dict[str, t.Sequence[str]] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> t.Sequence[str]:
        """What has something to do, in its order: hosts, or instances on them."""
        return self.order or self.hosts

    @property
    def resting(self) -> list[str]:
        """The rows that have nothing to do."""
        return [row for row in self.nodes if row not in self.actions]

    @property
    def going(self) -> list[str]:
        """The rows of instances that are only to be removed."""
        return [row for row, action in self.actions.items() if action == Action.REMOVE.value]

    @property
    def staying(self) -> int:
        """How many instances there are to be."""
        return len(self.nodes) - len(self.going)

    def as_rolled(self, check: bool) -> Rollout:
        """Return it as the plays that follow see it; in check mode nothing rolls."""
        hosts, turns = ((), ()) if check else (self.hosts, self.turns)
        return replace(
            self,
            hosts=hosts,
            order=() if check else self.order,
            turns=turns,
            in_batches=() if turns else hosts,
            in_turns=hosts if turns else (),
            back_batches=[len({*map(self.host_of, turn)}) for turn in turns] or list(self.batches),
        )

    def host_of(self, row: str) -> str:
        """Return the host of a row."""
        return self.instances[row][0] if row in self.instances else row

    def places_of(self, row: str) -> list[str]:
        """Return what is out while a row has its turn: its node, or instances on it."""
        node = self.nodes[row]
        if row not in self.instances:
            return [node]
        names = [self.instances[row][1], *([self.replaced[row]] if row in self.replaced else [])]
        return [f"{node}/{name}" for name in names]

    def lines(self) -> list[str]:
        """For people; nothing where there is nothing to do."""
        batches = "; ".join(", ".join(batch) for batch in split(self.rows, self.batches))
        kept = f", {self.min_healthy} or more stay passing" if self.min_healthy else ""
        return [f"In batches: {batches}{kept}"] if batches else []


def candidates_of(
    plans: dict[str, Result],
    nodes: dict[str, Result],
    rack: str | None,
    instances: dict[str, list[str]] | None = None,
) -> list[Candidate]:
    """Return the rows that have something to do. ``nodes``: row -> its node; ``rack``: a key of the node's meta."""
    candidates = [
        Candidate(
            host=host,
            home=(instances or {}).get(host, [""])[0],
            action=action_of(plan),
            passing=plan.get("passing", False),
            leads=plan.get("leads", False),
            stays=plan.get("stays", False),
            rack=str(nodes[host].get("meta", {}).get(rack, "")) if rack else "",
        )
        for host, plan in plans.items()
        if action_of(plan) is not Action.NONE
    ]
    homeless = sorted(candidate.host for candidate in candidates if rack and not candidate.rack)
    if homeless:
        raise Failure(
            f"service_rollout.order.rack: the nodes of {', '.join(homeless)} have no meta {rack!r} in Consul; set it as"
            " node_meta in their agents' configuration"
        )
    return candidates


def plan_rollout(
    plans: dict[str, Result],
    nodes: dict[str, Result],
    settings: Result,
    beginning: Beginning,
    instances: dict[str, list[str]] | None = None,
) -> Rollout:
    """``plans``: row -> result of its preflight; ``settings``: ``service_rollout``; ``instances``: row -> host, name.

    Where a cluster is founded one host goes ahead, so that the others find it and join it. Instances that are only to
    go are removed after all others have passed.
    """
    everybody = ordered(candidates_of(plans, nodes, (settings.get("order") or {}).get("rack"), instances))
    leaving = [candidate for candidate in everybody if candidate.action is Action.REMOVE]
    candidates = spread([c for c in everybody if c.action is not Action.REMOVE], settings["batch"])
    if beginning.found:
        candidates.sort(key=lambda candidate: candidate.host != beginning.found)
    batches = batches_of(candidates, settings["batch"], ahead=1 if beginning.one_goes_ahead else 0)
    if beginning.together and candidates:
        batches = [len(candidates)]
    passing = sum(plan.get("passing", False) for plan in plans.values())
    wanted = sum(action_of(plan) is not Action.REMOVE for plan in plans.values())
    least = min_healthy_of(settings.get("min_healthy"), split(candidates, batches), passing, wanted)
    leaving = spread(sorted(leaving, key=_highest_number_first), settings["batch"])
    going = [*candidates, *leaving]
    batches += batches_of(leaving, settings["batch"])
    rollout = Rollout(
        hosts=tuple(dict.fromkeys(candidate.place for candidate in going)),
        batches=tuple(batches),
        min_healthy=least,
        actions={candidate.host: candidate.action.value for candidate in going},
        nodes={host: node["name"] for host, node in nodes.items()},
    )
    if not instances:
        return rollout
    rows = [candidate.host for candidate in going]
    replaced = {row: plan["replaces"] for row, plan in plans.items() if plan.get("replaces")}
    return replace(rollout, order=rows, turns=split(rows, batches), instances=instances, replaced=replaced)


def _highest_number_first(candidate: Candidate) -> tuple[str, int]:
    number = candidate.host.rpartition("-")[2]
    return candidate.place, -int(number) if number.isdecimal() else 0


def begin_and_plan(service: Service, run: Result, variables: Result, preflight: Preflight) -> tuple[Beginning, Rollout]:
    """Return how a service without problems begins and is rolled; refuse what must not begin, and too few instances.

    ``run``: what this run was given; ``variables``: those of a host of the service.
    """
    beginning = Beginning.of(service, run, variables, preflight.discovered, preflight.plans).on(preflight.rows)
    beginning.refuse_unasked(preflight.discovered)
    rollout = plan_rollout(preflight.plans, preflight.nodes, service.rollout, beginning, preflight.instances)
    check_least(service.rollout, rollout.staying + len(preflight.aside))
    return beginning, rollout


def check_least(settings: Result, instances: int) -> None:
    """Refuse a number of instances that must stay passing where there are not as many."""
    least = settings.get("min_healthy")
    if least is not None and share_of(least, instances) > instances:
        raise Failure(
            f"service_rollout.min_healthy: {least!r} is more than the service has instances, which are {instances}"
        )


def lines_of_aside(hosts: dict[str, str]) -> list[str]:
    """``hosts``: those that are left out, each with why."""
    return [f"{host}: set aside, cannot be reached: {' '.join(why.split())}" for host, why in hosts.items()]


def check_batch(batch: t.Any) -> None:
    """Refuse what ``serial`` would not understand, before any host is touched."""
    for part in batch if isinstance(batch, (list, tuple)) and batch else (batch,):
        wrong = f"service_rollout.batch: {part!r} is neither a number of hosts, nor a percentage, nor a list of them"
        try:
            share = share_of(part, 100)
        except Failure as failure:
            raise Failure(wrong) from failure
        if share < 1:
            raise Failure(wrong)


def check_rollout(rollout: dict[str, t.Any], hosts: int | None) -> None:
    """Refuse values of ``service_rollout`` that nothing could be done with; ``rollout`` has its defaults.

    ``hosts``: None where each may have several instances, so that only the plan knows how many there are.
    """
    check_batch(rollout["batch"])
    for name in ("max_failures", "max_unreachable", "min_healthy"):
        if rollout.get(name) is not None:
            share_of(rollout[name], 1, f"service_rollout.{name}")
    least = rollout.get("min_healthy")
    if least is not None and hosts is not None and share_of(least, hosts) > hosts:
        raise Failure(f"service_rollout.min_healthy: {least!r} is more than the service has hosts, which are {hosts}")
    for name in ("keep", "pulls"):
        if int(rollout[name]) < 0:
            raise Failure(f"service_rollout.{name}: {rollout[name]!r} is not a whole number of 0 or more (example: 5)")
    for name in ("pause", "watch", "lock_wait", "drain"):
        seconds(rollout[name], f"service_rollout.{name}")
