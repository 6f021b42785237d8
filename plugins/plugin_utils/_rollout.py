# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight of all hosts comes to: problems, or the hosts that have something to do and their batches."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact
from ansible_collections.longshore.fleet.plugins.plugin_utils._founding import Beginning
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import (
    Candidate,
    batches_of,
    min_healthy_of,
    ordered,
    share_of,
    split,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import action_of, message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._unreachable import reason_of

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Rollout(Fact):
    """The hosts that have something to do, in their order, how many go at a time, and how many must stay passing.

    ``hosts``: none in check mode; ``actions``: host -> what is to be done, also then; ``nodes``: host -> its node, of
    all hosts that were found; ``founder``: the host that founds the cluster; ``limit``: seconds that drain and gate
    of one instance may take; ``speaker``: the host that speaks to Consul; ``begin``: the option of the module release,
    and ``recorded`` whether there is anything to record. ``leaving``: hosts that are none of the service's any more,
    and still have an instance of it.
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

    @property
    def resting(self) -> list[str]:
        """The hosts that have nothing to do."""
        return [host for host in self.nodes if host not in self.actions]

    def lines(self) -> list[str]:
        """For people; nothing where there is nothing to do."""
        batches = "; ".join(", ".join(batch) for batch in split(self.hosts, self.batches))
        kept = f", {self.min_healthy} or more stay passing" if self.min_healthy else ""
        return [f"In batches: {batches}{kept}"] if batches else []


@dataclass(frozen=True)
class Preflight:
    """What the preflight has found. ``aside``: hosts that are left out, each with why; of the others the results.

    ``discovered``: of ``service_info``; ``plans``: of ``launch``.
    """

    aside: dict[str, str]
    discovered: dict[str, Result]
    plans: dict[str, Result]

    @classmethod
    def of(cls, discovered: dict[str, Result], plans: dict[str, Result], max_unreachable: t.Any) -> Preflight:
        """Leave those out that could not be reached, as far as ``max_unreachable`` allows."""
        aside = set_aside(discovered, plans, max_unreachable)
        here = ({h: r for h, r in results.items() if h not in aside} for results in (discovered, plans))
        return cls(aside, *here)

    @property
    def nodes(self) -> dict[str, Result]:
        """Each host's node; only where there are no problems."""
        return {host: self.discovered[host]["node"] for host in self.plans}

    @property
    def is_unfinished(self) -> bool:
        """Whether a rollout that came to its end could not say so."""
        return any(result.get("unfinished_release") for result in self.discovered.values())

    def refuse_problems(self, reloads_only: bool) -> None:
        """Raise all problems of all hosts in one ``Failure``; ``reloads_only``: of a run that changes no container."""
        refuse_problems({host: problems_of(self.discovered[host], plan) for host, plan in self.plans.items()})
        if reloads_only:
            refuse_problems({host: beyond_a_reload(plan) for host, plan in self.plans.items()})


def set_aside(discovered: dict[str, Result], launched: dict[str, Result], most: t.Any) -> dict[str, str]:
    """Return the hosts that could not be reached, each with why, where ``max_unreachable`` allows as many.

    Else none: then they are problems like others.
    """
    unreachable = {
        host: reason_of(str(result.get("msg", "")))
        for results in (discovered, launched)
        for host, result in results.items()
        if result.get("unreachable")
    }
    return unreachable if len(unreachable) <= share_of(most, len(discovered)) else {}


def problems_of(discovered: Result, launched: Result) -> list[str]:
    """Return every problem of one host, from its results of ``service_info`` and of ``launch`` as preflight.

    In a preflight no task fails, so that each problem is told once: a result that lacks its answer has failed.
    """
    for result, answer in ((discovered, "node"), (launched, "action")):
        if result.get("unreachable"):
            return [f"cannot be reached: {message_of(result)}"]
        if answer not in result:
            return [message_of(result)]
    return [sentence for problem in launched.get("problems", ()) for sentence in _sentences(problem)]


def beyond_a_reload(plan: Result) -> list[str]:
    """Return why one host needs more than reload.yml does, which changes no container."""
    if not action_of(plan).makes_container:
        return []
    keys = ", ".join(change["key"] for change in plan["changes"][:5])
    return [
        f"a reload changes no container, and this one must change ({plan['action']} because of {keys}). Run deploy.yml."
    ]


def _sentences(problem: str) -> list[str]:
    """Return a line each; what is indented, such as the lines of a log, belongs to the line before."""
    sentences: list[str] = []
    for line in problem.splitlines():
        if line.startswith("  ") and sentences:
            sentences[-1] += f"\n{line}"
        else:
            sentences.append(line)
    return sentences


def report(problems: dict[str, list[str]]) -> list[str]:
    """``problems``: host -> its own. A line for each problem, with all the hosts that have it."""
    hosts_of: dict[str, list[str]] = {}
    for host, own in problems.items():
        for problem in own:
            hosts_of.setdefault(problem, []).append(host)
    return [f"{', '.join(hosts)}: {problem}" for problem, hosts in hosts_of.items()]


def refuse_problems(problems: dict[str, list[str]]) -> None:
    """``problems``: host -> its own. All in one ``Failure``."""
    if any(problems.values()):
        raise Failure("\n".join(report(problems)))


def candidates_of(plans: dict[str, Result], nodes: dict[str, Result], rack: str | None) -> list[Candidate]:
    """Return the hosts that have something to do. ``nodes``: host -> its node; ``rack``: a key of the node's meta."""
    candidates = [
        Candidate(
            host=host,
            action=action_of(plan),
            passing=plan.get("passing", False),
            leads=plan.get("leads", False),
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


def plan_rollout(plans: dict[str, Result], nodes: dict[str, Result], settings: Result, beginning: Beginning) -> Rollout:
    """``plans``: host -> result of its preflight; ``settings``: ``service_rollout``.

    Where a cluster is founded one host goes ahead, so that the others find it and join it.
    """
    candidates = ordered(candidates_of(plans, nodes, (settings.get("order") or {}).get("rack")))
    if beginning.found:
        candidates.sort(key=lambda candidate: candidate.host != beginning.found)
    batches = batches_of(candidates, settings["batch"], ahead=1 if beginning.one_goes_ahead else 0)
    if beginning.together and candidates:
        batches = [len(candidates)]
    passing = sum(plan.get("passing", False) for plan in plans.values())
    least = min_healthy_of(settings.get("min_healthy"), split(candidates, batches), passing, len(plans))
    return Rollout(
        hosts=tuple(candidate.host for candidate in candidates),
        batches=tuple(batches),
        min_healthy=least,
        actions={candidate.host: candidate.action.value for candidate in candidates},
        nodes={host: node["name"] for host, node in nodes.items()},
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


def check_rollout(rollout: dict[str, t.Any], hosts: int) -> None:
    """Refuse values of ``service_rollout`` that nothing could be done with; ``rollout`` has its defaults."""
    check_batch(rollout["batch"])
    for name in ("max_failures", "max_unreachable", "min_healthy"):
        if rollout.get(name) is not None:
            share_of(rollout[name], 1, f"service_rollout.{name}")
    least = rollout.get("min_healthy")
    if least is not None and share_of(least, hosts) > hosts:
        raise Failure(f"service_rollout.min_healthy: {least!r} is more than the service has hosts, which are {hosts}")
    for name in ("keep", "pulls"):
        if int(rollout[name]) < 0:
            raise Failure(f"service_rollout.{name}: {rollout[name]!r} is not a whole number of 0 or more (example: 5)")
    for name in ("pause", "watch", "lock_wait", "drain"):
        seconds(rollout[name], f"service_rollout.{name}")
