# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet-once tasks: each runs once for a release, in its order, under the lock."""

from __future__ import annotations

import json
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.once_task import OnceTask
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release import once as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_spec
from tests.unit.consul_model import ConsulModel

KEYS = Keys("longshore", "web")
TASKS = [OnceTask("migrate", ("./migrate",), 60.0), OnceTask("index", ("./index", "all"), 9.0)]
HOST = t.cast(Host, SimpleNamespace(agent=SimpleNamespace(node=lambda: "node1")))
Ran = list[tuple[str, list[str], float]]


@pytest.fixture
def consul() -> ConsulModel:
    """Return a Consul in which the session s-1 has the lock."""
    consul = ConsulModel()
    Lock(t.cast(t.Any, consul), KEYS).acquire("anna", "desk", "deploy", 0)
    return consul


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Return the one-off containers that ran: name, command, timeout."""
    ran: Ran = []

    def run(_host: Host, _wanted: t.Any, name: str, command: list[str], timeout: float) -> tuple[int, list[str]]:
        ran.append((name, command, timeout))
        return 0, []

    monkeypatch.setattr(story, "run_one_off", run)
    return ran


def run(consul: ConsulModel, release: str = "r-1") -> list[str]:
    return story.run_once(HOST, instance_spec(), Lock(t.cast(t.Any, consul), KEYS, "s-1"), release, TASKS)


def test_they_run_in_their_order_and_are_marked(consul: ConsulModel, ran: Ran) -> None:
    assert run(consul) == ["migrate", "index"]
    assert ran == [("once-migrate", ["./migrate"], 60.0), ("once-index", ["./index", "all"], 9.0)]
    markers = consul.values(f"{KEYS.root}/once/")
    assert list(markers) == [KEYS.once("r-1", "migrate"), KEYS.once("r-1", "index")]
    assert json.loads(markers[KEYS.once("r-1", "migrate")])["node"] == "node1"


@pytest.mark.parametrize(
    ("release", "runs"),
    [pytest.param("r-1", ["index"], id="the same release"), pytest.param("r-2", ["migrate", "index"], id="another")],
)
def test_what_is_marked_runs_for_another_release_only(
    release: str, runs: list[str], consul: ConsulModel, ran: Ran
) -> None:
    consul.set(KEYS.once("r-1", "migrate"), b"{}")
    assert run(consul, release) == runs
    assert [name for name, _command, _timeout in ran] == [f"once-{name}" for name in runs]


@pytest.mark.parametrize("raises", [True, False])
def test_the_first_that_fails_ends_it_and_is_repeated(
    raises: bool, consul: ConsulModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: t.Any) -> tuple[int, list[str]]:
        if raises:
            raise Failure("the image is not there")
        return 3, ["no such table"]

    monkeypatch.setattr(story, "run_one_off", fail)
    says = "the image is not there" if raises else "ended with exit code 3, so no instance was changed"
    with pytest.raises(Failure, match=f"^service_once: migrate:? {says}"):
        run(consul)
    assert not consul.values(f"{KEYS.root}/once/")


def test_a_lock_that_was_lost_meanwhile_ends_it(consul: ConsulModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_arguments: t.Any) -> tuple[int, list[str]]:
        consul.end_session("s-1")
        return 0, []

    monkeypatch.setattr(story, "run_one_off", lose)
    with pytest.raises(Failure, match=r"^The deploy lock of web was lost"):
        run(consul)
    assert not consul.values(f"{KEYS.root}/once/")


def test_without_the_lock_nothing_runs(consul: ConsulModel, ran: Ran) -> None:
    consul.end_session("s-1")
    with pytest.raises(Failure, match=r"^The deploy lock of web was lost"):
        run(consul)
    assert ran == []
