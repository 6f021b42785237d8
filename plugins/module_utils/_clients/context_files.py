# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a folder that a build gets, as BuildKit chooses them."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.ignore_patterns import (
    IgnorePatterns,
    Matched,
)


def context_paths(root: Path, dockerfile: str) -> set[str]:
    """Return the files and folders below ``root`` that its ignore file does not leave out."""
    ignored = _ignore_file(root, dockerfile)
    try:
        # Names of files need not be UTF-8 either.
        text = ignored.read_text(encoding="utf-8", errors="surrogateescape") if ignored else ""
        patterns = IgnorePatterns.from_text(text, where=str(ignored))
        return set(_kept(root, patterns, "", ()))
    except OSError as error:
        raise Failure(f"The build context {root} cannot be read at {error.filename} ({error.strerror}).") from error


def _ignore_file(root: Path, dockerfile: str) -> Path | None:
    """Return the one file that counts: the Dockerfile's own wins over the folder's."""
    candidates = (root / f"{dockerfile}.dockerignore", root / ".dockerignore")
    return next((path for path in candidates if path.is_file()), None)


def _kept(root: Path, patterns: IgnorePatterns, folder: str, above: Matched) -> t.Iterator[str]:
    with os.scandir(root / folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        excluded, matched = patterns.excludes(path, above)
        if not excluded:
            yield path
        if entry.is_dir(follow_symlinks=False) and (not excluded or patterns.may_keep_below(path)):
            below = list(_kept(root, patterns, path, matched))
            # What is kept below a folder that is left out brings that folder along.
            yield from [path, *below] if below and excluded else below
