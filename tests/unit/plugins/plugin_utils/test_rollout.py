# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._founding import Beginning
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import (
    Rollout,
    check_batch,
    check_least,
    check_rollout,
    plan_rollout,
)

REPLACE = {"action": "replace", "problems": [], "changes": [{"key": "environment.A", "before": "1", "after": None}]}
NONE = {"action": "none", "problems": [], "changes": []}
CREATE = {"action": "create", "problems": [], "changes": [{"key": "image", "before": None, "after": "c-1"}]}


NODES = {f"n{number}": {"name": f"n{number}", "meta": {"rack": f"r{number % 2}"}} for number in range(1, 5)}


USUAL = Beginning("web", True, False, {}, ())
FIRST = replace(USUAL, first_boot=True)


@pytest.mark.parametrize(
    ("plans", "settings", "beginning", "expected"),
    [
        pytest.param({"n2": REPLACE, "n1": NONE, "n3": CREATE}, {}, USUAL, Rollout(("n2", "n3"), (1, 1)), id="by name"),
        pytest.param({"n1": NONE}, {}, USUAL, Rollout((), ()), id="nothing to do"),
        pytest.param({"n1": {}}, {}, USUAL, Rollout((), ()), id="no result"),
        pytest.param({"n2": CREATE, "n1": CREATE}, {"batch": "100%"}, FIRST, Rollout(("n1", "n2"), (1, 1)), id="first"),
        pytest.param(
            {"n2": CREATE, "n1": CREATE, "n3": CREATE},
            {"batch": "100%"},
            replace(FIRST, found="n3"),
            Rollout(("n3", "n1", "n2"), (1, 2)),
            id="first, on a chosen host",
        ),
        pytest.param(
            {"n2": CREATE, "n1": CREATE, "n3": CREATE},
            {"order": {"rack": "rack"}},
            replace(USUAL, cold_start=True),
            Rollout(("n1", "n3", "n2"), (3,)),
            id="all together, whatever batches and racks say",
        ),
        pytest.param({"n1": NONE}, {}, replace(USUAL, cold_start=True), Rollout((), ()), id="together, nothing to do"),
        pytest.param(
            {"n1": {**REPLACE, "passing": True}, "n2": REPLACE, "n3": {**NONE, "passing": True}},
            {"batch": 2},
            USUAL,
            Rollout(("n2", "n1"), (2,), 1),
            id="broken first",
        ),
        pytest.param(
            dict.fromkeys(NODES, REPLACE),
            {"batch": 3, "order": {"rack": "rack"}},
            USUAL,
            Rollout(("n1", "n3", "n2", "n4"), (2, 2)),
            id="by rack",
        ),
        pytest.param(
            {**dict.fromkeys(NODES, REPLACE), "n1": {**REPLACE, "leads": True}},
            {"order": {"leader": ["lead"]}},
            USUAL,
            Rollout(("n2", "n3", "n4", "n1"), (1, 1, 1, 1)),
            id="leader last",
        ),
    ],
)
def test_plan(plans: dict[str, t.Any], settings: dict[str, t.Any], beginning: Beginning, expected: Rollout) -> None:
    rollout = plan_rollout(plans, NODES, {"batch": 1, **settings}, beginning)
    assert (rollout.hosts, rollout.batches, rollout.min_healthy) == (
        *(expected.hosts, expected.batches, expected.min_healthy),
    )
    assert rollout.actions == {host: plans[host]["action"] for host in expected.hosts}
    assert rollout.resting == [host for host in NODES if host not in expected.hosts]


REMOVE = {"action": "remove", "problems": [], "changes": [], "passing": True}


def test_several_instances_of_a_host() -> None:
    plans = {
        "n1/web-1": {**REPLACE, "passing": True, "replaces": "web"},
        "n1/web-2": {**CREATE, "passing": False},
        "n2/web-3": REMOVE,
        "n2/web-10": REMOVE,
        "n2": {**NONE, "passing": True},
    }
    instances = {row: row.split("/") for row in plans if "/" in row}
    nodes = {row: NODES[row.partition("/")[0]] for row in plans}
    rollout = plan_rollout(plans, nodes, {"batch": 1}, replace(USUAL, is_cluster=False), instances)
    assert rollout.rows == ["n1/web-2", "n1/web-1", "n2/web-10", "n2/web-3"]
    assert (rollout.hosts, rollout.turns) == (("n1", "n2"), [[row] for row in rollout.rows])
    assert (rollout.going, rollout.staying, rollout.resting) == (["n2/web-10", "n2/web-3"], 3, ["n2"])
    assert rollout.min_healthy == 3
    assert rollout.places_of("n1/web-1") == ["n1/web-1", "n1/web"]
    assert (rollout.places_of("n2"), rollout.host_of("n1/web-2"), rollout.host_of("n2")) == (["n2"], "n1", "n2")


@pytest.mark.parametrize(("least", "instances", "is_wrong"), [(None, 1, False), (3, 3, False), (4, 3, True)])
def test_more_must_pass_than_there_are(least: t.Any, instances: int, is_wrong: bool) -> None:
    with pytest.raises(Failure, match="more than the service has instances") if is_wrong else contextlib.nullcontext():
        check_least({"min_healthy": least}, instances)


def test_rack_that_a_node_does_not_tell() -> None:
    with pytest.raises(Failure, match=r"order\.rack: the nodes of n1 have no meta 'room'"):
        plan_rollout({"n1": REPLACE}, NODES, {"batch": 1, "order": {"rack": "room"}}, USUAL)


@pytest.mark.parametrize("batch", [1, "5", "25%", [1, 5, "25%"], (2,)])
def test_batch(batch: t.Any) -> None:
    check_batch(batch)


@pytest.mark.parametrize("batch", [0, "0%", -1, "all", "%", "", 1.5, True, None, [], [1, "x"], {"n1": 1}])
def test_wrong_batch(batch: t.Any) -> None:
    wrong = "x" if batch == [1, "x"] else batch
    with pytest.raises(Failure) as failure:
        check_batch(batch)
    assert str(failure.value) == (
        f"service_rollout.batch: {wrong!r} is neither a number of hosts, nor a percentage, nor a list of them"
    )


ROLLOUT = {"batch": 1, "max_failures": 0, "max_unreachable": 0, "pause": "0s", "watch": "0s", "lock_wait": "0s"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"batch": 0}, "service_rollout.batch: 0 is neither", id="batch"),
        pytest.param({"max_failures": "few"}, "service_rollout.max_failures: 'few' is neither", id="failures"),
        pytest.param({"max_unreachable": True}, "service_rollout.max_unreachable: True is neither", id="unreachable"),
        pytest.param({"min_healthy": -1}, "service_rollout.min_healthy: -1 is neither", id="healthy"),
        pytest.param({"batch": "150%"}, "service_rollout.batch: '150%' is neither", id="more than all"),
        pytest.param({"min_healthy": "150%"}, "service_rollout.min_healthy: '150%' is neither", id="more than healthy"),
        pytest.param({"min_healthy": 99}, "service_rollout.min_healthy: 99 is more than", id="more than hosts"),
        pytest.param({"keep": -1}, "service_rollout.keep: -1 is not a whole number", id="keep"),
        pytest.param({"pulls": -1}, "service_rollout.pulls: -1 is not a whole number", id="pulls"),
        pytest.param({"pause": "1 day"}, "service_rollout.pause: '1 day' is not a valid duration", id="pause"),
    ],
)
def test_wrong_values_of_service_rollout(wrong: dict[str, t.Any], message: str) -> None:
    check_rollout({**ROLLOUT, "drain": "10s", "keep": 5, "pulls": 0}, 3)
    with pytest.raises(Failure, match=message):
        check_rollout({**ROLLOUT, "drain": "10s", "keep": 5, "pulls": 0, **wrong}, 3)
