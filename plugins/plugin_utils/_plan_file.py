# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as Markdown, for a merge request: a section for each service that a run plans."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_lines import diff_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, action_of

# Longer than any that a value may hold and be taken for the end.
FENCE = "`" * 8


@dataclass(frozen=True)
class PlanFile(Fact):
    """What this run has planned so far: service -> its section."""

    NAME = "longshore_plan_file"

    sections: dict[str, str] = field(default_factory=dict)

    def with_section(self, path: t.Any, service: str, lines: t.Iterable[str]) -> PlanFile:
        """Write the file anew with one more section; without a path nothing is written."""
        if not path:
            return self
        section = "\n".join([f"## {service}", "", *(printable(line) for line in lines)])
        written = replace(self, sections={**self.sections, service: section})
        try:
            Path(str(path)).expanduser().write_text("\n\n".join(written.sections.values()) + "\n", encoding="utf-8")
        except OSError as error:
            raise Failure(f"plan_file: {path} cannot be written ({error.strerror}). Correct the path.") from error
        return written


def planned_lines(plans: dict[str, Result], notes: t.Iterable[str], full: bool) -> list[str]:
    """Return what is done where, each with what changes as a diff. ``notes``: what else the plan says."""
    hosts_of: dict[tuple[str, ...], list[str]] = {}
    for host, plan in plans.items():
        hosts_of.setdefault((action_of(plan).value, *diff_of(plan, full)), []).append(host)
    lines: list[str] = []
    for (action, *diff), hosts in hosts_of.items():
        what = "nothing to do" if action == Action.NONE.value else action
        lines += [f"**{what}**: {', '.join(hosts)}", ""]
        lines += [f"{FENCE}diff", *diff, FENCE, ""] if diff else []
    return [*lines, *(f"- {note.strip()}" for note in notes)]


def refused_lines(failure: Failure) -> list[str]:
    """Return why there is no plan."""
    return ["**cannot be rolled out**", "", f"{FENCE}text", *str(failure).splitlines(), FENCE]
