# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the KV is told of a turn that fails."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.rollout_guard import RolloutGuard

SECRET = "correct\nhorse"
PARAMS = {
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


class Consul:
    """Keeps the notes that are written."""

    def __init__(self) -> None:
        self.notes: list[dict[str, t.Any]] = []

    def put(self, _path: str, *_arguments: t.Any) -> bool:
        return True

    def get(self, _path: str, *_arguments: t.Any) -> t.Any:
        return None

    def transact(self, operations: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        self.notes += [json.loads(base64.b64decode(operation["KV"]["Value"])) for operation in operations[1:]]
        return []


class Agent:
    def __init__(self, consul: Consul) -> None:
        self.consul = consul

    def node(self) -> str:
        return "node1"


def test_a_preflight_under_the_lock_renews_the_session() -> None:
    renewed: list[str] = []
    consul = Consul()
    turn = RolloutGuard.from_options(PARAMS, t.cast(t.Any, Agent(consul)))
    consul.put = lambda path, *_arguments: bool(renewed.append(path)) or True  # type: ignore[method-assign]
    with turn.waiting():
        pass
    assert renewed == ["session/renew/s-1"]
    assert consul.notes == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(Failure("no answer\n  log: a line"), "no answer", id="failure"),
        pytest.param(Failure(f"login {SECRET} battery\n log"), "login ******** ********", id="failure with secrets"),
        pytest.param(KeyError("battery"), "ended by an error that nobody foresaw", id="bug"),
    ],
)
def test_failure_is_told_without_secrets(error: Exception, told: str) -> None:
    consul = Consul()
    turn = RolloutGuard.from_options(PARAMS, t.cast(t.Any, Agent(consul)))
    with pytest.raises(type(error)), turn.taken("replace"):
        raise error
    (failed,) = consul.notes
    assert (failed["action"], failed["result"]) == ("replace", "failed")
    assert failed["message"].startswith(told)
    assert "battery" not in failed["message"]
    assert "correct" not in repr(turn)


@pytest.mark.parametrize(
    ("wanted", "action", "marked"),
    [
        pytest.param({"first_boot": True}, "create", True, id="first boot"),
        pytest.param({"first_boot": False}, "create", False, id="joined"),
        pytest.param({}, "replace", False, id="no cluster"),
        pytest.param({"first_boot": True}, "remove", False, id="removal"),
    ],
)
def test_first_boot_is_remembered(
    monkeypatch: pytest.MonkeyPatch, wanted: dict[str, t.Any], action: str, marked: bool
) -> None:
    written: list[str] = []
    turn = RolloutGuard.from_options({**PARAMS, "wanted": wanted}, t.cast(t.Any, Agent(Consul())))
    monkeypatch.setattr(turn.lock, "write", lambda operations: written.extend(o["Key"] for o in operations))
    with turn.taken(action):
        assert "longshore/services/web/founded" not in written
    assert ("longshore/services/web/founded" in written) is marked


@pytest.mark.parametrize(
    ("note", "marker", "marked"),
    [
        pytest.param({"release": "r-0", "result": "done"}, None, True, id="it ran, and nobody remembers"),
        pytest.param({"release": "r-0", "result": "done"}, {"node": "node2"}, False, id="it is remembered already"),
        pytest.param({"release": "r-0", "result": "failed"}, None, False, id="it never ran"),
        pytest.param(None, None, False, id="nothing is noted"),
    ],
)
def test_what_ran_is_remembered_as_its_note_goes(note: t.Any, marker: t.Any, marked: bool) -> None:
    consul = Consul()
    turn = RolloutGuard.from_options(PARAMS, t.cast(t.Any, Agent(consul)))
    values = {turn.lock.keys.node("node1", "web"): note, turn.lock.keys.founded: marker}
    written: list[dict[str, t.Any]] = []

    def get(path: str, *_arguments: t.Any) -> t.Any:
        value = values.get(path.removeprefix("kv/"))
        return value and [{"Key": path, "Value": base64.b64encode(json.dumps(value).encode()).decode()}]

    consul.get = get  # type: ignore[method-assign]
    turn.lock.write = written.extend  # type: ignore[method-assign,assignment]
    with turn.taken("remove"):
        values[turn.lock.keys.node("node1", "web")] = {"release": "removed", "doing": "drain"}
    assert [(o["Verb"], o["Key"].rpartition("/web/")[2]) for o in written] == [
        *([("set", "founded")] if marked else []),
        ("delete", "nodes/node1/web"),
    ]
