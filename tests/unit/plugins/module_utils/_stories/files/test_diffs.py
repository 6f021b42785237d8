# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.diffs import diff_of


@pytest.mark.parametrize(
    ("there", "mode", "wanted", "wanted_mode", "shown"),
    [
        pytest.param(
            b"a\nb\n", 0o644, "a\nc\n", 0o644, ["--- P", "+++ P", "@@ -1,2 +1,2 @@", " a", "-b", "+c"], id="text"
        ),
        pytest.param(None, 0, "a\n", 0o644, ["--- P", "+++ P", "@@ -0,0 +1 @@", "+a"], id="new"),
        pytest.param(b"a\n", 0o644, "a\n", 0o755, ["mode 0644 -> 0755"], id="mode only"),
        pytest.param(b"a\n", 0o644, "a\n", 0o644, [], id="written already, but not loaded"),
        pytest.param(
            b"password\n",
            0o600,
            "another\n",
            0o600,
            ["content not shown, as not everybody may read the file (mode 0600)"],
            id="secret",
        ),
        pytest.param(
            b"password\n",
            0o640,
            "another\n",
            0o644,
            ["mode 0640 -> 0644", "content not shown, as not everybody may read the file (mode 0644)"],
            id="secret until now",
        ),
        pytest.param(
            None,
            0,
            "x\n",
            0o600,
            ["content not shown, as not everybody may read the file (mode 0600)"],
            id="new secret",
        ),
        pytest.param(b"\xff\xfe", 0o644, "a\n", 0o644, ["the file there is not text"], id="not text"),
    ],
)
def test_diff_of_a_file(
    tmp_path: Path, there: bytes | None, mode: int, wanted: str, wanted_mode: int, shown: list[str]
) -> None:
    path = tmp_path / "a.conf"
    if there is not None:
        path.write_bytes(there)
        path.chmod(mode)
    file = HostFile(str(path), wanted, os.getuid(), os.getgid(), wanted_mode, (), "none")
    assert diff_of(SafeFiles(()), file).replace(str(path), "P").splitlines() == shown


def test_a_long_diff_is_cut(tmp_path: Path) -> None:
    file = HostFile(str(tmp_path / "a"), "x\n" * 1000, os.getuid(), os.getgid(), 0o644, (), "none")
    assert diff_of(SafeFiles(()), file).splitlines()[-1] == "and 803 lines more"
