# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a tree of git as a tar, their bytes as they are in the repository.

``git archive`` would run the filters of the machine, change line ends, put names of its branches into files
(export-subst), and take attributes from the machine's settings: the same commit, other bytes.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.git_command import Git

EXECUTABLE = "100755"
LINK = "120000"
ATTRIBUTES = ".gitattributes"


class Blob(t.NamedTuple):
    """One file of a tree: its mode as git writes it, the name of its content, its path."""

    mode: str
    name: str
    path: str

    @classmethod
    def from_line(cls, line: str) -> Blob:
        """Read a line of ``git ls-tree``."""
        about, _tab, path = line.partition("\t")
        mode, _kind, name = about.split()
        return cls(mode, name, path)


def write_archive(git: Git, tree: str, blobs: list[Blob]) -> t.IO[bytes]:
    """Return a tar of the blobs that are not left out by export-ignore; the caller closes it."""
    left_out = _left_out(git, tree, blobs)
    kept = [blob for blob in blobs if not left_out.intersection((blob.path, *_folders(blob.path)))]
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder in sorted({folder for blob in kept for folder in _folders(blob.path)}):
            info = tarfile.TarInfo(folder.rstrip("/"))
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for blob, size, content in _contents(git, kept):
            info = tarfile.TarInfo(blob.path)
            info.mode = 0o755 if blob.mode == EXECUTABLE else 0o644
            if blob.mode == LINK:
                info.type, info.linkname = tarfile.SYMTYPE, os.fsdecode(content.read(size))
            else:
                info.size = size
            tar.addfile(info, content)
    file.seek(0)
    return file


def _folders(path: str) -> list[str]:
    """Return the folders above a path, with the slash by which git knows a folder."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: end + 1]) + "/" for end in range(len(parts))]


def _contents(git: Git, blobs: list[Blob]) -> t.Iterator[tuple[Blob, int, t.IO[bytes]]]:
    """Give each blob with its size and a stream from which just that many bytes are to be read."""
    with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as contents:
        names.write("".join(f"{blob.name}\n" for blob in blobs).encode())
        names.seek(0)
        git("cat-file", "--batch", given=names, output=contents)
        contents.seek(0)
        for blob in blobs:
            answer = contents.readline().split()
            if len(answer) != 3:
                raise Failure(
                    f"repository: {git.where} lacks the content of {blob.path} ({blob.name}). Repair it (git fsck)."
                )
            start, size = contents.tell(), int(answer[2])
            yield blob, size, contents
            contents.seek(start + size + 1)


def _left_out(git: Git, tree: str, blobs: list[Blob]) -> set[str]:
    """Return the files and folders that the tree's own .gitattributes leave out of archives.

    Asked in a repository without settings of its own that sees the objects of the real one.
    """
    if not any(blob.path.rpartition("/")[2] == ATTRIBUTES for blob in blobs):
        return set()
    paths = {path for blob in blobs for path in (blob.path, *_folders(blob.path))}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as asked:
        bare = f"{folder}/attributes.git"
        form, objects = git("rev-parse", "--show-object-format"), git("rev-parse", "--git-path", "objects")
        git("init", "--quiet", "--bare", "--template=", f"--object-format={form}", bare, environment={"GIT_DIR": bare})
        alone = {
            "GIT_DIR": bare,
            "GIT_OBJECT_DIRECTORY": os.path.abspath(os.path.join(git.folder, objects)),
            "GIT_INDEX_FILE": f"{folder}/index",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        asked.write("".join(f"{path}\0" for path in sorted(paths)).encode(errors="surrogateescape"))
        asked.seek(0)
        git("read-tree", tree, environment=alone)
        attributes = git(
            "-c",
            f"core.attributesFile={os.devnull}",
            "check-attr",
            "--cached",
            "--stdin",
            "-z",
            "export-ignore",
            given=asked,
            environment=alone,
        ).split("\0")
    return {path for path, value in zip(attributes[::3], attributes[2::3]) if value == "set"}
