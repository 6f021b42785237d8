# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk of an engine, once it has said that it is full."""

from __future__ import annotations

import os
import re
from pathlib import Path

FULL = re.compile(r"(?:(/[^\s:]+): )?no space left on device", re.IGNORECASE)
UNITS = ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)


def is_full(reason: str) -> bool:
    """Return whether this is about a file system without room."""
    return bool(FULL.search(reason))


def full(reason: str, root: str) -> str:
    """Return which file system has no room left, how much is free by now, and what to do.

    ``root``: where the engine keeps its data. What it names else is a path of an image.
    """
    found = FULL.search(reason)
    named = (found[1] if found else "") or ""
    folder = _there(Path(named).parent if named.startswith(f"{root}/") else Path(root))
    try:
        status = os.statvfs(folder)
    except OSError:
        return f"The disk of {root} is full. {_to_do(root)}"
    free, size = status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize
    inodes = " and no inode" if status.f_files and not status.f_favail else ""
    return (
        f"The disk is full: on the file system {_mount_of(folder)}, where {folder} is, {_shown(free)} of {_shown(size)}"
        f"{inodes} are free by now, which is too little. {_to_do(root)}"
    )


def _to_do(root: str) -> str:
    return f"Make room (docker system prune -a removes what no container uses), or give {root} a larger disk."


def _there(path: Path) -> Path:
    """Return the path, or the nearest folder above it that can be looked at."""
    for folder in (path, *path.parents):
        try:
            os.statvfs(folder)
        except OSError:
            continue
        return folder
    return Path("/")


def _mount_of(folder: Path) -> Path:
    return next((above for above in (folder, *folder.parents) if above.is_mount()), Path("/"))


def _shown(size: int) -> str:
    unit, least = next(((unit, least) for unit, least in UNITS if size >= least), ("KB", 1 << 10))
    return f"{size / least:.1f}".removesuffix(".0") + f" {unit}"
