# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as Markdown."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_file import (
    FENCE,
    PlanFile,
    planned_lines,
    refused_lines,
)

CHANGES: list[dict[str, t.Any]] = [
    {"key": "image", "before": "c-1", "after": "c-2"},
    {"key": "environment.A", "before": None, "after": "```\n# no heading"},
    {"key": "files./srv/a", "before": "1", "after": "2", "diff": "-a\n+b"},
]
REPLACE = {"action": "replace", "changes": CHANGES}
CREATE = {"action": "create", "changes": CHANGES[:1]}


@pytest.mark.parametrize(
    ("plans", "full", "lines"),
    [
        pytest.param({"web1": {"action": "none"}}, True, ["**nothing to do**: web1", ""], id="nothing"),
        pytest.param({"web1": CREATE}, False, ["**create**: web1", ""], id="a new container needs no reason"),
        pytest.param(
            {"web1": REPLACE, "web2": REPLACE},
            False,
            [
                "**replace**: web1, web2",
                "",
                f"{FENCE}diff",
                "- image: c-1",
                "+ image: c-2",
                '+ environment.A: "```\\n# no heading"',
                "! files./srv/a: changed",
                FENCE,
                "",
            ],
            id="a diff",
        ),
        pytest.param(
            {"web1": {"action": "update", "changes": CHANGES[2:]}},
            True,
            ["**update**: web1", "", f"{FENCE}diff", "! files./srv/a: changed", "-a", "+b", FENCE, ""],
            id="the lines of a file where they are asked for",
        ),
    ],
)
def test_planned(plans: dict[str, t.Any], full: bool, lines: list[str]) -> None:
    assert planned_lines(plans, ["In batches: web1"], full) == [*lines, "- In batches: web1"]


def test_each_service_of_a_run_has_a_section(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    path.write_text("of an earlier run", encoding="utf-8")
    first = PlanFile().with_section(path, "db", ["**create**: db1"])
    second = PlanFile.from_facts(first.to_facts()).with_section(str(path), "web", refused_lines(Failure("a\x1b\nb")))
    assert list(second.sections) == ["db", "web"]
    refused = f"## web\n\n**cannot be rolled out**\n\n{FENCE}text\na\\x1b\nb\n{FENCE}\n"
    assert path.read_text(encoding="utf-8") == f"## db\n\n**create**: db1\n\n{refused}"


def test_without_a_path_nothing_is_written() -> None:
    assert PlanFile().with_section(None, "web", ["x"]) == PlanFile()


def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"^plan_file: .* cannot be written \(No such file or directory\)\. Correct"):
        PlanFile().with_section(tmp_path / "no/plan.md", "web", [])
