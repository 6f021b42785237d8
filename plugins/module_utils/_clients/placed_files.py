# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders of the host itself, in places where nobody but root may write."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.placed import (
    DIRECTORY,
    FILE,
    MISSING,
    NEW_FILE,
    OTHER,
    Placed,
    Seen,
)

# Seconds that a validation may take.
VALIDATION = 60.0


def ids_of(owner: str, group: str) -> tuple[int | None, int | None]:
    """Return the numbers of a user and a group by their names, empty for those who run this; None for unknown ones."""
    user_id: int | None = os.geteuid()
    group_id: int | None = os.getegid()
    with contextlib.suppress(KeyError):
        user_id = pwd.getpwnam(owner).pw_uid if owner else user_id
        owner = ""
    with contextlib.suppress(KeyError):
        group_id = grp.getgrnam(group).gr_gid if group else group_id
        group = ""
    return None if owner else user_id, None if group else group_id


def look(wanted: Placed) -> Seen:
    """Return what is in the place. A link to a folder is that folder; one to a file is not that file."""
    try:
        found = os.stat(wanted.path) if wanted.kind == DIRECTORY else os.lstat(wanted.path)
    except FileNotFoundError:
        return Seen(MISSING)
    if stat.S_ISDIR(found.st_mode):
        return Seen(DIRECTORY, b"", found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))
    if not stat.S_ISREG(found.st_mode):
        return Seen(OTHER)
    content = b""
    if wanted.kind == FILE and wanted.force:
        with open(wanted.path, "rb") as file:
            content = file.read()
    return Seen(FILE, content, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def put(wanted: Placed, difference: tuple[str, ...]) -> None:
    """Make the place as it is wanted. A file's new content comes in one step, once ``validate`` has accepted it."""
    if wanted.owner is None or wanted.group is None:
        raise Failure(f"{wanted.path}: this host has no such owner or group. Make them first.")
    if wanted.kind == FILE and {"state", "content"} & set(difference):
        _replace(wanted, wanted.owner, wanted.group)
        return
    if "state" in difference:
        os.mkdir(wanted.path, 0o700)
    os.chown(wanted.path, wanted.owner, wanted.group)
    os.chmod(wanted.path, wanted.mode)


def _replace(wanted: Placed, owner: int, group: int) -> None:
    new = f"{wanted.path}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            os.fchown(file.fileno(), owner, group)
            os.fchmod(file.fileno(), wanted.mode)
            file.write(wanted.content)
            file.flush()
            os.fsync(file.fileno())
        _validate(wanted, new)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        raise
    os.rename(new, wanted.path)


def _validate(wanted: Placed, new: str) -> None:
    command = [word.replace(NEW_FILE, new) for word in wanted.validate]
    if not command:
        return
    code, output = run_within(command, os.environ, VALIDATION)
    if code:
        said = f"{' '.join(command)} ended with {code}: {output.strip()}"
        raise Failure(f"{wanted.path} as it would be is refused: {said}")
    if code is None:
        raise Failure(f"{wanted.path}: {' '.join(command)} did not end within {VALIDATION:g} s")
