# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight of each service of the stack comes to, and the plan of all of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._origins import with_origins
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_file import planned_lines, refused_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_lines import lines_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._preflight import Preflight
from ansible_collections.longshore.fleet.plugins.plugin_utils._removal import Left
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import registered_by_task
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import begin_and_plan, lines_of_aside
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_order import all_before
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import DISCOVERED, LAUNCHED

Result = dict[str, t.Any]
IDLE = "nothing to do"


@dataclass(frozen=True)
class Planned:
    """What one service comes to. ``problem``: why it cannot be rolled out; ``creates``: whether an instance is new.

    ``lines``: for people; ``section``: the same for a plan file.
    """

    rolls: bool = False
    creates: bool = False
    problem: str = ""
    lines: tuple[str, ...] = ()
    section: tuple[str, ...] = ()


def plan_service(service: Service, variables: Result, full: bool, limit: str | None = None) -> Planned:
    """Plan one service by what its hosts have found; ``variables``: as its own deploy would have them."""
    by_task = registered_by_task(variables, variables["ansible_play_hosts_all"], (DISCOVERED, LAUNCHED))
    preflight = Preflight.of(by_task[DISCOVERED], by_task[LAUNCHED], service.rollout["max_unreachable"])
    try:
        preflight.refuse_problems(reloads_only=False)
        beginning, rollout = begin_and_plan(service, {}, variables, preflight)
    except Failure as failure:
        return Planned(problem=str(failure), section=tuple(refused_lines(failure)))
    discovered = preflight.discovered
    plans = {h: with_origins(p, variables, discovered[h].get("config_origin", {})) for h, p in preflight.plans.items()}
    left = Left.of(service, by_task[DISCOVERED], variables, limit)
    told = [*lines_of_aside(preflight.aside), *left.lines()]
    notes = [*told, *rollout.lines(), *beginning.lines(rollout.rows)]
    if preflight.is_unfinished and not rollout.hosts:
        notes.append("The rollout before has left its record open; it is ended.")
    rolls = bool(rollout.hosts or left.leaving) or preflight.is_unfinished
    return Planned(
        rolls=rolls,
        creates=Action.CREATE.value in rollout.actions.values(),
        lines=(*lines_of(plans, full=full), *notes) if rolls else tuple(told),
        section=tuple(planned_lines(plans, notes, full)),
    )


def turns_of(
    planned: dict[str, Planned], waits: dict[str, dict[str, str]], peers: dict[str, t.Collection[str]]
) -> dict[str, str]:
    """Return the services that have a turn, in their order, each with why in a few words.

    ``waits``: each service with those that come before it; ``peers``: those of the stack that it asks Consul for. One
    whose peers are new is planned anew at its turn, as its preflight could not see them yet; so is one with a problem.
    """
    turns: dict[str, str] = {}
    for name in waits:
        early = sorted(set(peers[name]) & all_before(name, waits) & turns.keys())
        new = [other for other in early if planned[other].creates or "anew" in turns[other]]
        if planned[name].rolls:
            turns[name] = "rolls"
        elif planned[name].problem and early:
            turns[name] = f"planned anew once {', '.join(early)} is up"
        elif new:
            turns[name] = f"planned anew once {', '.join(new)} is up"
    return turns


def refuse_problems(planned: dict[str, Planned], turns: t.Container[str]) -> None:
    """Raise the problems of all services that no service before them could mend."""
    wrong = {name: one.problem for name, one in planned.items() if one.problem and name not in turns}
    if wrong:
        listed = [f"{name} can't be rolled out:\n{problem}" for name, problem in wrong.items()]
        raise Failure("\n".join([*listed, "No container of any service was touched."]))


def stack_lines(planned: dict[str, Planned], turns: dict[str, str]) -> t.Iterator[str]:
    """Yield the plan of all services for people: those with nothing to do in one line, each other one with its own."""
    idle = [name for name in planned if name not in turns]
    if idle:
        yield f"{', '.join(idle)}: {IDLE}"
    for name, one in planned.items():
        if name in turns:
            yield f"{name}:" if one.rolls else f"{name}: {turns[name]}"
        found = [f"not yet: {line}" for line in one.problem.splitlines()] if one.problem else one.lines
        yield from (f"  {line}" for line in found)
