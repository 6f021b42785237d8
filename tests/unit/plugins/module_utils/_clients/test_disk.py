# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a disk that an engine has found full."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import disk

NO_ROOM = "no space left on device"


def test_the_file_system_of_what_could_not_be_written(tmp_path: Path) -> None:
    said = disk.full(f"write {tmp_path}/tmp/GetImageBlob1: {NO_ROOM}", str(tmp_path))
    assert f"where {tmp_path} is, " in said  # of tmp/, which is gone, the folder above it
    assert " are free by now, which is too little. Make room (docker system prune -a" in said
    assert said.endswith(f"or give {tmp_path} a larger disk.")


def test_a_path_inside_of_an_image_says_nothing(tmp_path: Path) -> None:
    said = disk.full(f"failed to register layer: write /usr/bin/x: {NO_ROOM}", str(tmp_path))
    assert f"where {tmp_path} is, " in said


@pytest.mark.parametrize(
    ("said", "full"),
    [
        (f"write /a: {NO_ROOM}", True),
        ("tar: x: Cannot write: No space left on device", True),
        ("manifest unknown", False),
    ],
)
def test_whether_it_is_about_room(said: str, full: bool) -> None:
    assert disk.is_full(said) is full


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 KB"), (65536, "64 KB"), (3 << 19, "1.5 MB"), (5 << 30, "5 GB"), (7 << 40, "7168 GB")]
)
def test_sizes_as_people_read_them(size: int, shown: str) -> None:
    assert disk._shown(size) == shown
