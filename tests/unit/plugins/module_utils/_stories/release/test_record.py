# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What begins where somebody else has released since the preflight."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.record import Begin, begin, remove

KEYS = Keys("longshore", "web")
ASKED: dict[str, t.Any] = {
    "who": "anna",
    "where": "controller",
    "commit": "",
    "image": {},
    "code": None,
    "service_file": "",
    "rendered": {},
    "config_prefixes": [],
    "hosts": ["node1"],
    "set_aside": [],
    "seen": "r-1",
    "keep": 5,
    "lock_wait": 60.0,
}


class Consul:
    """A KV in which r-2 is current and the lock is free; ``released``: whether it was given back."""

    def __init__(self) -> None:
        self.released = False

    def get(self, path: str, *_arguments: t.Any) -> t.Any:
        entry = {"Key": KEYS.current, "Value": base64.b64encode(b"r-2").decode()}
        return [entry] if path.endswith("/current") else None

    def put(self, path: str, _value: t.Any = None, options: t.Any = ()) -> t.Any:
        self.released = self.released or any(verb == "release" for verb, _session in options)
        return {"ID": "s-1"} if path == "session/create" else True


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="a deploy"),
        pytest.param({"back_to": "r-0", "chosen": True}, id="a rollback to a release that somebody chose"),
    ],
)
def test_a_rollout_that_waited_keeps_the_lock_to_plan_anew(asked: dict[str, t.Any]) -> None:
    consul = Consul()
    begun = begin(Lock(consul, KEYS), Begin(**{**ASKED, **asked}))  # type: ignore[arg-type]
    assert begun == {"id": "", "session": "s-1", "outdated": True}
    assert not consul.released


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"lock_wait": 0.0}, id="without waiting"),
        pytest.param({"back_to": "r-0"}, id="a rollback to the release before, which may be another now"),
    ],
)
def test_others_are_refused_and_give_the_lock_back(asked: dict[str, t.Any]) -> None:
    consul = Consul()
    with pytest.raises(Failure, match="released by somebody else since the preflight: r-2 is current now, not r-1"):
        begin(Lock(consul, KEYS), Begin(**{**ASKED, **asked}))  # type: ignore[arg-type]
    assert consul.released


class SpoiltConsul(Consul):
    """A KV after a removal, with values that somebody has spoilt; ``written``: keys that were set or deleted."""

    def __init__(self, values: dict[str, bytes]) -> None:
        super().__init__()
        self.values = values
        self.written: dict[str, str] = {}

    def get(self, path: str, *_arguments: t.Any) -> t.Any:
        key = path.removeprefix("kv/")
        found = {k: v for k, v in self.values.items() if k == key or (key.endswith("/") and k.startswith(key))}
        return [{"Key": k, "Value": base64.b64encode(v).decode()} for k, v in found.items()] or None

    def transact(self, operations: list[dict[str, t.Any]]) -> list[t.Any]:
        self.written.update({o["KV"]["Key"]: o["KV"]["Verb"] for o in operations})
        return []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({KEYS.current: b"r-2", KEYS.release("r-2"): b"\xff"}, id="record that is no text"),
        pytest.param({KEYS.current: b"r-2", KEYS.release("r-2"): b'{"image": null}'}, id="record without an image"),
        pytest.param({KEYS.current: b"\xff\xfe"}, id="current that is no text"),
        pytest.param({KEYS.current: b"r-2", KEYS.founded: b"\xff"}, id="marker that is no text"),
        pytest.param({KEYS.current: b"r-2", KEYS.lock: b"[[["}, id="lock that says nothing"),
    ],
)
def test_a_removal_comes_to_its_end_whatever_the_records_are(values: dict[str, bytes]) -> None:
    consul = SpoiltConsul(values)
    assert remove(Lock(consul, KEYS, "s-1"))  # type: ignore[arg-type]
    assert consul.written[KEYS.current] == "delete"
    assert consul.written[KEYS.founded] == "set"
    assert consul.released


class NotedConsul(SpoiltConsul):
    """A KV with notes of two nodes, of which the catalog has an instance on the first."""

    def get(self, path: str, *arguments: t.Any) -> t.Any:
        if path == "catalog/node/n1":
            return {"Services": {"web": {"Meta": {"longshore-instance": "web"}}}}
        return super().get(path, *arguments)


def test_a_removal_removes_notes_of_what_is_not_there() -> None:
    notes = {KEYS.node(node, "web"): b"{}" for node in ("n1", "n2")}
    consul = NotedConsul({KEYS.current: b"r-2", **notes})
    assert not remove(Lock(consul, KEYS, "s-1"))  # type: ignore[arg-type]
    assert {key: verb for key, verb in consul.written.items() if "/nodes/" in key} == {KEYS.node("n2", "web"): "delete"}
    assert KEYS.current not in consul.written


@pytest.mark.parametrize(
    ("note", "remembered"),
    [
        pytest.param(b'{"release": "r-1", "result": "done"}', True, id="one host came to run"),
        pytest.param(b'{"release": "r-1", "result": "failed"}', False, id="none did"),
        pytest.param(b'{"release": 1, "result": "done"}', False, id="a note of somebody else"),
        pytest.param(b"\xff", False, id="no text"),
        pytest.param(b"[[[", False, id="no JSON"),
    ],
)
def test_a_founding_is_remembered_though_no_rollout_came_to_its_end(note: bytes, remembered: bool) -> None:
    consul = SpoiltConsul({KEYS.node("node2", "web"): note})
    assert not remove(Lock(consul, KEYS, "s-1"))  # type: ignore[arg-type]
    assert (KEYS.founded in consul.written) is remembered
