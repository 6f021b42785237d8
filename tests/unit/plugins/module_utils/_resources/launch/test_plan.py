# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import (
    Change,
    Plan,
    changes_between,
    flat,
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"a": 1}, {"a": 1}, id="flat already"),
        pytest.param({"a": {"b": {"c": 1}, "d": 2}}, {"a.b.c": 1, "a.d": 2}, id="nested"),
        pytest.param({"a": {}, "b": [], "c": [{"d": 1}]}, {"a": {}, "b": [], "c": [{"d": 1}]}, id="values"),
        pytest.param({"a": None, "b": ""}, {"a": None, "b": ""}, id="empty values"),
    ],
)
def test_flat(data: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert flat(data) == expected


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        pytest.param({"a": 1}, {"a": 1}, [], id="the same"),
        pytest.param({"a": 1}, {"a": 2}, [("a", 1, 2)], id="another value"),
        pytest.param({}, {"a": 1}, [("a", None, 1)], id="new"),
        pytest.param({"a": 1}, {}, [("a", 1, None)], id="gone"),
        pytest.param({"a": None}, {}, [("a", None, None)], id="null is not the same as nothing"),
        pytest.param(
            {"e": {"B": "1", "A": "1"}}, {"e": {"A": "2"}}, [("e.A", "1", "2"), ("e.B", "1", None)], id="by key"
        ),
        pytest.param({"e": {"A": 1}}, {"e": {}}, [("e", None, {}), ("e.A", 1, None)], id="emptied"),
        pytest.param({"l": [1, 2]}, {"l": [2, 1]}, [("l", [1, 2], [2, 1])], id="a list is one value"),
    ],
)
def test_changes_between(
    before: dict[str, t.Any], after: dict[str, t.Any], changes: list[tuple[str, t.Any, t.Any]]
) -> None:
    assert changes_between(before, after) == tuple(Change(*change) for change in changes)


@pytest.mark.parametrize(
    ("plan", "result"),
    [
        pytest.param(
            Plan(Action.NONE),
            {"changed": False, "action": "none", "changes": [], "diff": {"before": {}, "after": {}}},
            id="none",
        ),
        pytest.param(
            Plan(Action.REPLACE, (Change("a", 1, 2), Change("b", None, 0), Change("c", False, None))),
            {
                "changed": True,
                "action": "replace",
                "changes": [
                    {"key": "a", "before": 1, "after": 2},
                    {"key": "b", "before": None, "after": 0},
                    {"key": "c", "before": False, "after": None},
                ],
                "diff": {"before": {"a": 1, "c": False}, "after": {"a": 2, "b": 0}},
            },
            id="replace",
        ),
        pytest.param(
            Plan(Action.SIGNAL, (Change("a", 1, 2), Change("files./b", "x", "y", "-x\n+y"))),
            {
                "changed": True,
                "action": "signal",
                "changes": [
                    {"key": "a", "before": 1, "after": 2},
                    {"key": "files./b", "before": "x", "after": "y", "diff": "-x\n+y"},
                ],
                "diff": [{"before": {"a": 1}, "after": {"a": 2}}, {"prepared": "-x\n+y\n"}],
            },
            id="lines of a file",
        ),
    ],
)
def test_result(plan: Plan, result: dict[str, t.Any]) -> None:
    assert plan.to_result() == result
