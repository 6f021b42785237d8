# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair import unit
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.repair import Repaired

WELL, MENDED, DRIFT = (Repaired(state, state, "web", [f"it is {state}"]) for state in ("well", "mended", "drift"))
LOCKED, FAILED, UNKNOWN = (Repaired(state, state, what=["a", "b"]) for state in ("locked", "failed", "unknown"))


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ([], 0),
        ([WELL], 0),
        ([WELL, MENDED], 0),
        ([MENDED, DRIFT], 1),
        ([FAILED], 1),
        ([UNKNOWN], 1),
        ([DRIFT, LOCKED], 75),
    ],
)
def test_the_exit_code_tells_what_is_left(told: list[Repaired], code: int) -> None:
    assert unit.exit_code(told) == code


def test_the_journal_hears_of_what_is_not_well() -> None:
    assert list(unit.lines_of([WELL, MENDED, LOCKED])) == ["mended: mended: it is mended", "locked: locked: a; b"]


@pytest.fixture
def settings(tmp_path: Path) -> str:
    file = tmp_path / "repair.json"
    file.write_text(json.dumps({"mode": "report"}), encoding="utf-8")
    return str(file)


def test_report_only_looks(monkeypatch: pytest.MonkeyPatch, settings: str, tmp_path: Path) -> None:
    asked: list[t.Any] = []
    monkeypatch.setattr(unit, "LIBRARY", tmp_path)
    monkeypatch.setattr(unit, "repair", lambda options, check: asked.append((options, check)) or [WELL])
    assert unit.main(settings) == 0
    assert asked == [({"mode": "report"}, True)]


def test_off_does_nothing(monkeypatch: pytest.MonkeyPatch, settings: str, tmp_path: Path) -> None:
    asked: list[t.Any] = []
    Path(settings).write_text(json.dumps({"mode": "off"}), encoding="utf-8")
    monkeypatch.setattr(unit, "LIBRARY", tmp_path)
    monkeypatch.setattr(unit, "repair", lambda *options, **_more: asked.append(options))
    assert unit.main(settings) == 0
    assert asked == []


def test_a_host_that_cannot_be_looked_at_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, settings: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_options: t.Any, **_check: bool) -> list[Repaired]:
        raise Failure("Consul has no leader")

    monkeypatch.setattr(unit, "LIBRARY", tmp_path)
    monkeypatch.setattr(unit, "repair", fail)
    assert unit.main(settings) == 75
    assert capsys.readouterr().out == "Consul has no leader\n"
