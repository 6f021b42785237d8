# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to what was there before, where steps do not come to their end: by a failure, or by a bug of ours."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


@contextlib.contextmanager
def undoing(undo: t.Callable[[], object]) -> t.Iterator[None]:
    """Call ``undo`` where the steps inside do not come to their end, whatever keeps them from it."""
    with contextlib.ExitStack() as stack:
        stack.callback(undo)
        yield
        stack.pop_all()


def trying(step: t.Callable[[], object]) -> str:
    """Return a step of a way back whose failure stops nothing: a sentence that says so, or nothing."""
    try:
        step()
    except Failure as failure:
        return f" {failure}"
    return ""


@contextlib.contextmanager
def undoing_with_report(back: t.Callable[[], str], to: str) -> t.Iterator[None]:
    """Undo as ``undoing``, and let a failure of the steps inside also say what came of it.

    ``back``: what is left running, in a sentence; ``to``: what it goes back to, for the case that this fails too.
    """
    outcome = ""

    def go() -> None:
        nonlocal outcome
        try:
            outcome = back()
        except Failure as second:
            outcome = f"Going back to {to} failed too, and the next run goes on from there: {second}"

    try:
        with undoing(go):
            yield
    except Failure as failure:
        raise Failure(f"{failure}\n{outcome}", **failure.details) from failure
