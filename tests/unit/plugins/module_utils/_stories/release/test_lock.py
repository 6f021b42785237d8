# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deploy lock: taken, refused, waited for, renewed, lost, broken and given back."""

from __future__ import annotations

import contextlib
import threading
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.lock import LOCK_DELAY
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import lock as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.drains import drains_from
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.unlock import unlock
from tests.unit.builders import Clock
from tests.unit.consul_model import ConsulModel

pytestmark = pytest.mark.usefixtures("clock")

KEYS = Keys("longshore", "web")


def lock_of(consul: ConsulModel, session: str = "") -> Lock:
    return Lock(t.cast(t.Any, consul), KEYS, session)


def taken(consul: ConsulModel, who: str = "anna", wait: float = 0) -> Lock:
    lock = lock_of(consul)
    lock.acquire(who, "laptop", "deploy", wait)
    return lock


@pytest.fixture
def consul() -> ConsulModel:
    """Return a Consul in which nobody has the lock."""
    return ConsulModel()


@pytest.mark.parametrize("prefix", ["a/../b", "..", "a//b", ".", "a/./b"])
def test_a_prefix_that_http_would_change_is_told_as_such(prefix: str) -> None:
    with pytest.raises(Failure, match=r"^service_prefix: .* is not a valid path in Consul's KV"):
        Keys(prefix, "web")


def test_slashes_around_a_prefix_do_not_count() -> None:
    assert Keys("/fleet/a/", "web").lock == "fleet/a/services/web/lock"


def test_who_takes_it_is_shown(consul: ConsulModel) -> None:
    lock = taken(consul)
    state = lock_of(consul).state()
    assert state.session == lock.session
    assert state.shown.startswith("anna on laptop since ")
    lock.check()


def test_it_costs_four_requests_and_renewals(consul: ConsulModel) -> None:
    taken(consul).release()
    asked = [path for path in consul.asked if not path.startswith("session/renew/")]
    assert asked == ["session/create", f"kv/{KEYS.lock}", f"kv/{KEYS.lock}", "session/destroy/s-1"]


def test_another_one_is_refused_and_leaves_no_session(consul: ConsulModel, clock: Clock) -> None:
    first = taken(consul)
    with pytest.raises(Failure, match=r"held by anna on laptop .*unlock\.yml -e service=web -e session=s-1$"):
        taken(consul, "bob")
    assert consul.sessions == {"s-1"}
    assert clock.slept == []
    first.check()


class GivenBackLater(ConsulModel):
    """A Consul in which the holder gives the lock back before another one tries for the third time."""

    attempts = 0

    def put(self, path: str, *arguments: t.Any) -> t.Any:
        self.attempts += path == f"kv/{KEYS.lock}"
        if self.attempts == 4 and "s-1" in self.sessions:
            self.attempts += 1
            lock_of(self, "s-1").release()
        return super().put(path, *arguments)


@pytest.mark.parametrize(
    ("wait", "gets_it", "slept"),
    [
        pytest.param(0, False, [], id="no time to wait"),
        pytest.param(0.5, False, [0.5], id="less than the holder needs"),
        pytest.param(60, True, [1, 1], id="as long as the holder needs"),
    ],
)
def test_it_is_waited_for(wait: float, gets_it: bool, slept: list[float], clock: Clock) -> None:
    consul = GivenBackLater()
    taken(consul)
    with contextlib.nullcontext() if gets_it else pytest.raises(Failure, match="held by anna"):
        taken(consul, "bob", wait)
    assert lock_of(consul).state().shown.startswith("bob" if gets_it else "anna")
    assert clock.slept == slept


def test_a_wait_in_vain_ends_on_time(consul: ConsulModel, clock: Clock) -> None:
    taken(consul)
    with pytest.raises(Failure, match="held by anna"):
        taken(consul, "bob", wait=2.5)
    assert clock.slept == [1, 1, 0.5]


def test_of_a_holder_that_died_it_is_kept_back_for_a_while(consul: ConsulModel, clock: Clock) -> None:
    taken(consul)
    consul.end_session("s-1")
    with pytest.raises(Failure, match="is free, but Consul keeps it back for 15 s"):
        taken(consul, "bob")
    began = clock.now
    taken(consul, "bob", wait=60)
    assert clock.now - began == pytest.approx(LOCK_DELAY, abs=1)


def test_once_given_back_the_next_one_has_it_at_once(consul: ConsulModel, clock: Clock) -> None:
    taken(consul).release()
    assert (consul.sessions, lock_of(consul).state().shown) == (set(), "")
    taken(consul, "bob").check()
    assert clock.slept == []


def test_each_turn_renews_the_session_however_short_it_is(consul: ConsulModel) -> None:
    lock = taken(consul)
    consul.asked.clear()
    for _turn in range(3):
        with lock.renewing():
            pass
    assert consul.asked == ["session/renew/s-1"] * 3


def test_a_long_turn_renews_it_in_the_background(consul: ConsulModel, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, renewed = taken(consul), threading.Semaphore(0)
    monkeypatch.setattr(story, "TTL", 0.03)
    monkeypatch.setattr(lock, "renew", renewed.release)
    with lock.renewing():
        assert all(renewed.acquire(timeout=30) for _renewal in range(3))


def test_renewals_that_fail_do_not_end_the_turn(consul: ConsulModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise Failure("The Consul agent cannot be reached")

    lock = taken(consul)
    monkeypatch.setattr(lock, "renew", fail)
    with lock.renewing():
        lock.check()


@pytest.mark.parametrize(
    ("next_one", "says"),
    [pytest.param(False, "nobody holds it", id="free"), pytest.param(True, "held by bob", id="taken by another one")],
)
def test_a_lock_that_was_lost_is_told_and_nothing_more_is_written(
    next_one: bool, says: str, consul: ConsulModel
) -> None:
    lock = taken(consul)
    consul.end_session(lock.session)
    if next_one:
        taken(consul, "bob", wait=60)
    for step in (lock.check, lambda: lock.write([{"Verb": "set", "Key": "a", "Value": b"1"}])):
        with pytest.raises(Failure, match=rf"^The deploy lock of web was lost \(.*{says}.*Run the same command again"):
            step()
    assert "a" not in consul.entries


def test_many_operations_are_written_in_parts_each_under_the_lock(consul: ConsulModel) -> None:
    parts: list[list[str]] = []
    transact = consul.transact
    consul.transact = lambda operations: (  # type: ignore[method-assign]
        parts.append([operation["KV"]["Verb"] for operation in operations]) or transact(operations)
    )
    lock = lock_of(consul, taken(consul).session)
    parts.clear()
    lock.write([{"Verb": "set", "Key": f"k/{number}", "Value": b""} for number in range(100)])
    assert len(consul.values("k/")) == 100
    assert [part[0] for part in parts] == ["check-session"] * 2
    assert max(map(len, parts)) == 64


def test_what_consul_does_not_write_is_told(consul: ConsulModel) -> None:
    lock = taken(consul)
    lock.write([{"Verb": "cas", "Key": "a", "Index": 0, "Value": b"1"}])
    with pytest.raises(Failure, match=r"^Consul refused to write records of web: cas did not hold"):
        lock.write([{"Verb": "cas", "Key": "a", "Index": 0, "Value": b"2"}])
    assert consul.values("a") == {"a": b"1"}


def test_a_pause_ends_as_soon_as_the_lock_is_lost(consul: ConsulModel, clock: Clock) -> None:
    lock = taken(consul)
    lock.keep(3)
    assert clock.slept == [1, 1, 1]
    consul.end_session(lock.session)
    with pytest.raises(Failure, match="was lost"):
        lock.keep(600)
    assert clock.slept == [1, 1, 1]


@pytest.mark.parametrize(
    ("session", "check", "refused", "is_held"),
    [
        pytest.param("", False, "held by anna", True, id="without the session"),
        pytest.param("s-9", False, "Session s-9 does not hold the deploy lock of web", True, id="of another session"),
        pytest.param("s-1", True, "", True, id="check mode"),
        pytest.param("s-1", False, "", False, id="broken"),
    ],
)
def test_it_is_broken_by_who_knows_its_session(
    session: str, check: bool, refused: str, is_held: bool, consul: ConsulModel
) -> None:
    taken(consul)
    with pytest.raises(Failure, match=refused) if refused else contextlib.nullcontext():
        assert unlock(lock_of(consul, session), "ben on ci", check).session == "s-1"
    assert bool(lock_of(consul).state().session) is is_held
    noted = drains_of(consul)
    assert [(one["what"], one["who"]) for one in noted] == ([] if is_held else [("unlocked", "ben on ci")])
    assert all(one["reason"].startswith("was held by anna on laptop since ") for one in noted)


def drains_of(consul: ConsulModel) -> list[dict[str, str]]:
    return [one for entry in consul.get(f"kv/{KEYS.drains}") or () for one in drains_from(entry)]


def test_it_is_broken_also_where_that_cannot_be_recorded(consul: ConsulModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: t.Any) -> t.NoReturn:
        raise Failure("Permission denied")

    taken(consul)
    monkeypatch.setattr(Lock, "write", refuse)
    unlock(lock_of(consul, "s-1"), "ben", check=False)
    assert not lock_of(consul).state().session


def test_a_free_lock_needs_no_breaking(consul: ConsulModel) -> None:
    assert unlock(lock_of(consul), "ben", check=False).shown == ""
    assert consul.asked == []


class AtWork(ConsulModel):
    """A Consul in which other modules under the same session show that they are at work, so many times."""

    signs = 0

    def get(self, path: str, *arguments: t.Any) -> t.Any:
        if self.signs:
            self.signs -= 1
            self.entries[KEYS.lock]["ModifyIndex"] += 1
        return super().get(path, *arguments)


@pytest.mark.parametrize(
    ("signs", "session_ended", "is_interrupted", "given_back"),
    [
        pytest.param(0, False, False, False, id="the run goes on"),
        pytest.param(0, False, True, True, id="interrupted, as the last"),
        pytest.param(9, False, True, False, id="interrupted, or cut off, while another module is at work"),
        pytest.param(0, True, True, False, id="the lock is free, and the session of no use any more"),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_the_last_of_an_interrupted_run_gives_the_lock_back(
    signs: int,
    session_ended: bool,
    is_interrupted: bool,
    given_back: bool,
    fails: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consul = AtWork()
    lock = taken(consul)
    if session_ended:
        consul.end_session(lock.session)
    consul.signs = signs
    consul.asked.clear()
    monkeypatch.setattr(story, "nobody_reads", lambda: is_interrupted)
    with contextlib.suppress(Failure), lock.renewing():
        if fails:
            raise Failure("the gate was not passed")
    assert (f"kv/{KEYS.lock}" in consul.asked) is given_back
    assert (lock.session in consul.sessions) is not (given_back or session_ended)


def test_who_is_at_work_shows_it_under_the_lock(consul: ConsulModel) -> None:
    lock = taken(consul)
    before = consul.entries[KEYS.lock]["ModifyIndex"]
    with lock.renewing():
        first = consul.entries[KEYS.lock]["ModifyIndex"]
    assert first > before
    consul.end_session(lock.session)
    with lock.renewing():
        assert consul.entries[KEYS.lock]["ModifyIndex"] == first


def test_an_interrupted_run_ends_its_pause(consul: ConsulModel, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = taken(consul)
    monkeypatch.setattr(story, "nobody_reads", lambda: True)
    with pytest.raises(Failure, match="was interrupted"):
        lock.keep(600)
    assert not lock.state().session


def test_an_interrupted_run_waits_for_no_lock(consul: ConsulModel, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(consul)
    monkeypatch.setattr(story, "nobody_reads", lambda: True)
    with pytest.raises(Failure, match="was interrupted"):
        taken(consul, "bob", wait=600)
    assert consul.sessions == {"s-1"}
