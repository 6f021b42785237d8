# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files

# As in /proc/PID/mountinfo (proc(5)).
MOUNTS = """\
22 1 0:20 / / rw,relatime - overlay overlay rw
23 22 0:21 / /srv rw,relatime shared:7 - ext4 /dev/sda rw
24 23 0:22 / /srv/data\\040b rw,relatime shared:9 master:7 - ext4 /dev/sdb rw
25 23 0:23 / /srv/slave rw,relatime master:7 propagate_from:2 - ext4 /dev/sdc rw
26 25 0:24 / /srv/slave rw,relatime - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "has"),
    [
        pytest.param("/opt/a", set(), id="private"),
        pytest.param("/srv", {"shared"}, id="shared"),
        pytest.param("/srv2/a", set(), id="a longer name"),
        pytest.param("/srv/a", {"shared"}, id="below it"),
        pytest.param("/srv/data b/c", {"shared", "master"}, id="both, with a blank"),
        pytest.param("/srv/slave/a", set(), id="the last of two mounts on one path"),
    ],
)
def test_propagation(monkeypatch: pytest.MonkeyPatch, path: str, has: set[str]) -> None:
    monkeypatch.setattr(host_files, "_of_engine", lambda name: MOUNTS if name == "mountinfo" else None)
    assert host_files.propagation(path) == has


def test_propagation_that_cannot_be_told_is_none_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_files, "_of_engine", lambda _name: None)
    assert host_files.propagation("/srv") == {"shared", "master"}


def test_a_folder_without_devices_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert not host_files.is_device(str(tmp_path))
    assert host_files.is_device("/dev/null")
    assert host_files.is_device("/dev")
    assert not host_files.is_device("/nosuch")


@pytest.mark.parametrize(
    ("name", "value"), [("kernel.ostype", "Linux"), ("kernel/ostype", "Linux"), ("kernel.nosuch", None)]
)
def test_sysctl(name: str, value: str | None) -> None:
    assert host_files.sysctl(name) == value
