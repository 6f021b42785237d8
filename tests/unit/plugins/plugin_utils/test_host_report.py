# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._host_report import host_lines, host_rows

NO_CLOCK = {"severity": "warning", "what": "no clock", "reason": "time", "to_do": "install one", "mended": False}
NO_ENGINE = {"severity": "error", "what": "no engine", "reason": "runs", "to_do": "bootstrap.yml", "mended": True}


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        ({}, ["0 of 0 hosts lack nothing."]),
        ({"node1": {"findings": []}, "node2": {"findings": []}}, ["2 of 2 hosts lack nothing."]),
        (
            {"node1": {"findings": [NO_ENGINE, NO_CLOCK, NO_CLOCK]}},
            [
                "node1: 1 error, 2 warnings",
                "  error    no engine",
                "           why: runs",
                "           to do: bootstrap.yml",
                *["  warning  no clock", "           why: time", "           to do: install one"] * 2,
            ],
        ),
        (
            {"node1": {"findings": []}, "node2": {"unreachable": True, "msg": "no route"}},
            [
                "node2: 1 error",
                "  error    cannot be asked: no route",
                "           why: a host is prepared by SSH, with a Python of its own",
                "           to do: mend that first",
                "1 of 2 hosts lack nothing.",
            ],
        ),
        # What a host says is shown as it is, and is no command for a terminal.
        (
            {"node1": {"findings": [{**NO_CLOCK, "what": "x\x1b[2J"}]}},
            [
                "node1: 1 warning",
                "  warning  x\\x1b[2J",
                "           why: time",
                "           to do: install one",
            ],
        ),
    ],
)
def test_host_lines(found: dict[str, t.Any], lines: list[str]) -> None:
    assert host_lines(host_rows(found), len(found)) == lines
