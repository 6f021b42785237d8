# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A build context: the files that go to the builder, as they count and as they travel."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure


@dataclass(frozen=True)
class Entry:
    """One path of the context. ``content`` is a file's SHA-256, a link's target, or empty for a directory.

    Of the mode only the executable bit counts, because git keeps no more: every clone has the same entries.
    """

    path: str
    kind: str
    content: str
    executable: bool

    @classmethod
    def read(cls, root: Path, path: str) -> Entry | None:
        """The entry at ``root/path``, or None for what no image can hold: sockets, pipes and devices."""
        full = root / path
        try:
            mode = full.lstat().st_mode
            if stat.S_ISLNK(mode):
                return cls(path, "link", os.readlink(full), False)
            if stat.S_ISDIR(mode):
                return cls(path, "directory", "", False)
            if stat.S_ISREG(mode):
                with full.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                return cls(path, "file", digest, bool(mode & stat.S_IXUSR))
        except OSError as error:
            raise Failure(
                f"The build context {root} cannot be read at {path} ({error.strerror})."
                " Make it readable, or list it in .dockerignore."
            ) from error
        return None


@dataclass(frozen=True)
class Context:
    """The entries of a folder that a build gets, sorted by path."""

    root: Path
    entries: tuple[Entry, ...]
    others: t.Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, paths: t.Iterable[str], others: t.Mapping[str, bytes] | None = None) -> Context:
        """Reads ``paths`` (relative to ``root``), all content included: 60 MB take about 0.05 s.

        ``others``: files from elsewhere, path to content; they take the place of those of the folder.
        """
        others = others or {}
        entries = [Entry.read(root, path) for path in paths if path not in others]
        entries += [Entry(path, "file", hashlib.sha256(text).hexdigest(), False) for path, text in others.items()]
        return cls(root, tuple(sorted((e for e in entries if e), key=lambda entry: entry.path)), others)

    def to_tar(self, file: t.IO[bytes]) -> None:
        """Writes the context as the engine takes it, and rewinds ``file``.

        Owner root, modes 755 and 644, so that what does not count does not travel either; times as on disk.
        """
        try:
            with tarfile.open(fileobj=file, mode="w") as tar:
                for entry in self.entries:
                    self._add(tar, entry)
        except OSError as error:
            raise Failure(f"The build context {self.root} cannot be packed ({error}).") from error
        file.seek(0)
        if Context.read(self.root, (entry.path for entry in self.entries), self.others) != self:
            raise Failure(f"The build context {self.root} changed while it was read. Run again.")

    def _add(self, tar: tarfile.TarFile, entry: Entry) -> None:
        info = tarfile.TarInfo(entry.path)
        if entry.path in self.others:
            info.size, info.mode = len(self.others[entry.path]), 0o644
            tar.addfile(info, io.BytesIO(self.others[entry.path]))
            return
        full = self.root / entry.path
        info.mtime = int(full.lstat().st_mtime)
        info.mode = 0o755 if entry.executable or entry.kind == "directory" else 0o644
        if entry.kind == "file":
            with full.open("rb") as content:
                info.size = os.fstat(content.fileno()).st_size
                tar.addfile(info, content)
            return
        info.type = tarfile.DIRTYPE if entry.kind == "directory" else tarfile.SYMTYPE
        info.linkname = entry.content
        tar.addfile(info)
