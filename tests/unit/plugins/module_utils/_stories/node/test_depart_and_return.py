# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host leaves, is kept out of traffic, comes back, and is forgotten: on a model of one host and its Consul."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import FAILED
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.settings import Settings
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node import depart, forget, patch_day
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import Fleet
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.node_model import BY, FLEET, World


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World("api", "web")

    def survey(_host: Host, instance: str) -> ObservedInstance:
        return made.survey(instance)

    def remove(_host: Host, instance: str, *_arguments: t.Any) -> None:
        made.step(f"remove {instance}")
        assert made.consul.holders() == [f"longshore/services/{instance}/lock"]
        del made.running[instance]

    def pass_gate(_host: Host, *_arguments: t.Any) -> None:
        made.step("gate")

    for story in (depart, patch_day):
        monkeypatch.setattr(story, "survey", survey)
    monkeypatch.setattr(depart, "remove", remove)
    monkeypatch.setattr(patch_day, "pass_gate", pass_gate)
    monkeypatch.setattr(traffic, "mark_passing", lambda *_arguments: made.step("mark passing"))
    monkeypatch.setattr(traffic, "QUIET", 0.0)
    monkeypatch.setattr(forget, "SUSPECTED", 0.0)
    monkeypatch.setattr(forget, "TAKEN_OUT", 0.0)
    return made


def test_services_go_one_after_the_other_and_then_the_agent_leaves(world: World) -> None:
    planned = depart.depart(world.host, FLEET, BY, check=True)
    assert world.steps == []
    assert world.consul.asked == []
    assert depart.depart(world.host, FLEET, BY, check=False) == planned
    assert world.steps == ["remove api", "remove web", "leave"]
    assert planned["changed"]
    assert planned["steps"] == [
        "drain and remove api",
        "drain and remove web",
        "leave Consul as node1",
    ]
    assert world.consul.noted() == []
    assert world.consul.holders() == []
    assert len(world.consul.noted("node2")) == 2
    assert not depart.depart(world.host, FLEET, BY, check=False)["changed"]


def test_a_departure_that_was_stopped_goes_on(world: World) -> None:
    world.fails_at = "remove web"
    with pytest.raises(Failure, match="killed at remove web"):
        depart.depart(world.host, FLEET, BY, check=False)
    assert world.steps == ["remove api"]
    assert world.consul.holders() == []
    world.fails_at = ""
    depart.depart(world.host, FLEET, BY, check=False)
    assert world.steps == ["remove api", "remove web", "leave"]


def test_an_agent_that_is_gone_while_its_instances_are_there_is_told(world: World) -> None:
    world.up = False
    with pytest.raises(Failure, match="Its instances api, web are still there"):
        depart.depart(world.host, FLEET, BY, check=False)
    assert world.steps == []


@pytest.mark.parametrize("act", [depart.depart, lambda *a, **k: patch_day.keep_out(*a[:3], "new disk", **k)])
def test_all_reasons_are_told_at_once_and_nothing_is_touched(world: World, act: t.Callable[..., t.Any]) -> None:
    world.consul.passing = {"api": ["node1", "node2"], "web": ["node1"]}
    world.consul.sessions.add("s-9")
    world.consul.put("kv/longshore/services/api/lock", b"{}", (("acquire", "s-9"),))
    fleet = Fleet("longshore", {"api": Settings("longshore", min_healthy=2, problem="api.yml: no YAML")})
    with pytest.raises(Failure) as failure:
        act(world.host, fleet, BY, check=False)
    told = str(failure.value).splitlines()
    assert told[0] == "node1 can't go; nothing was touched."
    begins = [
        "api.yml: no YAML",
        "The deploy lock of api is held",
        "api: Consul would list 1",
        "web: node1 has its last",
    ]
    assert [line[: len(begin)] for line, begin in zip(told[1:], begins, strict=True)] == begins
    assert world.steps == []


def test_a_host_is_kept_out_and_comes_back(world: World) -> None:
    planned = patch_day.keep_out(world.host, FLEET, BY, "new disk", check=True)
    assert world.steps == []
    assert patch_day.keep_out(world.host, FLEET, BY, "new disk", check=False) == planned
    assert world.steps == ["maintain api", "maintain web", "maintain node", "end api", "end web"]
    [(check, reason)] = world.held.items()
    assert check == "_node_maintenance"
    assert reason.startswith("longshore: host out of traffic: new disk (by anna on desk, since 2")
    again = patch_day.keep_out(world.host, FLEET, BY, "new disk", check=False)
    assert (again["changed"], again["steps"], again["warnings"]) == (False, [], [])

    world.steps.clear()
    planned = patch_day.bring_back(world.host, FLEET, BY, check=True)
    assert world.steps == []
    assert patch_day.bring_back(world.host, FLEET, BY, check=False) == planned
    assert world.steps == ["gate", "mark passing", "gate", "mark passing", "end node"]
    assert world.held == {}
    assert world.consul.holders() == []
    assert not patch_day.bring_back(world.host, FLEET, BY, check=False)["changed"]


def test_a_host_that_was_half_way_out_goes_on_or_back(world: World) -> None:
    world.fails_at = "maintain node"
    with pytest.raises(Failure, match="killed"):
        patch_day.keep_out(world.host, FLEET, BY, "new disk", check=False)
    world.fails_at = ""
    assert len(world.held) == 2
    patch_day.bring_back(world.host, FLEET, BY, check=False)
    assert world.held == {}


def test_a_host_stays_out_where_a_gate_is_not_passed(world: World) -> None:
    patch_day.keep_out(world.host, FLEET, BY, "new disk", check=False)
    world.fails_at = "gate"
    with pytest.raises(Failure, match=r"stays out of traffic(.|\n)*api: killed(.|\n)*web: killed.*service=web"):
        patch_day.bring_back(world.host, FLEET, BY, check=False)
    assert list(world.held) == ["_node_maintenance"]
    assert world.consul.holders() == []


def test_a_maintenance_of_somebody_else_stays(world: World) -> None:
    world.held["_node_maintenance"] = "a disk is broken"
    kept = patch_day.keep_out(world.host, FLEET, BY, "new disk", check=False)
    assert not kept["changed"]
    assert "a disk is broken" in kept["warnings"][0]
    with pytest.raises(Failure, match=r"set by somebody else \(a disk is broken\)"):
        patch_day.bring_back(world.host, FLEET, BY, check=False)
    assert world.steps == []


@pytest.mark.parametrize("name", ["node1", "node1.example.com"])
def test_a_host_that_is_gone_is_forgotten(world: World, name: str) -> None:
    world.status, agent = FAILED, world.host.agent
    planned = forget.forget(agent, FLEET, name, BY, check=True)
    assert world.steps == []
    assert len(world.consul.noted()) == 2
    assert planned["node"] == "node1"
    assert planned["steps"] == [
        "tell Consul that node1 has left",
        "remove what Consul's KV has noted of api on node1",
        "remove what Consul's KV has noted of web on node1",
    ]
    assert forget.forget(agent, FLEET, name, BY, check=False) == planned
    assert world.steps == ["force-leave node1"]
    assert world.consul.noted() == []
    assert len(world.consul.noted("node2")) == 2
    assert world.consul.holders() == []
    assert not forget.forget(agent, FLEET, name, BY, check=False)["changed"]


def test_a_host_that_is_alive_is_not_forgotten(world: World) -> None:
    with pytest.raises(Failure, match="has listed node1 as alive"):
        forget.forget(world.host.agent, FLEET, "node1", BY, check=False)
    assert world.steps == []
    assert len(world.consul.noted()) == 2
