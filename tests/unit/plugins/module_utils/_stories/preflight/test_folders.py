# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.folders import impossible_folders
from tests.unit.builders import instance_spec


def wanted(root: Path, directories: list[str], files: list[str]) -> InstanceSpec:
    return instance_spec(
        directories=[{"path": f"{root}/{path}"} for path in directories],
        files=[{"path": f"{root}/{path}", "content": "x"} for path in files],
    )


@pytest.mark.parametrize(
    ("directories", "files", "said"),
    [
        pytest.param([], ["there/x"], None, id="folder that is there"),
        pytest.param(["new"], ["new/x"], None, id="folder that is made"),
        pytest.param(["new/deep"], ["new/x"], None, id="folder on the way to one that is made"),
        pytest.param(["new/"], ["new/x"], None, id="slash at the end"),
        pytest.param(["a/b/c"], [], None, id="folders above are made"),
        pytest.param([], ["missing/x"], "service_files: the folder of ROOT/missing/x is not there", id="missing"),
        pytest.param(["new"], ["new/sub/x"], "the folder of ROOT/new/sub/x is not there", id="below one that is made"),
        pytest.param(["news"], ["new/x"], "the folder of ROOT/new/x is not there", id="name that only begins alike"),
        pytest.param(["file/x"], [], "service_directories: ROOT/file/x cannot be made on this host", id="file"),
        pytest.param(["file"], [], "ROOT/file cannot be made on this host, as ROOT/file is a file", id="itself"),
        pytest.param(["file/a/b"], [], "as ROOT/file is a file; correct the path", id="file further up"),
        pytest.param([], ["file/x"], "service_files: ROOT/file/x cannot be written here", id="file's folder"),
    ],
)
def test_folders(tmp_path: Path, directories: list[str], files: list[str], said: str | None) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    problems = [p.replace(str(tmp_path), "ROOT") for p in impossible_folders(wanted(tmp_path, directories, files))]
    assert len(problems) == bool(said)
    assert said is None or said in problems[0]
