# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_key import make_key, read_key


def test_made_once_and_read_by_every_controller(tmp_path: Path) -> None:
    assert read_key(None, tmp_path) is None
    old = os.umask(0)
    key = make_key(tmp_path)
    os.umask(old)
    assert (key, make_key(tmp_path), read_key(None, tmp_path)) == (key,) * 3
    assert [path.name for path in tmp_path.iterdir()] == ["fleet.key"]
    assert (tmp_path / "fleet.key").stat().st_mode & 0o777 == 0o600


def test_the_variable_wins_over_the_file(tmp_path: Path) -> None:
    make_key(tmp_path)
    assert read_key("v" * 40, tmp_path) == b"v" * 40


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        pytest.param("", 0o600, "is not a valid fleet key; it needs 32 characters", id="empty"),
        pytest.param("short", 0o600, "is not a valid fleet key", id="short"),
        pytest.param("0" * 64, 0o640, "has mode 0640, so others can read the key; run: chmod 600", id="group"),
        pytest.param("0" * 64, 0o604, "has mode 0604", id="others"),
    ],
)
def test_refused(tmp_path: Path, content: str, mode: int, says: str) -> None:
    path = tmp_path / "fleet.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(Failure, match=says):
        read_key(None, tmp_path)


def test_short_variable(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="fleet_key: is not a valid fleet key"):
        read_key("hunter2", tmp_path)


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"fleet\.key: the fleet key.* cannot be written .* set the variable fleet_key"):
        make_key(tmp_path / "nowhere")


@pytest.mark.parametrize("error", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_without_hard_links_too_one_key_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "link", refuse)
    with ThreadPoolExecutor(8) as several:
        keys = set(several.map(make_key, [tmp_path] * 16))
    assert keys == {read_key(None, tmp_path)}
    assert [path.name for path in tmp_path.iterdir()] == ["fleet.key"]
