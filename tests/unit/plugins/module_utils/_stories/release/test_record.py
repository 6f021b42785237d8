# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of releases: begun, gone on with, ended, interrupted, removed and pruned."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import KEPT
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import lock as locking
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import read_all
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.record import (
    Begin,
    End,
    begin,
    end,
    remove,
)
from tests.unit.builders import IMAGE, record
from tests.unit.consul_model import ConsulModel

pytestmark = pytest.mark.usefixtures("clock")

KEYS = Keys("longshore", "web")
HEAP = "longshore/config/web/heap"


def lock_of(consul: ConsulModel, session: str = "") -> Lock:
    return Lock(t.cast(t.Any, consul), KEYS, session)


def held(values: t.Mapping[str, bytes]) -> ConsulModel:
    """Return a Consul with these keys, in which the session s-1 has the lock."""
    consul = ConsulModel(values)
    lock_of(consul).acquire("anna", "desk", "removal", 0)
    consul.set(KEYS.lock, values.get(KEYS.lock, consul.values()[KEYS.lock]))
    return consul


def begun(consul: ConsulModel, session: str = "", **asked: t.Any) -> dict[str, t.Any]:
    """Begin a rollout of node1, against what is current, unless something else is asked."""
    usual: dict[str, t.Any] = {
        "who": "anna",
        "where": "desk",
        "commit": "",
        "image": IMAGE,
        "code": None,
        "service_file": "service_hosts: web",
        "rendered": {"node1": "a"},
        "config_prefixes": ["longshore/config/web"],
        "hosts": ["node1"],
        "set_aside": [],
        "seen": consul.values().get(KEYS.current, b"").decode(),
        "keep": 5,
        "lock_wait": 0.0,
    }
    return begin(lock_of(consul, session), Begin(**{**usual, **asked}))


def ended(consul: ConsulModel, rollout: dict[str, t.Any], state: str = "done", **more: t.Any) -> dict[str, t.Any]:
    hosts = {"node1": {"node": "node1", "action": "replace", "result": state, "seconds": 1}}
    return end(lock_of(consul, rollout["session"]), rollout["id"], End(state, hosts, **more))


def stored(consul: ConsulModel, identity: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(consul.values()[KEYS.release(identity)])
    return found


def is_free(consul: ConsulModel) -> bool:
    return not consul.sessions and not lock_of(consul).state().session


def rolled(consul: ConsulModel, **asked: t.Any) -> str:
    """Roll a release out to its end; its ID."""
    rollout = begun(consul, **asked)
    ended(consul, rollout)
    return str(rollout["id"])


def test_a_rollout_begins_with_its_record_and_keeps_the_lock() -> None:
    consul = ConsulModel({HEAP: b"1"})
    rollout = begun(consul)
    release = stored(consul, rollout["id"])
    assert (release["state"], release["session"], release["who"]) == ("rolling", rollout["session"], "anna")
    assert release["config"] == [[HEAP, "MQ==", 0]]
    assert consul.values()[KEYS.unfinished] == rollout["id"].encode()
    assert KEYS.current not in consul.entries
    assert (rollout["went_on_from"], rollout["previous"], rollout["keep_images"]) == ("", {}, [IMAGE["reference"]])
    lock_of(consul, rollout["session"]).check()


def test_a_rollout_that_is_done_makes_its_release_the_current_one() -> None:
    consul = ConsulModel()
    rollout = begun(consul)
    told = ended(consul, rollout, signature="s", unchanged=["node2"])
    release = stored(consul, rollout["id"])
    assert (release["state"], release["hosts"]["node1"]["result"], release["signature"]) == ("done", "done", "s")
    assert told["state"] == "done"
    assert consul.values()[KEYS.current] == rollout["id"].encode()
    assert KEYS.unfinished not in consul.entries
    note = json.loads(consul.values()[KEYS.node("node2", "web")])
    assert (note["release"], note["action"], note["result"]) == (rollout["id"], "none", "done")
    assert is_free(consul)


def test_a_promotion_that_goes_on_keeps_where_it_came_from() -> None:
    consul = ConsulModel()
    first = begun(consul, promoted_from="r-9 of ../staging/hosts.yml")
    ended(consul, first, state="held")
    again = begun(consul)  # a deploy of the same content
    assert again["id"] == first["id"]
    assert stored(consul, again["id"])["promoted_from"] == "r-9 of ../staging/hosts.yml"


@pytest.mark.parametrize("state", ["failed", "held"])
def test_a_rollout_that_stops_leaves_the_old_release_current(state: str) -> None:
    consul = ConsulModel()
    first = rolled(consul)
    rollout = begun(consul, service_file="other", rendered={"node1": "b"})
    ended(consul, rollout, state)
    assert stored(consul, rollout["id"])["state"] == state
    assert consul.values()[KEYS.current] == first.encode()
    assert consul.values()[KEYS.unfinished] == rollout["id"].encode()
    assert is_free(consul)


@pytest.mark.parametrize(
    ("asked", "goes_on"),
    [
        pytest.param({}, True, id="the same again"),
        pytest.param({"rendered": {"node1": "a", "node2": "b"}}, True, id="with another host"),
        pytest.param({"rendered": {"node1": "b"}}, False, id="something else"),
    ],
)
def test_after_one_that_was_killed_the_same_rollout_goes_on_with_its_record(
    asked: dict[str, t.Any], goes_on: bool
) -> None:
    consul = ConsulModel()
    killed = begun(consul)
    consul.end_session(killed["session"])
    [release] = read_all(lock_of(consul).consul, KEYS)
    assert release.interrupted(lock_of(consul).state().session)
    again = begun(consul, **{"lock_wait": 60.0, "service_file": "other", **asked})
    assert (again["id"] == killed["id"]) is goes_on
    assert again["went_on_from"] == ("rolling" if goes_on else "")
    assert stored(consul, again["id"])["session"] == again["session"] != killed["session"]
    assert len(read_all(lock_of(consul).consul, KEYS)) == (1 if goes_on else 2)


def test_what_the_hosts_came_to_before_stays_in_the_record() -> None:
    consul = ConsulModel()
    ended(consul, begun(consul, rendered={"node1": "a", "node2": "b"}), "failed")
    again = begun(consul)
    lock = lock_of(consul, again["session"])
    end(lock, again["id"], End("done", {"node2": {"node": "node2", "result": "done"}}))
    assert stored(consul, again["id"])["hosts"].keys() == {"node1", "node2"}


@pytest.mark.parametrize("is_unfinished", [True, False])
def test_without_anything_to_do_only_an_unfinished_rollout_is_gone_on_with(is_unfinished: bool) -> None:
    consul = ConsulModel({KEYS.unfinished: b"r-0"})
    if is_unfinished:
        ended(consul, begun(consul), "failed")
    rollout = begun(consul, hosts=[])
    if is_unfinished:
        assert rollout["went_on_from"] == "failed"
        lock_of(consul, rollout["session"]).check()
    else:
        assert rollout == {"id": "", "session": ""}
        assert KEYS.unfinished not in consul.entries
        assert is_free(consul)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="a deploy"),
        pytest.param({"back_to": "r-0", "chosen": True}, id="a rollback to a release that somebody chose"),
    ],
)
def test_a_rollout_that_waited_keeps_the_lock_to_plan_anew(asked: dict[str, t.Any]) -> None:
    consul = ConsulModel({KEYS.current: b"r-2"})
    assert begun(consul, seen="r-1", lock_wait=60.0, **asked) == {"id": "", "session": "s-1", "outdated": True}
    lock_of(consul, "s-1").check()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="without waiting"),
        pytest.param({"lock_wait": 60.0, "back_to": "r-0"}, id="a rollback to the release before, maybe another now"),
    ],
)
def test_others_are_refused_and_give_the_lock_back(asked: dict[str, t.Any]) -> None:
    consul = ConsulModel({KEYS.current: b"r-2"})
    with pytest.raises(Failure, match="released by somebody else since the preflight: r-2 is current now, not r-1"):
        begun(consul, seen="r-1", **asked)
    assert is_free(consul)


def test_a_plan_that_was_made_under_the_lock_keeps_it() -> None:
    consul = ConsulModel({KEYS.current: b"r-2"})
    waited = begun(consul, seen="r-1", lock_wait=60.0)
    consul.asked.clear()
    rollout = begun(consul, waited["session"], lock_wait=60.0)
    assert rollout["session"] == waited["session"]
    assert consul.asked == [f"session/renew/{waited['session']}"]


def test_a_plan_whose_lock_was_lost_begins_nothing() -> None:
    consul = ConsulModel()
    with pytest.raises(Failure, match="was lost"):
        begun(consul, "s-9")
    assert not consul.values(KEYS.releases)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({"service_file": "x" * 500_000}, "and Consul takes 368640", id="a record that is too large"),
        pytest.param({"back_to": "r-0"}, "has no release longshore/services/web/releases/r-0", id="no such release"),
    ],
)
def test_what_cannot_begin_gives_the_lock_back(asked: dict[str, t.Any], says: str) -> None:
    consul = ConsulModel()
    with pytest.raises(Failure, match=says):
        begun(consul, **asked)
    assert is_free(consul)
    assert not consul.values(KEYS.releases)


def test_an_interrupted_run_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    consul = ConsulModel()
    monkeypatch.setattr(locking, "nobody_reads", lambda: True)
    with pytest.raises(Failure, match="was interrupted"):
        begun(consul)
    assert is_free(consul)
    assert not consul.values(KEYS.releases)


def test_a_rollback_has_the_configuration_of_then_and_a_record_of_its_own() -> None:
    consul = ConsulModel({HEAP: b"1"})
    first = rolled(consul)
    consul.set(HEAP, b"2")
    second = rolled(consul, service_file="other")
    rollout = begun(consul, back_to=first, chosen=True)
    release = stored(consul, rollout["id"])
    assert rollout["id"] not in (first, second)
    assert (release["back_to"], release["config"]) == (first, [[HEAP, "MQ==", 0]])
    assert rollout["previous"]["id"] == second


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lambda consul, rollout: consul.end_session(rollout["session"]), "was lost", id="lock lost"),
        pytest.param(
            lambda consul, rollout: consul.entries.pop(KEYS.release(rollout["id"])), "no record", id="record removed"
        ),
    ],
)
def test_what_cannot_end_is_told_and_makes_nothing_current(
    spoil: t.Callable[[ConsulModel, dict[str, t.Any]], None], says: str
) -> None:
    consul = ConsulModel()
    rollout = begun(consul)
    spoil(consul, rollout)
    with pytest.raises(Failure, match=says):
        ended(consul, rollout)
    assert KEYS.current not in consul.entries
    assert is_free(consul)


def test_the_oldest_records_go_with_their_markers_and_never_the_current_one() -> None:
    old = {KEYS.release(f"r-{number}"): record(f"r-{number}").to_value() for number in range(KEPT + 2)}
    markers = {KEYS.once(f"r-{number}", "migrate"): b"{}" for number in range(KEPT + 2)}
    consul = ConsulModel({**old, **markers, KEYS.current: b"r-0"})
    rollout = begun(consul)
    ended(consul, rollout, "failed")
    left = [f"r-{number}" for number in (0, *range(3, KEPT + 2))]
    assert sorted(consul.values(KEYS.releases)) == sorted([KEYS.release(i) for i in (*left, rollout["id"])])
    assert sorted(consul.values(f"{KEYS.root}/once/")) == sorted(KEYS.once(i, "migrate") for i in left)


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
    consul = held(values)
    assert remove(lock_of(consul, "s-1"))
    assert KEYS.current not in consul.entries
    assert json.loads(consul.values()[KEYS.founded])["release"]
    assert is_free(consul)


def test_a_removal_removes_notes_of_what_is_not_there() -> None:
    notes = {key(node, "web"): b"{}" for node in ("n1", "n2") for key in (KEYS.node, KEYS.drift)}
    consul = held({KEYS.current: b"r-2", **notes})
    consul.catalog["n1"] = ["web"]
    assert not remove(lock_of(consul, "s-1"))
    assert consul.values(f"{KEYS.root}/nodes/").keys() == {KEYS.node("n1", "web")}
    assert consul.values(f"{KEYS.root}/drift/").keys() == {KEYS.drift("n1", "web")}
    assert KEYS.current in consul.entries


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
    consul = held({KEYS.node("node2", "web"): note})
    assert not remove(lock_of(consul, "s-1"))
    assert (KEYS.founded in consul.entries) is remembered


def test_an_image_without_sidecars_is_recorded_as_the_controller_says_and_signs_it() -> None:
    consul = ConsulModel({})
    begun(consul, image={**IMAGE, "sidecars": None})
    (release,) = read_all(t.cast(t.Any, consul), KEYS)
    assert release.image == IMAGE
