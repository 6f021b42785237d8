# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works of one host at the same time, each in a process of its own, as a connection serves one at a time."""

from __future__ import annotations

import os
import pickle
import traceback
import typing as t

Result = dict[str, t.Any]
Work = t.Callable[[], Result]


def at_once(works: t.Mapping[str, Work]) -> dict[str, Result]:
    """Return the result of each work, by its name; a single one is done in this process."""
    if len(works) < 2:
        return {name: work() for name, work in works.items()}
    begun = {name: _begin(work) for name, work in works.items()}
    return {name: _end(name, *child) for name, child in begun.items()}


def _begin(work: Work) -> tuple[int, int]:
    """Return the process that does a work, and where its result can be read."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as file:
            pickle.dump(work(), file)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def _end(name: str, process: int, reading: int) -> Result:
    with os.fdopen(reading, "rb") as file:
        answer = file.read()
    _pid, status = os.waitpid(process, 0)
    if status:
        raise RuntimeError(f"the process that worked on {name} ended with status {status}; its traceback is above")
    result: Result = pickle.loads(answer)  # of our own child
    return result
