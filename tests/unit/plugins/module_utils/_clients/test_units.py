# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.units import idle_units

RUNS = "ActiveState=active\nUnitFileState=enabled\n"
ENDS_WITH_A_BOOT = "ActiveState=active\nUnitFileState=disabled\n"
IS_DOWN = "UnitFileState=enabled\nActiveState=failed\n"
IS_NONE = "ActiveState=inactive\nUnitFileState=\n"


@pytest.mark.parametrize(
    ("states", "idle"),
    [
        ([RUNS], []),
        ([RUNS, RUNS], []),
        ([ENDS_WITH_A_BOOT, RUNS], ["unit0"]),
        ([RUNS, IS_DOWN, IS_NONE], ["unit1", "unit2"]),
        ([IS_NONE], ["unit0"]),
    ],
)
def test_idle_units(states: list[str], idle: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = "\n".join(states)
    (tmp_path / "systemctl").write_text(f"#!/bin/sh\n/bin/cat <<'END'\n{output}END\n")
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert idle_units([f"unit{number}" for number in range(len(states))]) == idle


def test_without_systemd_none_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert idle_units(["one", "two"]) == ["one", "two"]
