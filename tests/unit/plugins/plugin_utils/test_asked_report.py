# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read of log lines and of commands, whatever was written: no terminal takes any of it as a command."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import Asked
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked_report import (
    exec_lines,
    exec_problems,
    exec_rows,
    log_lines,
    log_problems,
    plain,
    planned_lines,
)

Result = dict[str, t.Any]


def told(*lines: tuple[int, str], container: str = "web", cut: bool = False) -> Result:
    times = [{"time": f"2026-11-29T08:00:{second:02d}.000000001Z", "text": text} for second, text in lines]
    return {"instance": "web", "container": container, "lines": times, "cut": cut}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb", ["a", "b"]),
        ("a\r\n b\t|", ["a", " b      |"]),
        ("10%\r20%", ["10%\\r20%"]),
        ("\x1b]0;title\x07\x1b[2J", ["\\x1b]0;title\\x07\\x1b[2J"]),
        ("\x9b31m\u202e\u2028\0", ["\\x9b31m\\u202e\\u2028\\x00"]),
    ],
)
def test_plain(text: str, lines: list[str]) -> None:
    assert plain(text) == lines


def test_lines_by_their_times() -> None:
    gathered = {
        "web1": {"instances": [told((1, "one"), (3, "three"), (3, "more"))]},
        "longer2": {"instances": [told((2, "two\x1b"), (3, "at once"))]},
        "web3": {"instances": [told((0, "old"), container="web.previous"), told((4, "new"), cut=True)]},
        "web4": {"unreachable": True},
    }
    assert log_lines("web", gathered) == [
        "web3 web.previous  2026-11-29T08:00:00Z  old",
        "web1               2026-11-29T08:00:01Z  one",
        "longer2            2026-11-29T08:00:02Z  two\\x1b",
        "web1               2026-11-29T08:00:03Z  three",
        "web1               2026-11-29T08:00:03Z  more",
        "longer2            2026-11-29T08:00:03Z  at once",
        "web3 web           2026-11-29T08:00:04Z  new",
        "web3 web: older lines are left out, as there is too much of them",
    ]


def test_no_lines() -> None:
    gathered = {"web1": {"instances": [told()]}}
    assert log_lines("web", gathered) == ["The instances of web have written no such lines."]
    assert log_problems("web", gathered) == []


@pytest.mark.parametrize(
    ("gathered", "problems"),
    [
        (
            {"a": {"instances": [told()]}, "b": {"msg": "driver is none"}, "c": {"unreachable": True, "msg": "gone"}},
            ["b: driver is none", "c: gone"],
        ),
        (
            {"a": {"instances": []}, "b": {"instances": []}},
            ["There is no instance of web on a, b. status.yml shows what runs."],
        ),
        ({"a": {"instances": []}, "b": {"instances": [told()]}}, []),
    ],
)
def test_why_lines_are_missing(gathered: dict[str, Result], problems: list[str]) -> None:
    assert log_problems("web", gathered) == problems


ASKED = Asked(
    service="web",
    command=("echo", "a b"),
    chosen={"web1": ["web"], "web2": ["web", "w2"], "web3": ["web"], "web4": ["web"]},
    problems=["web5: web is exited"],
)
RAN = {
    "web1": {"results": [{"item": "web", "changed": True, "rc": 0, "output": "a b\x1b\n  c", "cut": False}]},
    "web2": {
        "results": [
            {"item": "web", "changed": True, "rc": 3, "output": "oh", "cut": True, "msg": "echo: exit status 3"},
            {"item": "w2", "changed": True, "rc": None, "output": "", "cut": False, "msg": "echo: did not end"},
        ]
    },
    "web3": {"results": [{"item": "web", "msg": "Docker could not"}]},
    "web4": {"unreachable": True, "msg": "no route"},
}


def test_how_a_command_ended() -> None:
    rows = exec_rows(RAN)
    assert exec_lines(ASKED, rows) == [
        "web1: exit status 0",
        "a b\\x1b",
        "  c",
        "web2 web: echo: exit status 3",
        "(of its output the last 64 KB)",
        "oh",
        "web2 w2: echo: did not end",
        "web3: Docker could not",
        "web4: no route",
    ]
    assert exec_problems(ASKED, rows) == [
        "web2 web: echo: exit status 3",
        "web2 w2: echo: did not end",
        "web3: Docker could not",
        "web4: no route",
        "web5: web is exited",
    ]


@pytest.mark.parametrize(("one_off", "where"), [(False, "in web"), (True, "in a container made like web")])
def test_what_would_be_run(one_off: bool, where: str) -> None:
    asked = Asked(service="web", command=("echo", "a b"), chosen={"web1": ["web"]}, one_off=one_off)
    assert planned_lines(asked) == [f"web1: would run {where}: echo 'a b'"]
