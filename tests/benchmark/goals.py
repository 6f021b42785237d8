# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast Longshore is to be, and whether it is."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tests.benchmark.figures import FLOOR, Figures, table
from tests.benchmark.rows import OURS, Row

COMMUNITY, SHELL, SWARM = "community", "shell", "swarm"
# The floor's playbook has so many tasks.
FLOOR_TASKS = 2


@dataclass(frozen=True)
class Goal:
    """What is to be reached: at most ``limit``."""

    title: str
    limit: float
    value: t.Callable[[Figures, t.Sequence[Row]], float | None]

    def cells(self, figures: Figures, rows: t.Sequence[Row]) -> list[str]:
        """Return its row of the table."""
        value = self.value(figures, rows)
        reached = "-" if value is None else "yes" if value <= self.limit else "no"
        return [self.title, f"{self.limit:g}", "-" if value is None else f"{value:.2f}", reached]


def ratio(work: str, base: str) -> t.Callable[[Figures, t.Sequence[Row]], float | None]:
    """Return what tells the ratio of Longshore to another contender in a work."""
    return lambda figures, _rows: figures.ratio(work, OURS, base)


def at_once_to_one_by_one(figures: Figures, _rows: t.Sequence[Row]) -> float | None:
    """Return how long a replace of all hosts at once takes, to one by one."""
    at_once, one_by_one = figures.median("at-once", OURS), figures.median("replace", OURS)
    return at_once / one_by_one if at_once and one_by_one else None


def reload_beyond_shell(figures: Figures, _rows: t.Sequence[Row]) -> float | None:
    """Return the seconds of a reload of three hosts beyond those of the shell, which are the workers' start."""
    ours, shell = figures.median("reload-at-once", OURS), figures.median("reload-at-once", SHELL)
    return ours - shell if ours and shell else None


def kilobytes(_figures: Figures, rows: t.Sequence[Row]) -> float | None:
    """Return the KB over SSH for each host, of the smallest fleet."""
    return next((row.bytes / 1000 for row in rows if row.name == OURS and row.bytes is not None), None)


def cpu_to_a_task(_figures: Figures, rows: t.Sequence[Row]) -> float | None:
    """Return the controller's CPU time of the largest fleet, to that of one trivial task."""
    cpu = {row.name: row.cpu for row in rows if row.hosts == max(r.hosts for r in rows)}
    return cpu[OURS] / (cpu[FLOOR] / FLOOR_TASKS) if cpu.get(FLOOR) and OURS in cpu else None


GOALS = (
    Goal("nothing to do, to the floor", 1.3, ratio("nothing", FLOOR)),
    Goal("nothing to do, to community.docker", 0.3, ratio("nothing", COMMUNITY)),
    Goal("nothing to do, KB to a host and back", 20, kilobytes),
    Goal("first launch one by one, to the floor", 2.5, ratio("launch", FLOOR)),
    Goal("first launch one by one, to community.docker", 0.5, ratio("launch", COMMUNITY)),
    Goal("replace one by one, to community.docker", 0.6, ratio("replace", COMMUNITY)),
    Goal("replace one by one, to Docker Swarm", 0.5, ratio("replace", SWARM)),
    Goal("replace all at once, to community.docker", 0.7, ratio("at-once", COMMUNITY)),
    Goal("replace all at once, to one by one", 0.6, at_once_to_one_by_one),
    Goal("reload of three hosts, seconds beyond those of the shell", 4, reload_beyond_shell),
    Goal("nothing to do on 100 hosts, CPU to that of one trivial task", 1.2, cpu_to_a_task),
)


def goals_table(figures: Figures, rows: t.Sequence[Row]) -> str:
    """Return the table of all goals."""
    return table(["", "at most", "measured", "reached"], [goal.cells(figures, rows) for goal in GOALS])
