# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import placed_files
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.placed import Placed


def placed(path: Path, **options: t.Any) -> Placed:
    defaults = {
        "content": "a",
        "state": "file",
        "owner": "",
        "group": "",
        "mode": "0640",
        "force": True,
        "validate": [],
    }
    return Placed.from_options({**defaults, "path": str(path), **options}, placed_files.ids_of)


def put(wanted: Placed) -> tuple[str, ...]:
    difference = wanted.difference(placed_files.look(wanted))
    if difference:
        placed_files.put(wanted, difference)
    return difference


def test_a_file_comes_with_its_mode_and_stays(tmp_path: Path) -> None:
    wanted = placed(tmp_path / "app.conf")
    assert put(wanted) == ("state",)
    assert ((tmp_path / "app.conf").read_text(), (tmp_path / "app.conf").stat().st_mode & 0o777) == ("a", 0o640)
    assert put(wanted) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["app.conf"]


def test_a_mode_alone_is_set_in_place(tmp_path: Path) -> None:
    put(placed(tmp_path / "app.conf"))
    before = (tmp_path / "app.conf").stat().st_ino
    assert put(placed(tmp_path / "app.conf", mode="0600")) == ("mode",)
    assert (tmp_path / "app.conf").stat().st_ino == before


def test_a_folder_comes_before_what_is_in_it(tmp_path: Path) -> None:
    assert put(placed(tmp_path / "app", state="directory", content=None, mode="0750")) == ("state",)
    assert (tmp_path / "app").stat().st_mode & 0o777 == 0o750


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    (tmp_path / "app.conf").symlink_to(tmp_path / "kept")
    assert put(placed(tmp_path / "app.conf")) == ("state",)
    assert ((tmp_path / "kept").read_text(), (tmp_path / "app.conf").is_symlink()) == ("kept", False)


def test_what_is_refused_is_not_in_its_place(tmp_path: Path) -> None:
    put(placed(tmp_path / "app.conf"))
    with pytest.raises(Failure, match=r"is refused: grep -q a .*app.conf.new ended with 1"):
        put(placed(tmp_path / "app.conf", content="b", validate=["grep", "-q", "a", "%s"]))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["a"]


def test_an_unknown_owner_is_told(tmp_path: Path) -> None:
    wanted = placed(tmp_path / "app.conf", owner="nobody-of-this-name")
    assert wanted.owner is None
    with pytest.raises(Failure, match="no such owner"):
        put(wanted)
