# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what the faults came to."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

HEADER = ("fault", "stage", "fewest passing", "requests lost", "seconds to heal")


@dataclass(frozen=True)
class Row:
    """What one case came to."""

    fault: str
    stage: str
    fewest: int
    asked: int
    lost: int
    seconds: float

    @property
    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (self.fault, self.stage, f"{self.fewest} of 3", f"{self.lost} of {self.asked}", f"{self.seconds:.0f}")


def lines_of(rows: t.Sequence[Row]) -> list[str]:
    """Return the table in Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (HEADER, ("---",) * len(HEADER), *(row.cells for row in rows))]
