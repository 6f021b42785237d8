# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance takes the place of another: in which order, and what is back where it fails."""

from __future__ import annotations

import contextlib
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import takeover
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.takeover import (
    predecessor,
    taking_over,
    with_takeover,
)
from tests.unit.builders import found_container, instance_spec, observed

WANTED = instance_spec()
OLD = found_container(WANTED)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is done, in its order; ``web`` is there and runs."""
    steps: list[str] = []

    def note(what: str) -> t.Callable[..., t.Any]:
        return lambda *_a, **_o: steps.append(what)

    monkeypatch.setattr(takeover, "survey", lambda *_a: observed(OLD))
    monkeypatch.setattr(takeover, "exclusively", lambda *_a: contextlib.nullcontext())
    monkeypatch.setattr(takeover, "remove", note("remove"))
    monkeypatch.setattr(takeover, "pass_gate", note("gate"))
    for name in ("take_out", "register_fresh", "mark_passing"):
        monkeypatch.setattr(takeover.traffic, name, note(name))
    return steps


def host_of(steps: list[str]) -> t.Any:
    def policy(_id: str, policy: dict[str, t.Any]) -> None:
        steps.append(f"policy {policy['Name']}")

    docker = SimpleNamespace(
        set_restart_policy=policy, stop=lambda _id: steps.append("stop"), start=lambda _id: steps.append("start")
    )
    guard = SimpleNamespace(
        refuse_too_few=lambda _names: steps.append("guard"),
        step=lambda *_a: None,
        forget=lambda _n: steps.append("forget"),
    )
    return SimpleNamespace(docker=docker, guard=guard)


def test_the_one_before_goes_once_the_new_one_has_passed(done: list[str]) -> None:
    with taking_over(host_of(done), "web", WANTED):
        done.append("launch")
    assert done == ["guard", "take_out", "policy no", "stop", "launch", "remove", "forget"]


def test_it_is_back_where_the_new_one_does_not_pass(done: list[str]) -> None:
    back = r"does not pass\nweb is back and passing"
    with pytest.raises(Failure, match=back), taking_over(host_of(done), "web", WANTED):
        raise Failure("web-1 does not pass")
    assert done[4:] == ["policy always", "start", "register_fresh", "gate", "mark_passing"]


def test_nothing_is_taken_out_where_too_few_would_pass(done: list[str]) -> None:
    host = host_of(done)

    def refuse(_names: t.Iterable[str]) -> None:
        raise Failure("too few")

    host.guard.refuse_too_few = refuse
    with pytest.raises(Failure, match=r"^too few$"), taking_over(host, "web", WANTED):
        raise AssertionError
    assert done == []


@pytest.mark.parametrize(("found", "there"), [(observed(OLD), True), (observed(None), False)])
def test_what_is_there(found: t.Any, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "survey", lambda *_a: found)
    assert (predecessor(t.cast(t.Any, None), "web") is not None) is there


@pytest.mark.parametrize("action", [Action.CREATE, Action.NONE])
def test_the_plan_says_what(action: Action) -> None:
    plan = with_takeover(Plan(action), "web", "web-1")
    assert plan.action is Action.REPLACE
    assert [str(change) for change in plan.changes] == ["instance: web, not web-1"]
