# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What three hosts of a lab never show: a rollout of many short turns."""

from __future__ import annotations

import base64
import contextlib
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import lock as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock


class Consul:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def put(self, path: str, *_arguments: t.Any) -> t.Any:
        self.asked.append(path)
        return {"ID": "s-1"} if path == "session/create" else True

    def get(self, _path: str, *_arguments: t.Any) -> t.Any:
        return None


@pytest.mark.parametrize("prefix", ["a/../b", "..", "a//b", ".", "a/./b"])
def test_a_prefix_that_http_would_change_is_told_as_such(prefix: str) -> None:
    with pytest.raises(Failure, match=r"^service_prefix: .* is not a valid path in Consul's KV"):
        Keys(prefix, "web")


def test_slashes_around_a_prefix_do_not_count() -> None:
    assert Keys("/fleet/a/", "web").lock == "fleet/a/services/web/lock"


def test_each_turn_renews_the_session_however_short_it_is() -> None:
    consul = Consul()
    lock = Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1")
    for _turn in range(3):
        with lock.kept():
            pass
    assert consul.asked == ["session/renew/s-1"] * 3


def test_it_costs_four_requests_and_renewals() -> None:
    consul = Consul()
    lock = Lock(t.cast(t.Any, consul), Keys("longshore", "web"))
    lock.acquire("anna", "laptop", "a deploy", wait=0)
    lock.release()
    asked = [path for path in consul.asked if not path.startswith("session/renew/")]
    assert asked == ["session/create", f"kv/{lock.key}", f"kv/{lock.key}", "session/destroy/s-1"]


class Held(Consul):
    """A KV whose lock a session holds; ``others``: how many more signs of life of other modules it shows."""

    def __init__(self, holder: str = "s-1", others: int = 0) -> None:
        super().__init__()
        self.holder = holder
        self.others = others
        self.index, self.flags = 1, 0
        self.given_back = False

    def get(self, _path: str, *_arguments: t.Any) -> t.Any:
        if self.others:
            self.others, self.index = self.others - 1, self.index + 1
        return [{"Session": self.holder, "Value": base64.b64encode(b"{}").decode(), "ModifyIndex": self.index}]

    def put(self, path: str, *arguments: t.Any) -> t.Any:
        verbs = [verb for options in arguments[1:2] for verb, _session in options]
        self.given_back = self.given_back or verbs == ["release"]
        answer = super().put(path, *arguments)
        return self.holder == "s-1" if verbs == ["acquire"] else answer

    def transact(self, operations: list[dict[str, t.Any]]) -> list[t.Any]:
        self.asked += [operation["KV"]["Verb"] for operation in operations]
        flags = operations[-1]["KV"].get("Flags", 0)
        self.index += flags != self.flags  # what is written as it was moves no index
        self.flags = flags
        return []


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that lives for half a second."""
    monkeypatch.setattr(story, "TTL", 0.5)


@pytest.mark.parametrize(
    ("consul", "interrupted", "given_back"),
    [
        pytest.param(Held(), False, False, id="the run goes on"),
        pytest.param(Held(), True, True, id="interrupted, as the last"),
        pytest.param(Held(others=9), True, False, id="interrupted, or cut off, while another module is at work"),
        pytest.param(Held(holder=""), True, False, id="the lock is free, and the session of no use any more"),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_the_last_of_an_interrupted_run_gives_the_lock_back(
    consul: Held, interrupted: bool, given_back: bool, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "nobody_reads", lambda: interrupted)
    consul = Held(consul.holder, consul.others)
    lock = Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1")
    with contextlib.suppress(Failure), lock.kept():
        if fails:
            raise Failure("the gate was not passed")
    assert consul.given_back is given_back


def test_who_is_at_work_shows_it_under_the_fence() -> None:
    consul = Held()
    with Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1").kept():
        first = consul.index
    assert consul.asked[:3] == ["session/renew/s-1", "check-session", "lock"]
    with Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1").kept():
        assert consul.index > first


def test_an_interrupted_run_ends_its_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    consul = Held()
    monkeypatch.setattr(story, "nobody_reads", lambda: True)
    with pytest.raises(Failure, match="was interrupted"):
        Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1").keep(600)
    assert consul.given_back


def test_an_interrupted_run_waits_for_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    consul = Held(holder="s-9")
    monkeypatch.setattr(story, "nobody_reads", lambda: True)
    with pytest.raises(Failure, match="was interrupted"):
        Lock(t.cast(t.Any, consul), Keys("longshore", "web")).acquire("anna", "laptop", "a deploy", wait=600)
    assert "session/destroy/s-1" in consul.asked
