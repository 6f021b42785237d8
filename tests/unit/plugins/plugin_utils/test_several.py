# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's turn where it has several instances: which are carried, in what order, and what comes of one that fails."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _several
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import Slot
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._several import Several
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import Outcome, Verdict

NODE = {"node": {"name": "n1"}}
TWO = (Slot("h/web-1", "web-1", several=True), Slot("h/web-2", "web-2", several=True))
ONE = (Slot("h", "web"),)
Result = dict[str, t.Any]


class Carrier:
    """Notes what is asked of it; ``results``: instance -> its result, or what fails."""

    def __init__(self, wanted: Result | None = None, **results: t.Any) -> None:
        self.asked: list[tuple[str, str]] = []
        self._results = {name.replace("_", "-"): result for name, result in results.items()}
        self._wanted = wanted or {}

    def carry(self, slot: Slot, before: str = "") -> Result:
        self.asked.append((slot.name, before))
        result = self._results.get(slot.name, {"action": "replace", "changed": True})
        if isinstance(result, str):
            raise Failure(result)
        return dict(result)

    def survey(self, name: str) -> Result:
        self.asked.append(("survey", name))
        return {"survey": {"passing": True}}

    def remove_surplus(self, name: str) -> Result:
        self.asked.append(("remove", name))
        return {"action": "remove", "changed": True}

    def wanted_last(self) -> Result:
        return self._wanted


def several(slots: t.Sequence[Slot], carrier: Carrier, **discovered: t.Any) -> Several:
    return Several("h", "web", slots, discovered, carrier)


def test_a_single_instance_is_gathered_as_ever() -> None:
    first = {**NODE, "instances": ["web", "canary"]}
    assert several(ONE, Carrier()).gathered(first) is first


@pytest.mark.parametrize(
    ("slots", "there", "rows", "surplus"),
    [
        pytest.param(TWO, [], {"h/web-1": "web-1", "h/web-2": "web-2"}, [], id="two"),
        pytest.param(TWO, ["web"], {"h/web-1": "web-1", "h/web-2": "web-2"}, ["web"], id="from one to two"),
        pytest.param(
            TWO,
            ["web-1", "web-3"],
            {"h/web-1": "web-1", "h/web-2": "web-2", "h/web-3": "web-3"},
            ["web-3"],
            id="one too many",
        ),
        pytest.param(
            ONE, ["web-1", "web-2"], {"h": "web", "h/web-2": "web-2"}, ["web-2", "web-1"], id="from two to one"
        ),
    ],
)
def test_rows_of_a_host(slots: tuple[Slot, ...], there: list[str], rows: dict[str, str], surplus: list[str]) -> None:
    found = several(slots, Carrier(web_2=NODE)).gathered({**NODE, "instances": there})
    assert (found["rows"], found["surplus"], found["several"].keys()) == (rows, surplus, set(rows.values()))


def test_a_plan_of_all() -> None:
    carrier = Carrier(web_2="no such key")
    found = {"surplus": ["web-3", "web"], "rows": {"h/web-3": "web-3"}, "several": {"web-3": {"survey": None}}}
    plans = several(TWO, carrier, **found).planned()["several"]
    assert carrier.asked == [("web-1", "web"), ("web-2", "")]
    assert (plans["web-1"]["replaces"], plans["web-2"]["msg"]) == ("web", "no such key")
    assert (plans["web-3"]["action"], plans["web-3"]["passing"]) == ("remove", False)


def test_what_two_would_share_is_a_problem() -> None:
    carrier = Carrier(wanted={"registrations": [{"port": 80}]}, web_1={"action": "none"}, web_2={"action": "none"})
    plans = several(TWO, carrier, rows={}, surplus=[]).planned()["several"]
    assert "problems" not in plans["web-1"]
    assert "port 80 is that of web-1 and of web-2 on the same host" in plans["web-2"]["problems"][0]


INSTANCES = {row: row.split("/") for row in ("h/web-1", "h/web-2", "h/web-3", "other/web-1")}
ROLLOUT = Rollout(
    turns=[["h/web-1", "other/web-1"], ["h/web-2"], ["h/web-3"]],
    actions={"h/web-1": "replace", "h/web-2": "create", "h/web-3": "remove"},
    instances=INSTANCES,
    replaced={"h/web-1": "web"},
    nodes=dict.fromkeys(INSTANCES, "n1"),
)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let works follow each other, so that the carrier notes them."""
    monkeypatch.setattr(_several, "at_once", lambda works: {name: work() for name, work in works.items()})


@pytest.mark.parametrize(("turn", "asked"), [(0, [("web-1", "web")]), (1, [("web-2", "")]), (2, [("remove", "web-3")])])
@pytest.mark.usefixtures("in_this_process")
def test_a_turn(turn: int, asked: list[tuple[str, str]]) -> None:
    carrier = Carrier()
    before = {"several": {"web-1": {"action": "none"}, "web-9": {"action": "none"}}}
    result = several(TWO, carrier).rolled(ROLLOUT, turn, before)
    assert carrier.asked == asked
    assert result["several"]["web-9"] == {"action": "none"}  # of a turn before
    assert list(result["told"]) == [ROLLOUT.turns[turn][0]]


def test_a_host_that_has_no_turn_keeps_what_it_has() -> None:
    before = {"several": {"web-1": {"action": "none"}}}
    result = Several("third", "web", TWO, {}, Carrier()).rolled(ROLLOUT, 0, before)
    assert (result["several"], result["told"], result["changed"]) == (before["several"], {}, False)


@pytest.mark.usefixtures("in_this_process")
def test_one_that_fails_is_told_and_the_others_are_kept() -> None:
    result = several(TWO, Carrier(web_2="does not pass")).rolled(ROLLOUT, 1, {"several": {"web-1": {"action": "none"}}})
    assert (result["failed"], result["msg"]) == (True, "h/web-2: does not pass")
    assert result["several"]["web-1"] == {"action": "none"}


@pytest.mark.usefixtures("in_this_process")
def test_what_was_launched_is_watched() -> None:
    outcomes = [Outcome(row, "n1", "replace", "done", {}, "") for row in INSTANCES]
    carrier = Carrier()
    several(TWO, carrier).watched(ROLLOUT, Verdict(outcomes=tuple(outcomes)))
    assert carrier.asked == [("web-1", ""), ("web-2", "")]


def test_a_host_goes_back_from_three_to_one() -> None:
    carrier = Carrier(web={"action": "replace", "release": "r-1"})
    result = several(ONE, carrier).back(ROLLOUT, "r-1", ["web-1", "web-2", "web-3"])
    assert carrier.asked == [("web", "web-1"), ("remove", "web-3"), ("remove", "web-2")]
    assert result["release"] == "r-1"
    assert all(one.get("release", "r-1") == "r-1" for one in result["several"].values())
    assert result["several"].keys() == {"web", "web-1", "web-2", "web-3"}


def test_nothing_goes_where_going_back_fails() -> None:
    carrier = Carrier(web="no image")
    result = several(ONE, carrier).back(ROLLOUT, "r-1", ["web-1", "web-2"])
    assert carrier.asked == [("web", "web-1")]
    assert (result["failed"], result["msg"]) == (True, "web: no image")


def test_a_play_of_a_users_own_ends_with_the_first_failure() -> None:
    carrier = Carrier(web_1="no image")
    assert several(TWO, carrier).run()["failed"]
    assert carrier.asked == [("web-1", "")]


def test_the_shell_lines_of_all_are_shown() -> None:
    carrier = Carrier(web_1={"long_form": ["a"], "shell": ["1"]}, web_2={"long_form": ["b"], "shell": ["2"]})
    assert several(TWO, carrier).shown() == {"long_form": ["a"], "shell": ["1", "2"]}
