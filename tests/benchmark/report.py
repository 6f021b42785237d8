# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/benchmark.md and its charts from what compare.py, growth.py and steps.py have left."""

from __future__ import annotations

from tests.benchmark import rows, steps
from tests.benchmark.compare import CONTENDERS, FLOOR, SAVED
from tests.benchmark.figures import Figures
from tests.benchmark.goals import goals_table
from tests.benchmark.growth import SAVED as SAVED_GROWTH
from tests.benchmark.page import Parts, chart, page
from tests.benchmark.works import WORKS
from tests.faults.lab import CHECKOUT

DOCS = CHECKOUT / "docs"


def main() -> None:
    """Write the page and both charts."""
    figures, growth = Figures.load(SAVED), rows.load(SAVED_GROWTH)
    works = {work.name: work.title for work in WORKS}
    columns = {FLOOR: "floor", **{kind.name: kind.title for kind in CONTENDERS}}
    lacks = {kind.title: kind.lacks for kind in CONTENDERS if kind.lacks}
    parts = Parts(
        goals=goals_table(figures, growth),
        profile=steps.steps_table(steps.load(steps.SAVED)),
        growth=rows.growth_table(growth),
    )
    files = {
        "benchmark.md": page(figures, works, columns, lacks, parts),
        "benchmark.svg": chart(figures, works, columns),
        "benchmark-growth.svg": rows.growth_chart(growth),
    }
    for name, content in files.items():
        (DOCS / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
