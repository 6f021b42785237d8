# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file of a service in a folder of the test's own, and the host that it is for."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files import stage, write
from tests.unit.builders import instance_spec


@pytest.fixture
def host() -> t.Any:
    """Return a host on which no container may write."""
    return types.SimpleNamespace(docker=types.SimpleNamespace(writable_folders=lambda: []))


@pytest.fixture
def wanted() -> t.Callable[..., InstanceSpec]:
    """Return what makes a spec with one file at a path."""

    def spec(path: Path, volumes: list[str] | None = None, directories: t.Sequence[Path] = ()) -> InstanceSpec:
        own = {"owner": os.getuid(), "group": os.getgid()}
        return instance_spec(
            container={"volumes": [f"{path.parent}:/etc/web"] if volumes is None else volumes},
            directories=[{"path": str(directory)} for directory in directories],
            files=[{"path": str(path), "content": "new", "mode": "0600", **own}],
        )

    return spec


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the file is to be; what holds its place is the test's own."""
    held = (b"", os.getuid(), os.getgid(), 0o600)
    monkeypatch.setattr(stage, "STAGES", str(tmp_path / "stages"))
    monkeypatch.setattr(stage, "HELD", held)
    monkeypatch.setattr(write, "HELD", held)
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc" / "conf"
