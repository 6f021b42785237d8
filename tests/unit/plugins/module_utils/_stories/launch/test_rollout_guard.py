# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of one instance in a rollout: its notes, the others that must be passing, and what is remembered."""

from __future__ import annotations

import contextlib
import json
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.rollout_guard import RolloutGuard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from tests.unit.consul_model import ConsulModel

SECRET = "correct\nhorse"
PARAMS: dict[str, t.Any] = {
    "name": "web",
    "service": None,
    "secrets": {"PASSWORD": SECRET, "/run/key": "battery"},
    "release": {
        "id": "r-1",
        "session": "s-1",
        "prefix": "longshore",
        "min_healthy": 0,
        "batch": [],
        "keep_images": [],
    },
}


NOTE = "longshore/services/web/nodes/node1/web"
FOUNDED = "longshore/services/web/founded"


@pytest.fixture
def consul() -> ConsulModel:
    """Return a Consul in which the rollout's session has the lock."""
    consul = ConsulModel()
    Lock(t.cast(t.Any, consul), Keys("longshore", "web")).acquire("anna", "desk", "deploy", 0)
    consul.asked.clear()
    return consul


def guard_of(consul: ConsulModel, wanted: dict[str, t.Any] | None = None, **release: t.Any) -> RolloutGuard:
    params = {**PARAMS, "wanted": wanted or {}, "release": {**PARAMS["release"], **release}}
    return RolloutGuard.from_options(params, t.cast(t.Any, SimpleNamespace(consul=consul, node=lambda: "node1")))


def note_in(consul: ConsulModel) -> dict[str, t.Any]:
    note: dict[str, t.Any] = json.loads(consul.values()[NOTE])
    return note


def test_a_preflight_under_the_lock_renews_the_session(consul: ConsulModel) -> None:
    with guard_of(consul).waiting():
        pass
    assert consul.asked == ["session/renew/s-1"]
    assert NOTE not in consul.entries


def test_each_step_is_noted_and_then_what_came_of_it(consul: ConsulModel) -> None:
    guard = guard_of(consul)
    with guard.taken(Action.REPLACE):
        guard.step("gate", 300.0)
        note = note_in(consul)
        assert (note["action"], note["doing"], note["limit"]) == ("replace", "gate", 300.0)
    note = note_in(consul)
    assert (note["release"], note["result"], note.get("doing")) == ("r-1", "done", None)


def test_no_step_begins_without_the_lock(consul: ConsulModel) -> None:
    guard = guard_of(consul)
    consul.end_session("s-1")
    with pytest.raises(Failure, match="was lost"):
        guard.step("stop")
    assert NOTE not in consul.entries


@pytest.mark.parametrize(
    ("passing", "batch", "says"),
    [
        pytest.param(["node1", "node2", "node3"], ["node1"], "", id="enough others"),
        pytest.param(["node1", "node2"], ["node1"], r"lists 1 others as passing \(node2\)", id="too few others"),
        pytest.param(["node1", "node2", "node3"], ["node1", "node2"], "lists 1 others", id="the batch may be out"),
        pytest.param(["node2"], ["node1"], "", id="what is out already takes nothing away"),
        pytest.param(["node1"], ["node1"], r"lists 0 others as passing \(none\)", id="no others"),
    ],
)
def test_an_instance_leaves_traffic_only_while_enough_others_are_passing(
    passing: list[str], batch: list[str], says: str, consul: ConsulModel
) -> None:
    consul.passing["web"] = passing
    guard = guard_of(consul, min_healthy=2, batch=batch)
    with pytest.raises(Failure, match=says) if says else contextlib.nullcontext():
        guard.refuse_too_few(["web"])


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(Failure("no answer\n  log: a line"), "no answer", id="failure"),
        pytest.param(Failure(f"login {SECRET} battery\n log"), "login ******** ********", id="failure with secrets"),
        pytest.param(KeyError("battery"), "ended by an error that nobody foresaw", id="bug"),
    ],
)
def test_a_failure_is_noted_without_secrets(error: Exception, message: str, consul: ConsulModel) -> None:
    guard = guard_of(consul)
    with pytest.raises(type(error)), guard.taken(Action.REPLACE):
        raise error
    failed = note_in(consul)
    assert (failed["action"], failed["result"]) == ("replace", "failed")
    assert failed["message"].startswith(message)
    assert "battery" not in failed["message"]
    assert "correct" not in repr(guard)


@pytest.mark.parametrize(
    ("wanted", "action", "marked"),
    [
        pytest.param({"first_boot": True}, "create", True, id="first boot"),
        pytest.param({"first_boot": False}, "create", False, id="joined"),
        pytest.param({}, "replace", False, id="no cluster"),
        pytest.param({"first_boot": True}, "remove", False, id="removal"),
    ],
)
def test_first_boot_is_remembered(wanted: dict[str, t.Any], action: str, marked: bool, consul: ConsulModel) -> None:
    with guard_of(consul, wanted).taken(Action(action)):
        assert FOUNDED not in consul.entries
    assert (FOUNDED in consul.entries) is marked


@pytest.mark.parametrize(
    ("note", "marker", "marked"),
    [
        pytest.param({"release": "r-0", "result": "done"}, None, True, id="it ran, and nobody remembers"),
        pytest.param({"release": "r-0", "result": "done"}, {"node": "node2"}, False, id="it is remembered already"),
        pytest.param({"release": "r-0", "result": "failed"}, None, False, id="it never ran"),
        pytest.param(None, None, False, id="nothing is noted"),
    ],
)
def test_what_ran_is_remembered_as_its_note_goes(note: t.Any, marker: t.Any, marked: bool, consul: ConsulModel) -> None:
    for key, value in ((NOTE, note), (FOUNDED, marker)):
        if value:
            consul.set(key, json.dumps(value).encode())
    before = consul.values().get(FOUNDED)
    with guard_of(consul).taken(Action.REMOVE):
        consul.set(NOTE, b'{"release": "removed", "doing": "drain"}')
    assert (consul.values().get(FOUNDED) != before) is marked
    assert NOTE not in consul.entries


@pytest.mark.parametrize(
    ("batch", "least", "says"),
    [
        pytest.param(["node1/web-1"], 2, "", id="one of three goes"),
        pytest.param(["node1/web-1", "node1/web-2"], 2, r"lists 1 others as passing \(node2/web-1\)", id="two go"),
        pytest.param(["node1"], 2, "lists 1 others", id="the whole node"),
        pytest.param(["node1/web-1"], 3, "lists 2 others", id="too few"),
    ],
)
def test_instances_of_a_node_are_counted_one_by_one(
    batch: list[str], least: int, says: str, consul: ConsulModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [("node1", "web-1"), ("node1", "web-2"), ("node2", "web-1")]
    entries = [{"Node": {"Node": n}, "Service": {"Meta": {"longshore-instance": name}}} for n, name in places]
    rollout = guard_of(consul, batch=batch, min_healthy=least)
    rollout.instance = "web-3"  # a new one beside them, as where it takes the place of web-1
    monkeypatch.setattr(consul, "get", lambda *_a: entries)
    with pytest.raises(Failure, match=says) if says else contextlib.nullcontext():
        rollout.refuse_too_few(["web"])


def test_what_an_instance_that_is_gone_has_left_is_forgotten(consul: ConsulModel) -> None:
    gone = ["longshore/services/web/nodes/node1/web-1", "longshore/services/web/drift/node1/web-1"]
    for key in (*gone, NOTE):
        consul.set(key, b"{}")
    guard_of(consul).forget("web-1")
    assert not consul.entries.keys() & {*gone}
    assert NOTE in consul.entries
