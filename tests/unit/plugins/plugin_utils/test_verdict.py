# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import (
    Outcome,
    Verdict,
    judge,
    launched_hosts,
    speaker_of,
)

FOUND = {"node": {"name": "n"}}
PLANNED = {"action": "replace", "problems": []}
DONE = {"action": "replace", "release": "r-2", "seconds": {"gate": 2.5}}
NOTHING = {"action": "none"}
BACK = {"action": "replace", "release": "r-1", "seconds": {"gate": 1.0}}
FAILED = {"failed": True, "msg": "The gate was not passed"}
FAR = {"unreachable": True, "msg": "no route"}
BEGUN = {"id": "r-2", "session": "s", "previous": {"id": "r-1"}, "went_on_from": ""}
SETTINGS = {"max_failures": 0, "max_unreachable": 0, "on_failure": "stop"}
ROLLBACK = {**SETTINGS, "on_failure": "rollback"}

Result = dict[str, t.Any]


def rollout(*hosts: str, resting: t.Sequence[str] = ()) -> Rollout:
    """Return a rollout that replaces all instances but the resting ones; the first host speaks."""
    actions = dict.fromkeys(hosts, "replace")
    return Rollout(hosts=hosts, actions=actions, nodes={h: h for h in (*hosts, *resting)}, speaker=hosts[0])


def host(launched: Result, **more: Result) -> Result:
    """Return what one host registered."""
    return {
        "__service_begun": BEGUN,
        "__service_discovered": FOUND,
        "__service_launched": launched,
        **{f"__service_{name}": result for name, result in more.items()},
    }


@pytest.mark.parametrize(
    ("results", "result", "message"),
    [
        pytest.param(host(DONE), "done", "", id="done"),
        pytest.param(host(NOTHING), "done", "", id="nothing to do any more"),
        pytest.param(host(FAILED), "failed", "The gate was not passed", id="failed"),
        pytest.param(host(FAR), "unreachable", "no route", id="unreachable"),
        pytest.param(host(PLANNED), "not reached", "", id="preflight only"),
        pytest.param({}, "not reached", "", id="no result"),
        pytest.param(host(PLANNED, discovered=FAILED), "failed", "The gate was not passed", id="discover failed"),
        pytest.param(host(DONE, watched=FAILED), "failed", "The gate was not passed", id="did not last"),
        pytest.param(host(BACK), "gone back", "", id="gone back"),
        pytest.param(host(BACK, watched=FAILED), "gone back", "The gate was not passed", id="did not last, gone back"),
    ],
)
def test_outcome(results: Result, result: str, message: str) -> None:
    outcome = Outcome.from_results("n1", "replace", results, "r-2")
    assert (outcome.result, outcome.message) == (result, message)


def test_outcome_for_people_and_for_the_record() -> None:
    outcome = Outcome.from_results("n1", "replace", host(DONE), "r-2")
    assert outcome.line() == "n1: replace: done, gate 2.5 s"
    reloaded = Outcome.from_results("n1", "signal", host({**DONE, "seconds": {"reload": 1.25}}), "r-2")
    assert reloaded.line() == "n1: signal: done, reload 1.2 s"
    assert outcome.to_record() == {
        "node": "n",
        "action": "replace",
        "result": "done",
        "seconds": {"gate": 2.5},
        "message": "",
    }


@pytest.mark.parametrize(
    ("settings", "hosts", "state", "returning"),
    [
        pytest.param(SETTINGS, [host(DONE), host(PLANNED)], "rolling", [], id="on its way"),
        pytest.param(SETTINGS, [host(DONE), host(DONE)], "done", [], id="done"),
        pytest.param(SETTINGS, [host(FAILED), host(PLANNED)], "failed", [], id="one more than may fail"),
        pytest.param(
            {**SETTINGS, "max_failures": 1}, [host(FAILED), host(PLANNED)], "rolling", [], id="as many as may"
        ),
        pytest.param({**SETTINGS, "max_failures": "50%"}, [host(FAILED), host(DONE)], "done", [], id="in percent"),
        pytest.param(SETTINGS, [host(FAR), host(PLANNED)], "failed", [], id="one too far away"),
        pytest.param(
            {**SETTINGS, "max_unreachable": 1}, [host(FAR), host(DONE)], "done", [], id="set aside on the way"
        ),
        pytest.param(SETTINGS, [host(PLANNED, paused=FAILED), host(PLANNED)], "failed", [], id="lock lost in a pause"),
        pytest.param(
            SETTINGS, [host(PLANNED, once=FAILED), host(PLANNED)], "failed", [], id="a fleet-once task failed"
        ),
        pytest.param({**SETTINGS, "confirm": True}, [host(DONE), host(PLANNED)], "held", [], id="held on purpose"),
        pytest.param({**SETTINGS, "confirm": True}, [host(DONE)], "done", [], id="nothing left to hold"),
        pytest.param(ROLLBACK, [host(DONE), host(FAILED)], "failed", ["n1"], id="what changed is to go back"),
        pytest.param(ROLLBACK, [host(DONE, watched=FAILED), host(DONE)], "failed", ["n1", "n2"], id="did not last"),
        pytest.param(
            {**SETTINGS, "confirm": True}, [host(FAILED), host(PLANNED)], "failed", [], id="nothing to look at"
        ),
        pytest.param(
            {**SETTINGS, "confirm": True, "max_failures": 1}, [host(FAILED), host(PLANNED)], "held", [], id="to look at"
        ),
    ],
)
def test_verdict(settings: Result, hosts: list[Result], state: str, returning: list[str]) -> None:
    names = [f"n{number}" for number in range(1, len(hosts) + 1)]
    verdict = judge(rollout(*names), settings, dict(zip(names, hosts, strict=True)))
    assert (verdict.state, list(verdict.returning)) == (state, returning)


@pytest.mark.parametrize(
    ("hosts", "returned", "state"),
    [
        pytest.param([host(BACK), host(FAILED)], ["n1"], "rolled back", id="what changed went back"),
        pytest.param([host(BACK), host(FAILED)], ["n1", "n2"], "failed", id="one failed on its way back"),
        pytest.param([host(BACK), host(FAR)], ["n1", "n2"], "failed", id="one was unreachable on its way back"),
        pytest.param([host({**NOTHING, "release": "r-1"}), host(FAILED)], ["n1"], "rolled back", id="nothing to do"),
        pytest.param([host(FAILED), host(BACK)], ["n2"], "rolled back", id="one that had changed in an earlier part"),
    ],
)
def test_verdict_on_those_that_went_back(hosts: list[Result], returned: list[str], state: str) -> None:
    rolled = rollout("n1", resting=["n2"]) if returned == ["n2"] else rollout("n1", "n2")
    verdict = judge(rolled, ROLLBACK, {"n1": hosts[0], "n2": hosts[1]}, returned)
    assert (verdict.state, verdict.returning) == (state, ())


def test_those_that_changed_in_an_earlier_part_go_back_as_well() -> None:
    rolled = rollout("n2", resting=["n1"])
    begun = {**BEGUN, "went_on_from": "held"}
    failed = {**host(FAILED), "__service_begun": begun}
    assert judge(rolled, ROLLBACK, {"n2": failed}).returning == ("n1",)
    assert judge(rolled, ROLLBACK, {"n2": host(FAILED)}).returning == ()


@pytest.mark.parametrize(
    ("hosts", "speaker"),
    [
        pytest.param([host(FAR), host(DONE)], "n2", id="one that is done"),
        pytest.param([host(FAR), host(PLANNED)], "n2", id="one that was not reached yet"),
        pytest.param([host(FAR), host(FAILED)], "n2", id="one that failed"),
        pytest.param([host(FAR), host(FAR)], "n3", id="one that had nothing to do"),
    ],
)
def test_who_speaks_is_one_that_can_be_reached(hosts: list[Result], speaker: str) -> None:
    rolled = rollout("n1", "n2", resting=["n3"])
    assert speaker_of(judge(rolled, SETTINGS, {"n1": hosts[0], "n2": hosts[1]}), rolled) == speaker


def test_task_that_was_skipped_has_not_begun() -> None:
    assert Outcome.from_results("n1", "replace", host({"skipped": True}), "r-2").result == "not reached"


def test_log_lines_stay_out_of_the_record() -> None:
    wrong = host({"failed": True, "msg": "The gate was not passed\n  log: secret"})
    assert Outcome.from_results("n1", "replace", wrong, "r-2").to_record()["message"] == "The gate was not passed"


SEVERAL = Rollout(
    hosts=["n1"],
    order=["n1/web-1", "n1/web-2", "n1/web-3"],
    actions={"n1/web-1": "replace", "n1/web-2": "replace", "n1/web-3": "remove"},
    nodes=dict.fromkeys(["n1/web-1", "n1/web-2", "n1/web-3"], "n1"),
    instances={f"n1/web-{n}": ["n1", f"web-{n}"] for n in (1, 2, 3)},
)
REMOVED = {"action": "remove", "release": "r-2"}


@pytest.mark.parametrize(
    ("settings", "results", "state", "returning"),
    [
        pytest.param(SETTINGS, [DONE, DONE, PLANNED], "rolling", [], id="one is to go"),
        pytest.param(SETTINGS, [DONE, DONE, REMOVED], "done", [], id="all"),
        pytest.param(SETTINGS, [DONE, FAILED, PLANNED], "failed", [], id="one failed"),
        pytest.param({**SETTINGS, "max_failures": 1}, [FAILED, PLANNED, PLANNED], "rolling", [], id="one may fail"),
        pytest.param({**SETTINGS, "max_failures": 1}, [DONE, FAILED, PLANNED], "failed", [], id="then none goes"),
        pytest.param(ROLLBACK, [DONE, FAILED, PLANNED], "failed", ["n1"], id="the host goes back"),
    ],
)
def test_several_instances(settings: Result, results: list[Result], state: str, returning: list[str]) -> None:
    verdict = judge(SEVERAL, settings, dict(zip(SEVERAL.rows, map(host, results), strict=True)))
    assert (verdict.state, list(verdict.returning)) == (state, returning)
    kept = "n1/web-3: not removed, as not all others have passed"
    assert (kept in verdict.message) is (state == "failed")
    assert verdict.outcomes[0].to_record()["instance"] == "web-1"
    assert speaker_of(verdict, SEVERAL) == "n1"


def test_a_host_with_several_is_back_once_all_of_its_instances_are() -> None:
    rows = {row: host(BACK) for row in SEVERAL.rows}
    assert judge(SEVERAL, ROLLBACK, rows, ["n1"]).state == "rolled back"
    assert judge(SEVERAL, ROLLBACK, {**rows, "n1/web-3": host(FAILED)}, ["n1"]).state == "failed"


def test_what_was_launched_and_is_there() -> None:
    results = dict(zip(SEVERAL.rows, map(host, [DONE, DONE, REMOVED]), strict=True))
    assert launched_hosts(SEVERAL, judge(SEVERAL, SETTINGS, results)) == ["n1"]


def test_held_once_only() -> None:
    again = {**host(DONE), "__service_begun": {**BEGUN, "went_on_from": "held"}}
    verdict = judge(
        rollout("n1", "n2"),
        {**SETTINGS, "confirm": True},
        {"n1": again, "n2": {**again, "__service_launched": PLANNED}},
    )
    assert verdict.state == "rolling"


def test_why_it_failed() -> None:
    first = {**host(FAILED), "__service_begun": {**BEGUN, "previous": {}}}
    verdict = judge(
        rollout("n1", "n2"),
        ROLLBACK,
        {"n1": first, "n2": host(PLANNED, paused={"failed": True, "msg": "lock lost"})},
    )
    assert verdict.message.splitlines() == [
        "n1: The gate was not passed",
        "lock lost",
        "on_failure: rollback had nowhere to go: no rollout of this service has come to its end before.",
    ]


def test_facts_keep_a_rollout_and_its_verdict() -> None:
    rolled = rollout("n1", "n2", resting=["n3"])
    verdict = judge(rolled, ROLLBACK, {"n1": host(FAILED), "n2": host(DONE)})
    kept = json.loads(json.dumps({**rolled.to_facts(), **verdict.to_facts()}))
    assert Rollout.from_facts(kept).to_facts() == rolled.to_facts()
    assert Verdict.from_facts(kept).outcomes == verdict.outcomes
    assert Verdict.from_facts({}) == Verdict()
