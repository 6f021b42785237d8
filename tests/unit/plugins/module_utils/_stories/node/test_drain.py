# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service on a host is drained and brought back: on a model of one host and its Consul."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    DRAINED,
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node import drain as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node import patch_day
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.drain import Chosen, drain, undrain
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.node_model import BY, FLEET, World

WEB, CHECK = Chosen("web", ""), "_service_maintenance:web"
WHY = "memory leak (by anna on desk, since 2"


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    made = World("api", "web")

    def survey(_host: Host, instance: str) -> ObservedInstance:
        return made.survey(instance, notes.read(instance).drained.get("reason", ""))

    monkeypatch.setattr(secrets, "STATE", str(tmp_path / "state"))
    monkeypatch.setattr(notes, "RUNNING", str(tmp_path / "running"))
    for module in (story, patch_day):
        monkeypatch.setattr(module, "survey", survey)
    monkeypatch.setattr(patch_day, "pass_gate", lambda *_arguments: made.step("gate"))
    monkeypatch.setattr(traffic, "mark_passing", lambda *_arguments: made.step("mark passing"))
    monkeypatch.setattr(traffic, "QUIET", 0.0)
    return made


def drained(world: World, chosen: Chosen = WEB, force: bool = False, check: bool = False) -> dict[str, t.Any]:
    return drain(world.host, FLEET, BY, chosen, "memory leak", force, check)


def recorded(world: World) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(world.consul.values("longshore/services/web/drains").popitem()[1])
    return entries


@pytest.mark.parametrize("chosen", [WEB, Chosen("", "web"), Chosen("web", "web")])
def test_a_service_is_drained_and_brought_back(world: World, chosen: Chosen) -> None:
    planned = drained(world, chosen, check=True)
    assert (world.steps, notes.instances()) == ([], [])
    assert drained(world, chosen) == planned
    assert planned["steps"] == ["drain web: memory leak"]
    assert world.steps == ["maintain web"]
    assert world.held[CHECK].startswith(f"{DRAINED}{WHY}")
    assert notes.read("web").drained == {"reason": world.held[CHECK]}
    again = drained(world, chosen)
    assert (again["changed"], again["steps"]) == (False, [])
    assert again["warnings"][0].startswith(f"web is drained already ({WHY}")

    world.steps.clear()
    planned = undrain(world.host, FLEET, BY, chosen, check=True)
    assert world.steps == []
    assert undrain(world.host, FLEET, BY, chosen, check=False)["steps"] == planned["steps"]
    assert world.steps == ["gate", "mark passing", "end web"]
    assert (world.held, notes.instances(), world.consul.holders()) == ({}, [], [])
    assert not undrain(world.host, FLEET, BY, chosen, check=False)["changed"]
    said = [(entry["what"], entry["who"], entry["node"], entry["instance"]) for entry in recorded(world)]
    assert said == [("undrained", "anna on desk", "node1", "web"), ("drained", "anna on desk", "node1", "web")]


def test_what_others_would_miss_is_refused_unless_forced(world: World) -> None:
    world.consul.passing = {"web": ["node1"]}
    with pytest.raises(Failure, match=r"web is not drained on node1(.|\n)*its last passing(.|\n)*-e force=true"):
        drained(world)
    assert world.steps == []
    drained(world, force=True)
    assert world.steps == ["maintain web"]


def test_a_lock_that_somebody_holds_is_not_passed_over_by_force(world: World) -> None:
    world.consul.sessions.add("s-9")
    world.consul.put("kv/longshore/services/web/lock", b"{}", (("acquire", "s-9"),))
    with pytest.raises(Failure, match="The deploy lock of web is held"):
        drained(world, force=True)
    assert world.steps == []


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (Chosen("db", ""), "There is no instance of db on node1"),
        (Chosen("", "db"), "There is no instance db on node1"),
        (Chosen("web", "api"), "There is no instance api on node1"),
    ],
)
def test_what_is_not_there_is_told(world: World, chosen: Chosen, message: str) -> None:
    with pytest.raises(Failure, match=message):
        drained(world, chosen)
    with pytest.raises(Failure, match=message):
        undrain(world.host, FLEET, BY, chosen, check=False)


def test_a_drain_that_was_killed_goes_on_with_its_reason(world: World) -> None:
    world.fails_at = "maintain web"
    with pytest.raises(Failure, match="killed"):
        drained(world)
    noted = notes.read("web").drained["reason"]
    world.fails_at = ""
    assert drain(world.host, FLEET, BY, WEB, "another", False, False)["changed"]
    assert world.held[CHECK] == noted


def test_what_a_killed_launch_has_left_out_of_traffic_is_drained_as_it_is(world: World) -> None:
    world.held[CHECK] = MAINTENANCE
    assert drained(world)["changed"]
    assert (world.steps, world.held[CHECK]) == ([], MAINTENANCE)
    assert notes.read("web").drained["reason"].startswith(f"{DRAINED}{WHY}")
    undrain(world.host, FLEET, BY, WEB, check=False)
    assert world.held == {}


def test_without_notes_it_is_told_where_nothing_could_keep_it_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "are_kept", lambda: False)
    assert drained(world)["changed"]
    assert undrain(world.host, FLEET, BY, WEB, check=False)["changed"]
    world.held[CHECK] = MAINTENANCE
    with pytest.raises(Failure, match="could not be drained"):
        drained(world)


def test_it_stays_drained_where_its_gate_is_not_passed(world: World) -> None:
    drained(world)
    world.fails_at = "gate"
    with pytest.raises(Failure, match=r"web stays drained: killed at gate.*deploy.yml -e service=web"):
        undrain(world.host, FLEET, BY, WEB, check=False)
    assert notes.read("web").drained
    assert CHECK in world.held


def test_a_maintenance_of_somebody_else_is_left_and_told(world: World) -> None:
    world.held[CHECK] = "a disk is broken"
    drained(world)
    result = undrain(world.host, FLEET, BY, WEB, check=False)
    assert world.held[CHECK] == "a disk is broken"
    assert "a disk is broken" in result["warnings"][0]


def test_a_record_that_somebody_has_spoilt_begins_anew(world: World) -> None:
    world.consul.set("longshore/services/web/drains", b"[1]")
    drained(world)
    assert [entry["what"] for entry in recorded(world)] == ["drained"]
