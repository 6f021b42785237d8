# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._view import columns, duration, spent, steps, summary


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
