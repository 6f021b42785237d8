# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_folder import (
    EXAMPLE_FILES,
    FILES,
    SOURCE,
    NewFile,
    inventory_of,
    missing,
    write,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._new_fleet import MARKER, NewFleet, NewHost

HOSTS = (NewHost("shop1", "10.0.0.1", "root"), NewHost("shop2", "2001:db8::1", "yes", 22))


def fleet_in(folder: Path) -> NewFleet:
    return NewFleet("shop", folder, HOSTS)


def test_each_source_is_written_somewhere() -> None:
    assert sorted(FILES.values()) == sorted(path.name for path in SOURCE.iterdir())


def test_the_inventory_has_what_the_hosts_have(tmp_path: Path) -> None:
    inventory = yaml.safe_load(inventory_of(fleet_in(tmp_path)))
    assert inventory == {
        "all": {"hosts": {host.name: host.variables() for host in HOSTS}},
        "consul_servers": {"hosts": {"shop1": None}},
    }


def test_an_empty_folder_lacks_all(tmp_path: Path) -> None:
    files = missing(fleet_in(tmp_path / "shop"))
    assert [file.name for file in files] == [*FILES, "hosts.yml"]
    assert files[0].name == MARKER


def test_what_was_written_is_not_missing(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path / "shop")
    write(missing(fleet), fleet.folder)
    assert missing(fleet) == []
    assert os.access(fleet.folder / "fleet", os.X_OK)
    assert not os.access(fleet.folder / "site.yml", os.X_OK)


@pytest.mark.parametrize("name", [*FILES, "hosts.yml"])
def test_one_that_is_missing_is_the_only_one(name: str, tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)
    write(missing(fleet), fleet.folder)
    (tmp_path / name).unlink()
    assert [file.name for file in missing(fleet)] == [name]


@pytest.mark.parametrize("name", EXAMPLE_FILES)
def test_an_example_is_not_missed_beside_others(name: str, tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)
    write(missing(fleet), fleet.folder)
    (tmp_path / name).rename((tmp_path / name).with_name("own.yml"))
    assert missing(fleet) == []


def test_a_symlink_is_there_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").symlink_to("nowhere")
    assert "ansible.cfg" not in [file.name for file in missing(fleet_in(tmp_path))]


def test_a_file_that_has_come_meanwhile_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("own", encoding="utf-8")
    with pytest.raises(Failure, match=r"site.yml could not be written \(File exists\)"):
        write([NewFile("site.yml", "ours")], tmp_path)
    assert (tmp_path / "site.yml").read_text(encoding="utf-8") == "own"


def test_the_difference_is_the_whole_file() -> None:
    assert NewFile("a", "b\n").diff() == {"before": "", "after": "b\n", "after_header": "a"}
