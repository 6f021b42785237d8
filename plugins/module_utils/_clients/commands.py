# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command of this machine that may take long, and not for ever."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import typing as t

# Seconds in which a command that was told to end may do so.
GRACE = 10


def run_within(
    command: t.Sequence[str], environment: t.Mapping[str, str], limit: float, folder: os.PathLike[str] | None = None
) -> tuple[int | None, str]:
    """Return the exit code and the output of a command; the code is None where it was ended after ``limit`` seconds.

    ``folder``: where it runs, unless here. The output goes into a file, as a child that outlives the command would keep
    a pipe open.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
        try:
            code: int | None = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        output.seek(0)
        return code, output.read().decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs: by TERM, by which docker ends its plugins and the build, then by KILL."""
    if process.poll() is not None:
        return
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    process.kill()
    process.wait()
