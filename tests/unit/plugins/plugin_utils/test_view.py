# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._view import (
    columns,
    duration,
    heading,
    interrupted_line,
    launched_line,
    removed_line,
    spent,
    steps,
    summary,
)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.84, "0.8 s"), (9.94, "9.9 s"), (42.4, "42 s"), (119, "119 s"), (185, "3 min 5 s")],
)
def test_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_steps_come_in_their_order_and_only_those_that_took_any_time() -> None:
    assert steps({"gate": 12, "commands": 1, "stop": 3.14, "drain": 0.0, "first_passing": 2, "catalog": 0.1}) == (
        "catalog 0.1 s, stop 3.1 s, commands 1 s, gate 12 s"
    )
    assert steps({}) == ""


def test_stages_that_took_no_second_are_left_out() -> None:
    assert spent({"Prepare": 2.2, "Once": 0.1, "Roll": 30}) == "32 s (prepare 2.2 s, roll 30 s)"
    assert spent({"Prepare": 0.4}) == "0.4 s"


def test_columns_stand_under_each_other() -> None:
    assert columns([["a", "long", ""], ["bcd", "x", "y"]]) == ["  a    long", "  bcd  x     y"]


def test_summary() -> None:
    done = {"action": "replace", "result": "done", "seconds": {"gate": 1}}
    failed = {"action": "replace", "result": "failed", "seconds": {}}
    assert summary({"n1": done, "n2": failed}, {"n1": 2.0, "n2": 30}, ["n3"], 1) == [
        "  n1  replace  done                             2 s   gate 1 s",
        "  n2  replace  failed                           30 s",
        "  n3           set aside, could not be reached",
        "  nothing to do on 1 more",
    ]
    assert summary({}, {}, [], 3) == []


def test_heading() -> None:
    batches = [["n1"], ["n2", "n3"]]
    assert heading("web", "Roll", 2, batches, 70) == "web: batch 2 of 2: n2, n3, drain and gate 70 s at most"
    assert heading("web", "Roll", 1, batches, None) == "web: batch 1 of 2: n1"
    assert heading("web", "Roll", 3, batches, 70) == "web: roll"
    assert heading("web", "Once", 1, [], 70) == "web: once"


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"action": "create", "took": 2, "seconds": {"gate": 1.5}}, ("  n1: create in 2 s: gate 1.5 s", False)),
        ({"failed": True, "took": 3, "msg": "no gate\nlong"}, ("  n1: failed after 3 s: no gate", True)),
        ({"unreachable": True}, ("  n1: cannot be reached after 0 s: no message", True)),
        # The report that follows has all of it.
        ({"failed": True, "msg": "word " * 30}, (f"  n1: failed after 0 s: {'word ' * 15}…", True)),
    ],
)
def test_launched_line(told: dict[str, t.Any], line: tuple[str, bool]) -> None:
    assert launched_line("n1", told) == line


@pytest.mark.parametrize(
    ("changed", "line"), [(True, "  n1: removed in 2 s"), (False, "  n1: nothing to remove in 2 s")]
)
def test_removed_line(changed: bool, line: str) -> None:
    assert removed_line("n1", {"changed": changed}, 2) == line


def test_who_interrupts_a_rollout_is_told_what_goes_on_and_what_to_do() -> None:
    assert interrupted_line("web", "Roll", {"n1": 1.0, "n2": 2.0}) == (
        "web: interrupted in the stage roll (n1, n2). A launch that runs on a host goes on to its end, or back to the"
        " old container.\nRun the same command again to go on; status.yml -e service=web shows what runs."
    )
