# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's directories: made whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import make_directories
from tests.unit.builders import instance_spec

HOST = t.cast(t.Any, SimpleNamespace(docker=SimpleNamespace(writable_folders=lambda: [])))


def wanted(*paths: Path, volumes: t.Sequence[str] = ()) -> InstanceSpec:
    own = {"owner": os.getuid(), "group": os.getgid(), "mode": "2710"}
    directories = [{"path": f"{path}/", **own} for path in paths]
    return instance_spec(directories=directories, container={"volumes": list(volumes)})


def test_missing_ones_are_made_with_their_parents_and_others_are_left_alone(tmp_path: Path) -> None:
    there, missing = tmp_path / "there", tmp_path / "parent" / "missing"
    there.mkdir(mode=0o755)
    make_directories(HOST, wanted(there, missing))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (there, missing)] == [0o755, 0o2710]
    assert os.listdir(missing.parent) == ["missing"]


def test_killed_before_owner_and_mode_were_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: t.Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fchown", killed)
        with pytest.raises(KeyboardInterrupt):
            make_directories(HOST, wanted(tmp_path / "data"))
    make_directories(HOST, wanted(tmp_path / "data"))
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o2710
    assert os.listdir(tmp_path) == ["data"]


@pytest.mark.parametrize(("path", "reason"), [("file", "Not a directory"), ("file/below", "Not a directory")])
def test_what_is_in_the_way_is_told(tmp_path: Path, path: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match=rf"^service_directories: {tmp_path}/{path}/ cannot be made \({reason}\)\."):
        make_directories(HOST, wanted(tmp_path / path))


@pytest.mark.parametrize("planted", [".data.new", "data"])
def test_folder_of_the_host_behind_a_link_is_left_alone(tmp_path: Path, planted: str) -> None:
    shared, victim = tmp_path / "shared", tmp_path / "host"
    shared.mkdir()
    victim.mkdir(mode=0o700)
    (shared / planted).symlink_to(victim)
    with contextlib.suppress(Failure) if planted == "data" else contextlib.nullcontext():
        make_directories(HOST, wanted(shared / "data", volumes=[f"{shared}:/data"]))
    assert stat.S_IMODE(victim.stat().st_mode) == 0o700
