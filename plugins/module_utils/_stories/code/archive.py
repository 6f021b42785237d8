# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code's archive: out of its image, and into a folder of the host that containers may write."""

from __future__ import annotations

import contextlib
import os
import shutil
import tarfile
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import descend
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.artefact import FOLDER

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Code
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Of a mode only this is taken: no setuid, no setgid.
PERMISSIONS = 0o777


@contextlib.contextmanager
def packed(host: Host, code: Code) -> t.Iterator[t.IO[bytes]]:
    """Yield the code's tar, out of its image, by a container that is never started."""
    if not host.docker.image(code.reference):
        host.docker.pull(code.reference)
    container = host.docker.create(image=code.reference, command=["none"], network_disabled=True)
    try:
        with host.docker.packed(container, f"/{FOLDER}") as archive:
            yield archive
    finally:
        host.docker.remove(container)


def extract(archive: t.IO[bytes], folder: int, name: str, code: Code) -> None:
    """Unpack what the archive has in its folder of code as ``name`` of an open folder.

    Everything belongs to the owner that the service file names, with permissions and times as packed. Nothing is
    written through a link, and only files, folders and links are made.
    """
    with tarfile.open(fileobj=archive, mode="r|*") as tar:
        for member in tar:
            parts = member.name.rstrip("/").split("/")
            if parts[0] != FOLDER or not {"", ".", ".."}.isdisjoint(parts) or not _is_known(member):
                raise Failure(
                    f"{code.reference} was not packed by longshore.fleet.code: {member.name} is refused. Only files,"
                    f" folders and symlinks below {FOLDER} are unpacked."
                )
            try:
                _make(tar, member, folder, [name, *parts[1:]], code)
            except FileExistsError as error:
                raise Failure(
                    f"{code.reference} was not packed by longshore.fleet.code: {member.name} is in it twice."
                ) from error


def _is_known(member: tarfile.TarInfo) -> bool:
    return member.isreg() or member.isdir() or member.issym()


def _make(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: int, path: list[str], code: Code) -> None:
    parent = descend(folder, path[:-1], member.name)
    try:
        if member.isreg():
            _make_file(tar, member, parent, path[-1], code)
        elif member.issym():
            os.symlink(member.linkname, path[-1], dir_fd=parent)
            os.chown(path[-1], *code.owners, dir_fd=parent, follow_symlinks=False)
        else:
            # The folder of all is there already, for nobody else until it is whole.
            with contextlib.suppress(FileExistsError):
                os.mkdir(path[-1], 0o700, dir_fd=parent)
            made = descend(parent, path[-1:], member.name)
            try:
                os.fchown(made, *code.owners)
                os.fchmod(made, member.mode & PERMISSIONS)
            finally:
                os.close(made)
    finally:
        os.close(parent)


def _make_file(tar: tarfile.TarFile, member: tarfile.TarInfo, parent: int, name: str, code: Code) -> None:
    content = tar.extractfile(member)
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=parent)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(t.cast(t.IO[bytes], content), file)
        file.flush()
        os.fchown(descriptor, *code.owners)
        os.fchmod(descriptor, member.mode & PERMISSIONS)
        os.utime(descriptor, (member.mtime, member.mtime))
