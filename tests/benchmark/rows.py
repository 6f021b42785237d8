# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy with nothing to do cost a fleet of so many hosts."""

from __future__ import annotations

import json
import statistics
import typing as t
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

from tests.benchmark.drawing import lines
from tests.benchmark.figures import FLOOR, table

OURS = "longshore"
FAT = ", large variables"
HEADER = ["hosts", "", "seconds", "CPU seconds", "KB over SSH", "requests to Consul", "to the registry"]


@dataclass(frozen=True)
class Row:
    """One run; all but the seconds is per host."""

    hosts: int
    name: str
    seconds: float
    cpu: float
    # None where a connection ended meanwhile.
    bytes: float | None
    consul: float
    registry: float


def medians(rows: t.Iterable[Row]) -> list[Row]:
    """Return one row of medians for each size and name."""
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.hosts, row.name), []).append(row)
    figures = [field.name for field in fields(Row) if field.name not in ("hosts", "name")]
    return [
        Row(size, name, *(median(getattr(row, figure) for row in group) for figure in figures))
        for (size, name), group in groups.items()
    ]


def median(values: t.Iterable[float | None]) -> float | None:
    """Return the median of those that are known."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def growth_table(rows: t.Iterable[Row]) -> str:
    """Return the table of medians."""

    def cells(row: Row) -> list[str]:
        size, name, seconds, cpu, sent, consul, registry = astuple(row)
        kilobytes = "-" if sent is None else f"{sent / 1000:.1f}"
        return [str(size), name, f"{seconds:.1f}", f"{cpu:.2f}", kilobytes, f"{consul:.1f}", f"{registry:.2f}"]

    return table(HEADER, [cells(row) for row in rows])


def growth_chart(rows: t.Sequence[Row]) -> str:
    """Return the chart of the seconds by hosts."""
    return lines(
        {name: [(row.hosts, row.seconds) for row in rows if row.name == name] for name in (FLOOR, OURS)},
        ("hosts", "s"),
    )


def save(rows: t.Iterable[Row], file: Path) -> None:
    """Write them as JSON."""
    file.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def load(file: Path) -> list[Row]:
    """Read what save has written."""
    return [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))]
