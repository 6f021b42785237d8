# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code as an image FROM scratch: the same commit makes the same bytes, whoever packs it and whenever."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Where the code is in the image: a folder of its own, as the engine puts files of its own into the root.
FOLDER = "code"
# The file by which running code knows its release.
RELEASE_FILE = ".release"
LFS = b"version https://git-lfs.github.com/spec/"
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Source:
    """What is packed: ``content`` identifies it, ``version`` is for people, ``time`` is the commit's, in seconds."""

    commit: str
    content: str
    version: str
    time: int


def pack(source: Source, archive: t.IO[bytes], reference: str) -> t.IO[bytes]:
    """Make of git's tar of the commit what ``docker load`` takes, with the image tagged as ``reference``."""
    image = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    with tempfile.TemporaryFile() as layer, tarfile.open(fileobj=image, mode="w") as tar:
        _write_layer(source, archive, layer)
        config = json.dumps(_config(source, _sha256(layer)), sort_keys=True).encode()
        identity = hashlib.sha256(config).hexdigest()
        manifest = [{"Config": f"{identity}.json", "RepoTags": [reference], "Layers": ["layer.tar"]}]
        _add(tar, source, "layer.tar", layer)
        _add(tar, source, f"{identity}.json", io.BytesIO(config))
        _add(tar, source, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
    image.seek(0)
    return image


def _write_layer(source: Source, archive: t.IO[bytes], layer: t.IO[bytes]) -> None:
    """Write git's tar in one form: sorted, owner root, modes 755 and 644, the commit's time; and the release's name."""
    with (
        tarfile.open(fileobj=archive) as found,
        tarfile.open(fileobj=layer, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        tar.addfile(_entry(source, FOLDER, tarfile.DIRTYPE))
        members = {member.name.rstrip("/"): member for member in found.getmembers()}
        members.pop(RELEASE_FILE, None)
        for name, member in sorted(members.items()):
            info = _entry(source, f"{FOLDER}/{name}", member.type, bool(member.mode & 0o100))
            info.linkname, info.size = member.linkname, member.size
            content = found.extractfile(member) if member.isreg() else None
            if content and content.peek(len(LFS)).startswith(LFS):  # type: ignore[attr-defined]
                raise Failure(
                    f"{name} is kept by Git LFS, and only a pointer to it is in the commit. Longshore ships what git"
                    " itself has: keep the file in git, in the image, or in a volume."
                )
            tar.addfile(info, content)
        _add(tar, source, f"{FOLDER}/{RELEASE_FILE}", io.BytesIO(f"{source.version}\n".encode()))
    layer.seek(0)


def _entry(source: Source, name: str, kind: bytes, executable: bool = False) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mtime = kind, source.time
    info.mode = 0o755 if executable or kind == tarfile.DIRTYPE else 0o644
    return info


def _add(tar: tarfile.TarFile, source: Source, name: str, content: t.IO[bytes]) -> None:
    info = _entry(source, name, tarfile.REGTYPE)
    info.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    tar.addfile(info, content)


def _config(source: Source, layer: str) -> dict[str, t.Any]:
    created = datetime.fromtimestamp(source.time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": created,
        "config": {"Labels": {"longshore.commit": source.commit, "longshore.version": source.version}},
        "rootfs": {"type": "layers", "diff_ids": [layer]},
        "history": [{"created": created, "created_by": f"longshore {source.version}"}],
    }


def _sha256(file: t.IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return f"sha256:{digest.hexdigest()}"
