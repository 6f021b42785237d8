# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The count that closes `make test`."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tests/stages.py, with results of its own and quiet."""
    spec = importlib.util.spec_from_file_location("stages", Path(__file__).parents[1] / "stages.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("tests/stages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setenv("CAPTURE", "1")
    return module


def junit(*outcomes: str) -> str:
    """Return a command that leaves a report with a case for each outcome: passed, or the name of the element in it."""
    cases = "".join(f"<testcase>{'' if o == 'passed' else f'<{o}/>'}</testcase>" for o in outcomes)
    return f"echo '<testsuites><testsuite>{cases}</testsuite></testsuites>' >$JUNIT_OUTPUT_DIR/report.xml"


@pytest.mark.parametrize(
    ("command", "counts"),
    [
        pytest.param("true", {"passed": 1}, id="a command that succeeds is one case"),
        pytest.param("false", {"failed": 1}, id="a command that fails is one case"),
        pytest.param(junit("passed", "passed", "skipped"), {"passed": 2, "skipped": 1}, id="a report is counted"),
        pytest.param(junit("passed", "failure", "error"), {"passed": 1, "failed": 2}, id="failures of a report"),
        pytest.param(junit("passed") + "; false", {"passed": 1, "failed": 1}, id="failed, and its report hides it"),
        pytest.param(junit("failure"), {"failed": 1}, id="succeeded, and its report tells of a failure"),
    ],
)
def test_counts_of_a_command(stages: ModuleType, tmp_path: Path, command: str, counts: dict[str, int]) -> None:
    assert stages.run_stage("lint", [command]) is ("failed" not in counts)
    left = json.loads((tmp_path / "lint.json").read_text(encoding="utf-8"))
    assert {name: count for name, count in left.items() if name != "seconds" and count} == counts


def test_a_failed_command_hides_no_other(stages: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert not stages.run_stage("lint", ["false", "true"])
    assert stages.run_stage("unit", [junit("passed", "skipped")])
    assert not stages.sum_stages(["lint", "unit"])
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"


def test_a_stage_that_never_ran_has_failed(stages: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    stages.run_stage("lint", ["true"])
    assert not stages.sum_stages(["lint", "sanity"])
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 1 failed"


def test_reports_are_shown_at_the_end(stages: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    stages.run_stage("benchmark-quick", ["echo 'nothing to do: 2.5 s' >$JUNIT_OUTPUT_DIR/report.md"])
    assert stages.sum_stages(["benchmark-quick"])
    shown = capsys.readouterr().out.splitlines()
    assert "nothing to do: 2.5 s" in shown
    assert shown[-1] == "1 passed, 0 failed"


def test_the_slowest_cases_are_listed(stages: ModuleType, tmp_path: Path) -> None:
    report = "<testsuites><testsuite>{}</testsuite></testsuites>"
    for number, times in enumerate([(0.5, 12.0), (3.25,)]):
        cases = "".join(f'<testcase name="case of {seconds} s" time="{seconds}"/>' for seconds in times)
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "report.xml").write_text(report.format(cases), encoding="utf-8")
    assert stages.slowest_of(tmp_path, 2) == [(12.0, "case of 12.0 s"), (3.25, "case of 3.25 s")]
