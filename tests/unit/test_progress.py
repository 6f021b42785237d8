# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that says nothing for long is told to be at work still."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

PROGRESS = Path(__file__).parents[1] / "progress.py"
# The same with silences of a test's length.
QUICK = f"""
import runpy, sys
told = runpy.run_path({str(PROGRESS)!r}, run_name="progress")
told["follow"].__globals__.update(QUIET=1, BETWEEN=2)
sys.exit(told["main"](sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        pytest.param("echo a; echo b >&2", 0, "a\nb\n", id="both streams"),
        pytest.param("echo a; exit 3", 3, "a\n", id="its exit code"),
        pytest.param("echo a; sleep 2.5; echo b", 0, "a\n… 1 s\nb\n", id="a silence"),
    ],
)
def test_the_output_goes_through_and_a_silence_is_told(script: str, code: int, output: str) -> None:
    command = [sys.executable, "-c", QUICK, "sh", "-c", script]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, output)


def test_on_a_terminal_the_line_that_counts_goes_again() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", QUICK, "sh", "-c", "echo a; sleep 2.5; echo b"]
    subprocess.run(command, check=True, stdout=theirs)
    os.close(theirs)
    output = os.read(ours, 4096).decode()
    assert output.startswith("a\r\n\r… 1 s")
    assert output.endswith("\r\x1b[Kb\r\n")
