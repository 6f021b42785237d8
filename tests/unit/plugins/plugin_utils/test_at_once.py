# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works of one host at the same time."""

from __future__ import annotations

import os
import time
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._at_once import at_once


def test_a_single_work_is_done_here() -> None:
    assert at_once({"a": lambda: {"pid": os.getpid()}}) == {"a": {"pid": os.getpid()}}
    assert at_once({}) == {}


def test_several_are_done_at_the_same_time() -> None:
    def work(name: str) -> t.Callable[[], dict[str, t.Any]]:
        def slowly() -> dict[str, t.Any]:
            time.sleep(0.4)
            return {"name": name, "text": "x" * 100_000, "pid": os.getpid()}

        return slowly

    began = time.monotonic()
    results = at_once({name: work(name) for name in ("a", "b", "c", "d")})
    assert time.monotonic() - began < 1.5
    assert [result["name"] for result in results.values()] == ["a", "b", "c", "d"]
    assert len({result["pid"] for result in results.values()} | {os.getpid()}) == 5


def test_a_bug_of_ours_is_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    def bug() -> dict[str, t.Any]:
        raise ValueError("a bug")

    with pytest.raises(RuntimeError, match="the process that worked on b ended with status"):
        at_once({"a": dict, "b": bug})
    assert "ValueError: a bug" in capfd.readouterr().err
