# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet key, by which controllers sign release records. It never leaves the controller."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.fleet_key import FILE

# Characters of a key: shorter ones can be guessed.
LEAST = 32


def read_key(given: t.Any, folder: Path) -> bytes | None:
    """Return the key: the variable ``fleet_key``, else the file in the fleet's folder; None where there is neither."""
    if given is not None:
        return _checked(str(given), "fleet_key")
    path = folder / FILE
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            if mode & 0o077:
                raise Failure(
                    f"{path} has mode {mode:04o}, so others can read the key; run: chmod 600 {path}"
                    ", or set the variable fleet_key where the file system keeps no modes"
                )
            return _checked(file.read().strip(), str(path))
    return None


def make_key(folder: Path) -> bytes:
    """Make the file with a new key, mode 0600, and return the key; of two that make it at once one wins."""
    path = folder / FILE
    try:
        with contextlib.suppress(FileExistsError):
            _write(path, secrets.token_hex(32))
    except OSError as error:
        raise Failure(
            f"{path}: the fleet key, which signs release records, cannot be written ({error.strerror}). Make the"
            " folder writable for the first deploy, or set the variable fleet_key."
        ) from error
    key = read_key(None, folder)
    if key is None:
        raise Failure(f"{path} was removed while it was made; run again")
    return key


def _write(path: Path, text: str) -> None:
    """Write a file that is whole as soon as it has its name."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        _name(new, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)


def _name(new: Path, path: Path) -> None:
    """Give the new file its name, unless there is one of that name: ``FileExistsError``."""
    try:
        os.link(new, path)  # unlike a rename, it replaces no key that is there
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as FAT or a folder shared with a virtual machine
        with _locked(path.parent):
            if path.exists():
                raise FileExistsError(path) from None
            os.rename(new, path)


@contextlib.contextmanager
def _locked(folder: Path) -> t.Iterator[None]:
    """Keep all others that lock the folder waiting, for the moment that a rename takes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _checked(text: str, where: str) -> bytes:
    if len(text) < LEAST:
        raise Failure(f"{where}: is not a valid fleet key; it needs {LEAST} characters or more (openssl rand -hex 32)")
    return text.encode()
