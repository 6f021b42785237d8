# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that users may see."""

from __future__ import annotations

import typing as t


class Failure(Exception):
    """A failure we foresaw: its text says what happened, where, and what to do.

    ``details`` are further keys of the module's result, such as ``logs`` (list of str).
    """

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(message)
        self.details = details


def as_log(lines: t.Iterable[str]) -> str:
    """Return the last lines that something wrote, as they stand below a failure's text."""
    return "".join(f"\n  log: {line}" for line in lines)


def innermost(error: BaseException) -> str:
    """Return what the first of a chain of exceptions says: libraries wrap it in layers that say little."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error)
