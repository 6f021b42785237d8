# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same code makes the same bytes, however git has packed it."""

from __future__ import annotations

import io
import json
import tarfile
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.artefact import Source, pack

SOURCE = Source("c" * 40, "c" * 40, "c" * 12, 1_700_000_000)


def archive(*entries: tuple[str, str, int, int]) -> io.BytesIO:
    """As git makes it, of (name, content, mode, time)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, mode, when in entries:
            info = tarfile.TarInfo(name)
            info.mode, info.mtime, info.uid = mode, when, 1000
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
    file.seek(0)
    return file


def packed(*entries: tuple[str, str, int, int]) -> dict[str, t.Any]:
    """Return the packed image: its files, and the layer's entries by name."""
    with pack(SOURCE, archive(*entries), "registry/web-code:c") as image, tarfile.open(fileobj=image) as tar:
        files = {member.name: t.cast(t.IO[bytes], tar.extractfile(member)).read() for member in tar.getmembers()}
    layer = tarfile.open(fileobj=io.BytesIO(files["layer.tar"]))  # noqa: SIM115 (in memory)
    return {"files": files, "layer": {member.name: member for member in layer}, "tar": layer}


FILES = (("a/", "", 0o775, 1), ("a/run", "x", 0o775, 1), ("b", "y", 0o664, 1))


def test_same_bytes() -> None:
    other = (("b", "y", 0o600, 9), ("a/", "", 0o700, 9), ("a/run", "x", 0o700, 9))
    assert packed(*FILES)["files"] == packed(*other)["files"]
    assert packed(*FILES)["files"] != packed(*FILES[:2])["files"]


def test_layer() -> None:
    layer = packed(*FILES)["layer"]
    assert list(layer) == ["code", "code/a", "code/a/run", "code/b", "code/.release"]
    assert [member.mode for member in layer.values()] == [0o755, 0o755, 0o755, 0o644, 0o644]
    assert {(member.uid, member.gid, member.mtime) for member in layer.values()} == {(0, 0, SOURCE.time)}


def test_release_is_ours() -> None:
    made = packed((".release", "somebody else's", 0o644, 1))
    assert made["tar"].extractfile("code/.release").read() == b"cccccccccccc\n"


def test_manifest_names_what_is_there() -> None:
    files = packed(*FILES)["files"]
    manifest = json.loads(files["manifest.json"])[0]
    assert manifest["RepoTags"] == ["registry/web-code:c"]
    assert set(files) == {manifest["Config"], *manifest["Layers"], "manifest.json"}
    assert json.loads(files[manifest["Config"]])["created"] == "2023-11-14T22:13:20Z"


def test_pointers_are_no_files() -> None:
    with pytest.raises(Failure, match="large is kept by Git LFS"):
        packed(("large", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 0o644, 1))
