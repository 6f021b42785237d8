# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.plugin_utils.config_files import config_files

FILES = {
    "common.yml": "timezone: UTC",
    "common@dc1.yml": "timezone: CET",
    "common@group:web.yml": "{}",
    "common@node:node1.example.yml": "port: 80",
    "teams/search.yml": "opts: '{{ not a template }}'",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_file_is_a_prefix(folder: Path) -> None:
    found = config_files(folder, DataLoader().load_from_file, {}, ["web"])
    assert {file.name: file.data for file in found} == {
        "common": {"timezone": "UTC"},
        "common@dc1": {"timezone": "CET"},
        "common@group:web": {},
        "common@node:node1.example": {"port": 80},
        "teams/search": {"opts": "{{ not a template }}"},
    }


@pytest.mark.parametrize(
    ("manage", "name", "purge", "overwrite"),
    [
        pytest.param({}, "common", False, True, id="listed unless said otherwise"),
        pytest.param({"common": "listed"}, "common", False, True, id="listed"),
        pytest.param({"common": "all"}, "common", True, True, id="all"),
        pytest.param({"common": "seed"}, "common", False, False, id="seed"),
        pytest.param({"common": "seed"}, "common@dc1", False, False, id="holds for layers"),
        pytest.param({"common": "seed", "common@dc1": "all"}, "common@dc1", True, True, id="a layer's own"),
        pytest.param({"common": "all"}, "teams/search", False, True, id="others"),
    ],
)
def test_who_wins(folder: Path, manage: dict[str, t.Any], name: str, purge: bool, overwrite: bool) -> None:
    found = config_files(folder, DataLoader().load_from_file, manage, ["web"])
    (result,) = (file.to_result() for file in found if file.name == name)
    assert (result["purge"], result["overwrite"]) == (purge, overwrite)
