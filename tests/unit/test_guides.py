# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides show is what the lab runs: a block that begins with a file's name is a part of that file."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
LAB = REPOSITORY / "inventories/lab"
BLOCK = re.compile(r"^```(?:yaml|ini)\n# ((?:services|images)/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = [
    pytest.param(LAB / name, text, id=f"{guide.name}: {name}")
    for guide in [REPOSITORY / "docs/reload.md"]
    for name, text in BLOCK.findall(guide.read_text(encoding="utf-8"))
]


def is_part(shown: t.Any, whole: t.Any) -> bool:
    """Whether the whole has it: dicts may have more keys."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(value, whole[key]) for key, value in shown.items())
    return bool(shown == whole)


def test_guides_show_files() -> None:
    assert len(SHOWN) >= 6


@pytest.mark.parametrize(("file", "text"), SHOWN)
def test_what_a_guide_shows_is_what_runs(file: Path, text: str) -> None:
    whole = file.read_text(encoding="utf-8")
    if file.suffix == ".yml":
        assert is_part(yaml.safe_load(text), yaml.safe_load(whole))
    else:
        assert [line for line in text.splitlines() if line not in whole.splitlines()] == []
