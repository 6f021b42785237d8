# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_plan import (
    Planned,
    plan_service,
    refuse_problems,
    stack_lines,
    turns_of,
)

ROLLS = Planned(rolls=True, lines=("n1: update",))
NEW = Planned(rolls=True, creates=True, lines=("n1: create",))
IDLE = Planned()
WRONG = Planned(problem="n1: no answer")
# b waits for a, c for b; d for nobody.
WAITS = {"a": {}, "b": {"a": "service_after"}, "c": {"b": "service_after"}, "d": {}}
ANEW = "planned anew once a is up"


@pytest.mark.parametrize(
    ("planned", "peers", "turns"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({"d": ROLLS, "a": ROLLS}, {}, {"a": "rolls", "d": "rolls"}, id="in their order"),
        pytest.param({"a": NEW}, {"b": ["a"]}, {"a": "rolls", "b": ANEW}, id="a new peer"),
        pytest.param({"a": ROLLS}, {"b": ["a"]}, {"a": "rolls"}, id="a peer that stays where it is"),
        pytest.param({"a": NEW}, {"d": ["a"]}, {"a": "rolls"}, id="a peer that nobody waits for"),
        pytest.param({"a": NEW}, {"c": ["a"]}, {"a": "rolls", "c": ANEW}, id="by way of others"),
        pytest.param({"a": ROLLS, "b": WRONG}, {"b": ["a"]}, {"a": "rolls", "b": ANEW}, id="a problem of its peers"),
        pytest.param({"a": ROLLS, "b": WRONG}, {}, {"a": "rolls"}, id="a problem of its own"),
        pytest.param({"b": WRONG}, {"b": ["a"]}, {}, id="a problem, and no peer rolls"),
        pytest.param(
            {"a": NEW},
            {"b": ["a"], "c": ["b"]},
            {"a": "rolls", "b": ANEW, "c": "planned anew once b is up"},
            id="one after the other",
        ),
    ],
)
def test_turns(planned: dict[str, Planned], peers: dict[str, list[str]], turns: dict[str, str]) -> None:
    told = turns_of(dict.fromkeys(WAITS, IDLE) | planned, WAITS, dict.fromkeys(WAITS, ()) | peers)
    assert (told, list(told)) == (turns, list(turns))


def test_problems_come_at_once() -> None:
    planned = {"a": WRONG, "b": ROLLS, "c": WRONG, "d": WRONG}
    with pytest.raises(Failure) as failure:
        refuse_problems(planned, ["b", "c"])
    assert str(failure.value).splitlines() == [
        "a can't be rolled out:",
        "n1: no answer",
        "d can't be rolled out:",
        "n1: no answer",
        "No container of any service was touched.",
    ]
    refuse_problems(planned, ["a", "b", "c", "d"])


def test_lines() -> None:
    planned = {"a": NEW, "b": WRONG, "c": IDLE, "d": IDLE}
    assert list(stack_lines(planned, {"a": "rolls", "b": ANEW})) == [
        "c, d: nothing to do",
        "a:",
        "  n1: create",
        f"b: {ANEW}",
        "  not yet: n1: no answer",
    ]


ROLLOUT = {"max_unreachable": 0, "batch": 1, "keep": 5}
FOUND: dict[str, t.Any] = {"node": {"name": "n1"}, "noted_nodes": ["n1"]}


def planned_by(discovered: dict[str, t.Any], plan: dict[str, t.Any]) -> Planned:
    """Return the plan of web on n1."""
    hostvars = {"n1": {"__service_discovered": discovered, "__service_launched": plan}}
    variables = {"hostvars": hostvars, "ansible_play_hosts_all": ["n1"], "groups": {"all": ["n1", "n2"]}}
    return plan_service(Service("web", hosts="n1", rollout=ROLLOUT), variables, full=False)


@pytest.mark.parametrize(
    ("discovered", "plan", "lines", "rolls"),
    [
        pytest.param(FOUND, {"action": "none"}, [], False, id="nothing to do"),
        pytest.param(FOUND, {"action": "create"}, ["n1: create", "In batches: n1"], True, id="create"),
        pytest.param({**FOUND, "unfinished_release": "r-1"}, {"action": "none"}, None, True, id="an open record"),
        pytest.param({**FOUND, "noted_nodes": ["n2"]}, {"action": "none"}, None, True, id="a host that leaves"),
    ],
)
def test_plan_of_a_service(
    monkeypatch: pytest.MonkeyPatch, discovered: t.Any, plan: t.Any, lines: list[str] | None, rolls: bool
) -> None:
    of = "ansible_collections.longshore.fleet.plugins.plugin_utils._removal.hosts_of"
    monkeypatch.setattr(of, lambda pattern, _variables: [pattern])
    planned = planned_by(discovered, plan)
    assert (planned.rolls, planned.problem) == (rolls, "")
    assert lines is None or list(planned.lines) == lines
    assert planned.creates is (plan["action"] == "create")


@pytest.mark.parametrize(
    ("discovered", "plan", "says"),
    [
        pytest.param({"msg": "no agent"}, {}, "n1: no agent", id="not gathered"),
        pytest.param({"unreachable": True, "msg": "timed out"}, {}, "n1: cannot be reached", id="unreachable"),
        pytest.param(FOUND, {"action": "create", "problems": ["no image"]}, "n1: no image", id="a problem"),
    ],
)
def test_problems_of_a_service(discovered: t.Any, plan: t.Any, says: str) -> None:
    planned = planned_by(discovered, plan)
    assert says in planned.problem
    assert not planned.rolls
