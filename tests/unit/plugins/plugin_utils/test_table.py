# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._table import age, table

Result = dict[str, t.Any]
NOON = 1795262400.0  # 2026-11-21T12:00:00Z


def test_table_shows_what_a_terminal_would_obey() -> None:
    assert table([{"who": "anna\x1b[2J", "state": "do\nne"}], ("who", "state"))[1:] == [r"anna\x1b[2J  do\nne"]


def test_table() -> None:
    rows: list[Result] = [{"a": 1, "b": "", "c": ["x", "y"]}, {"a": 234, "c": []}]
    assert table(rows, ("a", "b", "c")) == ["A    C", "1    x; y", "234"]


ROWS: list[Result] = [{"host": "a", "remarks": ["too long", "by far"]}, {"host": "b", "remarks": []}]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["HOST  REMARKS", "a     too long; by far", "b"]),
        (22, ["HOST  REMARKS", "a     too long; by far", "b"]),
        (21, ["HOST", "a", "  too long", "  by far", "b"]),
    ],
)
def test_remarks_stand_below_where_a_line_would_be_too_long(width: int | None, lines: list[str]) -> None:
    assert table(ROWS, ("host", "remarks"), width) == lines


@pytest.mark.parametrize(
    ("since", "shown"),
    [
        ("2026-11-21T11:59:59", "1 s"),
        ("2026-11-21T11:58:30", "90 s"),
        ("2026-11-21T11:55:30", "4 min"),
        ("2026-11-21T09:30:00", "2 h"),
        ("2026-11-11T09:30:00", "10 d"),
        ("2026-11-21T12:00:01", "0 s"),
        ("", ""),
        ("yesterday", "yesterday"),
    ],
)
def test_age(since: str, shown: str) -> None:
    assert age(since, NOON) == shown
