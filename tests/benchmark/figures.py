# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured: seconds by work and contender, round by round, and what a table says of them."""

from __future__ import annotations

import json
import statistics
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

FLOOR = "floor"


@dataclass
class Figures:
    """Seconds of each round: work -> contender -> one entry per round, None where it failed.

    Every work has the floor among its contenders, measured beside them in the same round.
    """

    seconds: dict[str, dict[str, list[float | None]]] = field(default_factory=dict)

    def add(self, work: str, contender: str, seconds: float | None) -> None:
        """Take the figure of one more round."""
        self.seconds.setdefault(work, {}).setdefault(contender, []).append(seconds)

    def of(self, work: str, contender: str) -> list[float]:
        """Return the seconds of the rounds that went well."""
        return [value for value in self.seconds.get(work, {}).get(contender, []) if value is not None]

    def failures(self, work: str, contender: str) -> int:
        """Return how many rounds failed."""
        return self.seconds.get(work, {}).get(contender, []).count(None)

    def median(self, work: str, contender: str) -> float | None:
        """Return the median of the rounds that went well; None where there is none."""
        values = self.of(work, contender)
        return statistics.median(values) if values else None

    def ratio(self, work: str, contender: str, base: str) -> float | None:
        """Return the median of the ratios to another contender in the same round."""
        rows = self.seconds.get(work, {})
        pairs = zip(rows.get(contender, []), rows.get(base, []), strict=False)
        ratios = [value / other for value, other in pairs if value is not None and other]
        return statistics.median(ratios) if ratios else None

    def rounds(self) -> int:
        """Return how many rounds the longest row has."""
        return max((len(values) for row in self.seconds.values() for values in row.values()), default=0)

    def save(self, file: Path) -> None:
        """Write them as JSON."""
        file.write_text(json.dumps(self.seconds, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> t.Self:
        """Read what save has written."""
        return cls(json.loads(file.read_text(encoding="utf-8")))


def cell(figures: Figures, work: str, contender: str) -> str:
    """Return a cell of the table: the median, and from the fastest to the slowest round."""
    values, failed = figures.of(work, contender), figures.failures(work, contender)
    if not values:
        return "failed" if failed else "-"
    spread = f" ({min(values):.1f} to {max(values):.1f})" if len(values) > 1 else ""
    return f"{statistics.median(values):.1f}{spread}" + (f", {failed} failed" if failed else "")


def ratio_cell(figures: Figures, work: str, contender: str, base: str) -> str:
    """Return a cell of the table of ratios."""
    ratio = figures.ratio(work, contender, base)
    return "-" if ratio is None else f"{ratio:.2f}"


def table(header: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
