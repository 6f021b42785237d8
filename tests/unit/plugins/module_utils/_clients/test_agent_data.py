# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent_data import registered_services
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


def keep(folder: Path, name: str, identity: str) -> None:
    (folder / "services").mkdir(exist_ok=True)
    kept = {"Token": "swordfish", "Service": {"ID": identity, "Service": "web"}}
    (folder / "services" / name).write_text(json.dumps(kept), encoding="utf-8")


def test_what_is_registered_is_sorted_and_half_written_files_are_left_out(tmp_path: Path) -> None:
    keep(tmp_path, "1", "web-2")
    keep(tmp_path, "2", "web-1")
    (tmp_path / "services/3.tmp").write_text("{", encoding="utf-8")
    assert [service.identity for service in registered_services(str(tmp_path))] == ["web-1", "web-2"]


def test_an_agent_without_registrations_has_none(tmp_path: Path) -> None:
    assert registered_services(str(tmp_path)) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        Failure, match=r"data of the Consul agent at .*/gone cannot be read .*Name the agent's data_dir"
    ):
        registered_services(str(tmp_path / "gone"))
