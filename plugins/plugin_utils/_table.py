# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows as a table for people, in a terminal of any width."""

from __future__ import annotations

import calendar
import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable

# The column that may be long: where a line would not fit, what it says stands below, a line each.
LONG = "remarks"
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def table(rows: t.Sequence[dict[str, t.Any]], columns: t.Sequence[str], width: int | None = None) -> list[str]:
    """Return lines for people: columns as wide as their longest entry, without those in which nothing stands.

    ``width``: of the terminal, where there is one.
    """
    lines = _lines(rows, columns)
    if width is None or LONG not in columns or max(map(len, lines)) <= width:
        return lines
    head, *rest = _lines(rows, [column for column in columns if column != LONG])
    return [head, *(line for row, cells in zip(rows, rest, strict=True) for line in (cells, *_below(row)))]


def age(since: str, now: float) -> str:
    """Return for how long something runs, by its beginning (2026-01-31T12:00:00, UTC); empty where that is unknown."""
    try:
        spent = max(0, int(now - calendar.timegm(time.strptime(since, "%Y-%m-%dT%H:%M:%S"))))
    except ValueError:
        return since
    unit, size = next(((unit, size) for unit, size in UNITS if spent >= 2 * size), ("s", 1))
    return f"{spent // size} {unit}"


def _below(row: dict[str, t.Any]) -> list[str]:
    value = row.get(LONG, "")
    return [f"  {_cell(entry)}" for entry in (value if isinstance(value, list) else [value]) if entry]


def _lines(rows: t.Sequence[dict[str, t.Any]], columns: t.Sequence[str]) -> list[str]:
    shown = [column for column in columns if any(_cell(row.get(column, "")) for row in rows)]
    cells = [[column.upper() for column in shown], *([_cell(row.get(c, "")) for c in shown] for row in rows)]
    widths = [max(len(line[number]) for line in cells) for number in range(len(shown))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _cell(value: t.Any) -> str:
    return printable("; ".join(map(str, value)) if isinstance(value, list) else str(value))
