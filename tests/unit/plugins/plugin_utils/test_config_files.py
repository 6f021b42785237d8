# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.plugin_utils._config_files import config_files, unseen_layers

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


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("old", id="prefix"),
        pytest.param("common@dc2", id="layer whose name is near another's"),
        pytest.param("common@group:left", id="group that has left the inventory"),
        pytest.param("common@node:node2.example", id="node"),
        pytest.param("teams/old", id="beside another file in a folder"),
        pytest.param("team", id="beginning of another name"),
    ],
)
def test_keys_of_a_deleted_file_are_planned_away(folder: Path, name: str) -> None:
    *files, gone = config_files(folder, DataLoader().load_from_file, {name: "absent"}, ["web"])
    assert len(files) == len(FILES)
    assert gone.to_result() == {
        "name": name,
        "path": str(folder / f"{name}.yml"),
        "data": {},
        "purge": True,
        "overwrite": True,
    }


def test_layers_outlive_the_prefix_that_was_removed(tmp_path: Path) -> None:
    (tmp_path / "common@dc1.yml").write_text("timezone: CET", encoding="utf-8")
    layer, gone = config_files(tmp_path, DataLoader().load_from_file, {"common": "absent"}, [])
    assert (layer.name, layer.manage, gone.name, gone.manage) == ("common@dc1", "listed", "common", "absent")


@pytest.mark.parametrize(
    "manage",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"common": "listed", "web": "seed"}, id="nothing is expected to be removed"),
        pytest.param({"common@dc1": "all"}, id="a layer has no layers"),
    ],
)
def test_no_layers_that_are_not_seen(manage: dict[str, t.Any]) -> None:
    assert unseen_layers(manage) is None


def test_layers_that_are_not_seen_are_said() -> None:
    warning = str(unseen_layers({"web": "all", "common": "all", "other": "seed"}))
    assert "all for common, web, whose layers" in warning
    assert "common@DATACENTER: absent" in warning
