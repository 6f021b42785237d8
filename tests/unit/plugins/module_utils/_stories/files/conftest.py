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

from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files import stage, write


@pytest.fixture
def host() -> t.Any:
    """Return a host on which no container may write."""
    return types.SimpleNamespace(docker=types.SimpleNamespace(writable_folders=lambda: []))


@pytest.fixture
def wanted() -> t.Callable[[Path], t.Any]:
    """Return what makes a spec with one file at a path, as far as files ask for it."""

    def spec(path: Path) -> t.Any:
        file = HostFile(str(path), "new", os.getuid(), os.getgid(), 0o600, (), "none")
        options = {"volumes": [f"{path.parent}:/etc/web"]}
        container = types.SimpleNamespace(options=options)
        return types.SimpleNamespace(files=(file,), directories=(), code=None, container=container)

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
