# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within


@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        pytest.param("echo done", 0, "done\n", id="ends well"),
        pytest.param("echo out; echo err >&2; exit 3", 3, "out\nerr\n", id="fails, with both outputs"),
        pytest.param("printf '\\377'", 0, "\ufffd", id="bytes that are no text"),
        pytest.param("sleep 60 & echo started", 0, "started\n", id="a child that outlives it is not waited for"),
    ],
)
def test_ends_by_itself(script: str, code: int, output: str) -> None:
    assert run_within(["sh", "-c", script], os.environ, 30) == (code, output)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo at step 2; exec sleep 60", id="that ends by TERM"),
        pytest.param("echo at step 2; sleep 60", id="whose child outlives it"),
    ],
)
def test_is_ended_after_its_time(script: str) -> None:
    began = time.monotonic()
    assert run_within(["sh", "-c", script], os.environ, 0.5) == (None, "at step 2\n")
    assert time.monotonic() - began < 50


def test_no_such_command() -> None:
    with pytest.raises(FileNotFoundError):
        run_within(["nosuch-command"], os.environ, 1)
