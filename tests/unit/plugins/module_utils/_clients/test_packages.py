# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.packages import installed, unheld


def test_installed(tmp_path: Path) -> None:
    assert installed(str(tmp_path)) == []
    packages = tmp_path / "lib/python3.11/site-packages"
    for name in ("docker-7.2.0.dist-info", "py_consul-1.8.0.dist-info", "docker"):
        (packages / name).mkdir(parents=True)
    assert installed(str(tmp_path)) == []  # no Python that runs
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text("#!/bin/sh\n")
    (tmp_path / "bin/python").chmod(0o755)
    assert installed(str(tmp_path)) == ["docker==7.2.0", "py-consul==1.8.0"]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("docker.io hold", []),
        ("docker.io install", ["docker.io"]),
        ("docker.io install\nconsul hold", ["docker.io"]),
        ("dpkg-query: no packages found matching docker.io", []),
    ],
)
def test_unheld(output: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dpkg-query").write_text(f"#!/bin/sh\necho '{output}'\n")
    (tmp_path / "dpkg-query").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unheld(["docker.io"]) == expected


def test_where_there_is_no_dpkg_nothing_is_to_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert unheld(["docker.io"]) == []
    assert unheld([]) == []
