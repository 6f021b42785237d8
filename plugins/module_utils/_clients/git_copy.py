# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy that is kept of a repository elsewhere: whole or not there, whoever uses it at once or is killed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.git_command import (
    Git,
    settings_of_the_environment,
)
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

CACHE = "~/.cache/longshore/git"
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def folder_of(url: str) -> str:
    """Return the folder in which the copy of a repository is, or will be."""
    name = hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()[:16]
    return os.path.join(os.path.expanduser(CACHE), f"{name}.git")


def renew(url: str, version: str) -> None:
    """Bring the copy up to date. A commit that it has already needs no network."""
    folder = folder_of(url)
    with _alone(folder):
        if not _is_repository(url, folder):
            _make(url, folder)
        elif not (COMMIT.fullmatch(version) and _has(url, folder, version)):
            try:
                _fetch(url, folder)
            except Failure:
                # A fetch that was killed may have left a lock of git's behind; where it is not that, this fails too.
                _make(url, folder)


@contextlib.contextmanager
def _alone(folder: str) -> t.Iterator[None]:
    """Wait until no other process works on the copy."""
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        with open(f"{folder}.lock", "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise Failure(
            f"repository: the copy {folder} cannot be made ({error.strerror}: {error.filename}). Make it writable for"
            " the user who ships, or remove it."
        ) from error


def _make(url: str, folder: str) -> None:
    """Put a new copy in the place of what is there, once it is whole."""
    new = f"{folder}.new"
    shutil.rmtree(new, ignore_errors=True)
    os.mkdir(new)
    Git(url, new)("init", "--quiet", "--bare", "--template=")
    _fetch(url, new)
    if os.path.isdir(folder):
        shutil.rmtree(folder)
    os.rename(new, folder)


def _fetch(url: str, folder: str) -> None:
    quietly = ("--quiet", "--prune", "--no-auto-gc", "--no-recurse-submodules")
    Git(url, folder, git_dir=folder)("fetch", *quietly, url, *REFS, environment=settings_of_the_environment())


def _is_repository(url: str, folder: str) -> bool:
    return os.path.isdir(folder) and Git(url, folder, git_dir=folder)("rev-parse", "--git-dir", check=False) != ""


def _has(url: str, folder: str, commit: str) -> bool:
    return Git(url, folder, git_dir=folder)("cat-file", "-t", commit, check=False) == "commit"
