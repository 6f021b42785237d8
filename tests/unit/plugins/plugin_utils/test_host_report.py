# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._host_report import host_lines, host_rows

NO_CLOCK = {"severity": "warning", "what": "no clock", "reason": "time", "to_do": "install one", "mended": False}
NO_ENGINE = {"severity": "error", "what": "no engine", "reason": "runs", "to_do": "bootstrap.yml", "mended": True}
ENGINE = ["error: no engine", "  on:    node2", "  why:   runs", "  to do: bootstrap.yml"]
ONE_WHOLE = "1 of 3 hosts lack nothing."


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        ({}, ["0 of 0 hosts lack nothing."]),
        ({"node1": {"findings": []}, "node2": {"findings": []}}, ["2 of 2 hosts lack nothing."]),
        # Each finding once, with its hosts, and errors first.
        (
            {
                "node1": {"findings": [NO_CLOCK]},
                "node2": {"findings": [NO_ENGINE, NO_CLOCK]},
                "node3": {"findings": []},
            },
            [*ENGINE, "warning: no clock", "  on:    node1, node2", "  why:   time", "  to do: install one", ONE_WHOLE],
        ),
        (
            {
                "node1": {"findings": []},
                "node2": {"unreachable": True, "msg": "no route"},
                "node3": {"findings": [NO_ENGINE]},
            },
            [
                "error: cannot be asked: no route",
                "  on:    node2",
                "  why:   a host is prepared by SSH, with a Python of its own",
                "  to do: mend that first",
                *[line.replace("node2", "node3") for line in ENGINE],
                ONE_WHOLE,
            ],
        ),
        # What a host says is shown as it is, and is no command for a terminal.
        (
            {"node1": {"findings": [{**NO_CLOCK, "what": "x\x1b[2J"}]}},
            ["warning: x\\x1b[2J", "  on:    node1", "  why:   time", "  to do: install one"],
        ),
    ],
)
def test_host_lines(found: dict[str, t.Any], lines: list[str]) -> None:
    assert host_lines(host_rows(found), len(found)) == lines


def test_what_bootstrap_is_about_to_bring_is_only_counted() -> None:
    rows = host_rows({"node1": {"findings": [NO_ENGINE, NO_CLOCK]}, "node2": {"findings": [NO_ENGINE]}})
    assert host_lines(rows, 2, mending=True) == [
        *["warning: no clock", "  on:    node1", "  why:   time", "  to do: install one"],
        "2 more that bootstrap.yml brings; doctor.yml lists them.",
    ]
