# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repair does around the instances themselves; how one is mended is tried on the lab, by the target repair."""

from __future__ import annotations

import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair import repair as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.repair import (
    FreeLockGuard,
    Repaired,
    repair,
)
from tests.unit.builders import Clock, instance_options
from tests.unit.plugins.module_utils._stories.repair.test_drift import Kv

PARAMS = {"consul_url": "http://127.0.0.1:8500", "docker_host": "unix:///var/run/docker.sock"}


class Agent(Kv):
    """A Consul with or without a leader."""

    leader = "10.0.0.1:8300"

    def get(self, path: str, params: t.Any = ()) -> t.Any:
        if path == "agent/self":
            return {"Config": {"NodeName": "node1"}}
        return self.leader if path == "status/leader" else super().get(path, params)


@pytest.fixture
def consul(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Agent:
    """Return the Consul of a host on which a launch of web and one of front are noted."""
    agent = Agent()
    monkeypatch.setattr(story, "Consul", SimpleNamespace(from_options=lambda _options: agent))
    monkeypatch.setattr(story, "docker", SimpleNamespace(Docker=lambda _host: SimpleNamespace(info=dict)))
    monkeypatch.setattr(secrets, "STATE", str(tmp_path / "state"))
    monkeypatch.setattr(notes, "RUNNING", str(tmp_path / "running"))
    for name in ("front", "web"):
        options = {**instance_options(name), "release": None}
        notes.write(name, launched=Launched.from_options(options, {}).to_note())
    return agent


def mending(monkeypatch: pytest.MonkeyPatch, **results: t.Any) -> list[str]:
    """Have each instance end as ``results`` say, and return the names of those that were looked at."""
    looked: list[str] = []

    def mended(_host: t.Any, instance: str, *_more: t.Any) -> Repaired:
        looked.append(instance)
        if isinstance(results[instance], Failure):
            raise results[instance]
        return Repaired(instance, results[instance])

    monkeypatch.setattr(story, "_mended", mended)
    return looked


def states(told: t.Iterable[Repaired]) -> dict[str, str]:
    return {one.instance: one.state for one in told}


def test_a_failure_of_one_keeps_no_other_from_being_mended(monkeypatch: pytest.MonkeyPatch, consul: Agent) -> None:
    mending(monkeypatch, front=Failure("it crashes\nlog: no such file"), web="mended")
    told = repair(PARAMS, check=False)
    assert states(told) == {"front": "failed", "web": "mended"}
    assert told[0].what == ["it crashes", "log: no such file"]
    assert consul.values("longshore/services/").keys() == {Keys("longshore", "front").drift("node1", "front")}


class Locked(Agent):
    """A Consul whose lock of web is held; ``alive``: at every how manyth look at it its holder has shown life."""

    alive = 0
    looks = 0

    def get(self, path: str, params: t.Any = ()) -> t.Any:
        if path == f"kv/{Keys('longshore', 'web').lock}":
            self.looks += 1
            if self.alive and self.looks % self.alive == 0:
                self.entries[path.removeprefix("kv/")]["ModifyIndex"] += 1
        return super().get(path, params)


@pytest.fixture
def locked(consul: Agent) -> Locked:
    """Return that Consul, with a lock of web that a session holds."""
    consul.__class__ = Locked
    consul.set(Keys("longshore", "web").lock, b"{}")["Session"] = "s-1"
    return t.cast(Locked, consul)


@pytest.mark.parametrize(
    ("alive", "check", "state", "waits"),
    [
        pytest.param(3, False, "locked", 3, id="as long as who rolls it shows life"),
        pytest.param(9, False, "locked", 21, id="even if seldom"),
        pytest.param(0, False, "mended", 30, id="not once who rolled it has died"),
        pytest.param(0, True, "locked", 0, id="in check mode, which does not wait"),
    ],
)
def test_a_service_that_is_rolled_is_left_alone(
    alive: int, check: bool, state: str, waits: float, monkeypatch: pytest.MonkeyPatch, locked: Locked, clock: Clock
) -> None:
    looked = mending(monkeypatch, front="well", web="mended")
    locked.alive = alive
    assert states(repair(PARAMS, check=check)) == {"front": "well", "web": state}
    assert sorted(looked) == (["front", "web"] if state == "mended" else ["front"])
    assert sum(clock.slept) == pytest.approx(waits)
    assert Keys("longshore", "web").drift("node1", "web") not in locked.entries


@pytest.mark.usefixtures("clock")
def test_nothing_more_is_begun_once_who_seemed_dead_goes_on(locked: Locked) -> None:
    guard = FreeLockGuard(Lock(t.cast(t.Any, locked), Keys("longshore", "web")))
    guard.tell_the_dead()
    guard.step("start")
    locked.alive = 1
    with pytest.raises(notes.AtWorkError, match=r"stopped before its next step \(gate\)"):
        guard.step("gate", 5.0)


def test_check_mode_writes_nothing(monkeypatch: pytest.MonkeyPatch, consul: Agent) -> None:
    mending(monkeypatch, front="drift", web="drift")
    assert set(states(repair(PARAMS, check=True)).values()) == {"drift"}
    assert consul.written == 0


@pytest.mark.usefixtures("consul")
def test_an_instance_without_a_note_of_its_launch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    mending(monkeypatch, front="well", web="well")
    notes.write("old", loaded={"release": "a"})
    notes.write("newer", launched={"a key of": "another version"})
    told = states(repair(PARAMS, check=False))
    assert told == {"front": "well", "newer": "unknown", "old": "unknown", "web": "well"}


def test_nothing_is_looked_at_without_a_leader(monkeypatch: pytest.MonkeyPatch, consul: Agent) -> None:
    looked = mending(monkeypatch)
    consul.leader = ""
    with pytest.raises(Failure, match="Consul has no leader"):
        repair(PARAMS, check=False)
    assert looked == []


def test_a_host_without_instances_asks_nobody(monkeypatch: pytest.MonkeyPatch, consul: Agent) -> None:
    mending(monkeypatch)
    for name in notes.instances():
        notes.forget(name)
    consul.leader = ""
    assert repair(PARAMS, check=False) == []


def test_no_step_begins_once_a_rollout_has_the_lock(consul: Agent) -> None:
    keys = Keys("longshore", "web")
    guard = FreeLockGuard(Lock(t.cast(t.Any, consul), keys))
    guard.step("start")
    consul.set(keys.lock, b"{}")["Session"] = "s-1"
    with pytest.raises(Failure, match=r"stopped before its next step \(gate\): the deploy lock is held by session s-1"):
        guard.step("gate", 5.0)


def test_what_another_process_works_on_is_left_alone(monkeypatch: pytest.MonkeyPatch, consul: Agent) -> None:
    mending(monkeypatch, front=notes.AtWorkError("Another process is at work on front"), web="well")
    assert states(repair(PARAMS, check=False)) == {"front": "locked", "web": "well"}
    assert consul.written == 0


@pytest.mark.usefixtures("consul")
def test_a_right_that_one_service_lacks_keeps_no_other_from_being_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    mending(monkeypatch, front="well", web="mended")
    asked = Agent.get

    def get(self: Agent, path: str, params: t.Any = ()) -> t.Any:
        if path.startswith("kv/longshore/services/front/"):
            raise Failure("lacks the rule")
        return asked(self, path, params)

    monkeypatch.setattr(Agent, "get", get)
    assert states(repair(PARAMS, check=False)) == {"front": "failed", "web": "mended"}


NOTE = {"service": "web"}


@pytest.mark.parametrize(
    ("noted", "launched", "launching"),
    [
        pytest.param(notes.Notes(launched=NOTE), NOTE, {}, id="what was launched stays"),
        pytest.param(notes.Notes(launched=NOTE, launching={"a": 1}), NOTE, {}, id="a launch that was killed is over"),
        pytest.param(notes.Notes(launching=NOTE), {}, NOTE, id="unless it is all that is known"),
    ],
)
@pytest.mark.usefixtures("consul")
def test_a_repair_that_fails_forgets_nothing(noted: notes.Notes, launched: t.Any, launching: t.Any) -> None:
    notes.forget("web")  # as the way back does where there is no container to go back to
    story._note_attempt("web", noted)
    assert (notes.read("web").launched, notes.read("web").launching) == (launched, launching)
