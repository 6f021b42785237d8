# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.plugin_utils._view_plays import STAGES, TELLING, is_told

PLAYBOOKS = Path(__file__).parents[4] / "playbooks"


def task(role: str | None) -> t.Any:
    return SimpleNamespace(_role=role and SimpleNamespace(get_name=lambda: role))


@pytest.mark.parametrize(
    ("name", "tasks", "told"),
    [
        ("Roll", [task("longshore.fleet.service")], True),
        ("Tell what the hosts lack", [SimpleNamespace(_role=None, block=[task("longshore.fleet.docker")])], True),
        ("Roll", [task("acme.own")], False),
        ("Roll", [task(None)], False),
        ("My own play", [task("longshore.fleet.service")], False),
    ],
)
def test_is_told(name: str, tasks: list[t.Any], told: bool) -> None:
    assert is_told(name, tasks) == told


def test_each_play_that_is_named_is_in_a_playbook() -> None:
    plays = {play["name"] for file in PLAYBOOKS.glob("*.yml") for play in yaml.safe_load(file.read_text())}
    assert {*STAGES, *TELLING} <= plays
