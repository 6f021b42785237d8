# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host in folders that containers may write: no symlink that a container has made is followed.

Above such a folder the administrator's symlinks work as usual. In it and below it every step goes from one open folder
to the next without following links, and a new file is created exclusively under a random name before it is renamed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Content, owner, group and mode of a file.
Kept = tuple[bytes, int, int, int]

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# As many symlinks as the kernel follows in one path.
MOST_LINKS = 40
# Bytes that are read of a file: no file of ours has more, as its content travels in a module's arguments.
LARGEST = 16 * 1024 * 1024


def descend(folder: int, names: t.Iterable[str], path: str, make: bool = False) -> int:
    """Open a folder below an open one, without following links; ``make`` creates what is missing, with mode 0755.

    ``path`` is for messages. The caller closes both.
    """
    found = os.dup(folder)
    try:
        for name in names:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=found)
            found = _step(found, name, path)
    except BaseException:
        os.close(found)
        raise
    return found


def _step(folder: int, name: str, path: str) -> int:
    if name == "..":
        raise Failure(f"{path}: .. leads out of a folder that containers may write. Write the path without it.")
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except OSError as error:
        # For a link together with O_DIRECTORY the kernel says ENOTDIR.
        if error.errno in (errno.ELOOP, errno.ENOTDIR) and _is_link(name, folder):
            raise _refused(path, name) from error
        raise
    os.close(folder)
    return inner


def _refused(path: str, name: str) -> Failure:
    return Failure(
        f"{path}: {name} is a symlink in a folder that containers may write, and is not followed: a container may have"
        " made it to reach other files of the host. Look where it leads, and remove it."
    )


def _is_link(name: str, folder: int) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


class SafeFiles:
    """The host's files, where containers may write the folders ``shared`` and what is below them."""

    def __init__(self, shared: t.Iterable[str]) -> None:
        # A container that has all of the host mounted can't be kept from anything.
        self._shared = {os.path.realpath(path) for path in shared} - {"/"}

    @contextlib.contextmanager
    def folder(self, path: str, make: bool = False) -> t.Iterator[int]:
        """Open a folder, as a descriptor; ``make`` creates what is missing."""
        start, rest = self._start(path)
        if make:
            with contextlib.suppress(FileExistsError):
                os.makedirs(start)
        outer = os.open(start, FOLDER)
        try:
            inner = descend(outer, rest, path, make)
        finally:
            os.close(outer)
        try:
            yield inner
        finally:
            os.close(inner)

    def _start(self, path: str) -> tuple[str, list[str]]:
        """Return the outermost shared folder that a path leads into, without links, and the names below it."""
        real, rest, links = "/", _names(path), 0
        while rest and not self._is_shared(real):
            step = os.path.normpath(os.path.join(real, rest.pop(0)))
            if not os.path.islink(step):
                real = step
                continue
            target, links = os.readlink(step), links + 1
            if links > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            real = "/" if target.startswith("/") else real
            rest = [*_names(target), *rest]
        return real, rest

    def _is_shared(self, real: str) -> bool:
        return any(f"{real}/".startswith(f"{shared}/") for shared in self._shared)

    def refuse_links(self, path: str) -> None:
        """Refuse a path to which a symlink of a container leads, also as its last name.

        What is missing is an ``OSError``.
        """
        start, names = self._start(path)
        if not names:
            return
        outer = os.open(start, FOLDER)
        try:
            inner = descend(outer, names[:-1], path)
        finally:
            os.close(outer)
        try:
            if _is_link(names[-1], inner):
                raise _refused(path, names[-1])
        finally:
            os.close(inner)

    def is_folder(self, path: str) -> bool:
        """Tell whether a path is a folder that is reached without a container's link."""
        with contextlib.suppress(OSError, Failure), self.folder(path):
            return True
        return False

    def status(self, path: str) -> os.stat_result | None:
        """Return what is in a place, of a link the link itself; None where there is nothing."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._place(path) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        return None

    def read(self, path: str) -> Kept | None:
        """Return a file's content, owner, group and mode; None where there is none.

        What is no regular file, and one that is larger than any of ours, counts as none.
        """
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._place(path) as (folder, name):
            # Opened as a place first: to open a device or a pipe that a container has made can do harm.
            place = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=folder)
            try:
                about = os.fstat(place)
                if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
                    return None
                with open(f"/proc/self/fd/{place}", "rb") as file:
                    return file.read(LARGEST), about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)
            finally:
                os.close(place)
        return None

    def read_link(self, path: str) -> str:
        """Return where a symlink leads, not followed; empty where there is none."""
        with contextlib.suppress(OSError, Failure), self._place(path) as (folder, name):
            return os.readlink(name, dir_fd=folder)
        return ""

    def write(self, path: str, kept: Kept) -> None:
        """Write a file in one step, so that nobody ever reads half of it."""
        content, owner, group, mode = kept
        with self._place(path) as place, _beside(*place) as new:
            folder, name = place
            create(folder, new, [content], (owner, group), mode)
            os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)

    def link(self, path: str, target: str) -> None:
        """Make a symlink in one step, in the place of another one or of a file."""
        with self._place(path) as place, _beside(*place) as new:
            folder, name = place
            os.symlink(target, new, dir_fd=folder)
            os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)

    def make_folder(self, path: str, owner: int, group: int, mode: int) -> None:
        """Make a folder in one step, and above it those that are missing."""
        parent, name = os.path.split(path.rstrip("/"))
        with self.folder(parent, make=True) as folder, _beside(folder, name) as new:
            os.mkdir(new, 0o700, dir_fd=folder)
            made = os.open(new, FOLDER, dir_fd=folder)
            try:
                os.fchown(made, owner, group)
                os.fchmod(made, mode)
            finally:
                os.close(made)
            os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)

    def hold(self, path: str) -> bool:
        """Create an empty file where there is nothing; tell whether there was nothing."""
        with contextlib.suppress(OSError), self._place(path) as (folder, name):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder))
            return True
        return False

    def remove(self, path: str) -> None:
        """Remove a file or a link, never what it leads to; what is gone is no error."""
        with contextlib.suppress(FileNotFoundError), self._place(path) as (folder, name):
            os.unlink(name, dir_fd=folder)

    @contextlib.contextmanager
    def _place(self, path: str) -> t.Iterator[tuple[int, str]]:
        parent, name = os.path.split(path)
        with self.folder(parent) as folder:
            yield folder, name


def create(folder: int, name: str, content: t.Iterable[bytes], owners: tuple[int, int], mode: int) -> None:
    """Create a file that was not there, in an open folder."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        os.fchown(descriptor, *owners)
        os.fchmod(descriptor, mode)
        file.writelines(content)


def remove_tree(folder: int, name: str) -> None:
    """Remove a name of an open folder and all that is below it, as far as that is possible; follows no link."""
    _discard(folder, name)
    # shutil's own dir_fd came with Python 3.11; this name of the descriptor leads to the folder itself.
    shutil.rmtree(f"/proc/self/fd/{folder}/{name}", ignore_errors=True)


@contextlib.contextmanager
def _beside(folder: int, name: str) -> t.Iterator[str]:
    """Give a name that nobody can foresee, for what is then renamed to ``name``; nothing of it stays."""
    left_by_a_kill = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{16}}\.new")
    for found in filter(left_by_a_kill.fullmatch, os.listdir(folder)):
        _discard(folder, found)
    new = f".{name}.{secrets.token_hex(8)}.new"
    try:
        yield new
    except BaseException:
        _discard(folder, new)
        raise


def _discard(folder: int, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=folder)


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
