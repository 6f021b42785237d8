# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that we keep on this host in folders where nobody else may write; ``safe_files`` is for all others."""

from __future__ import annotations

import contextlib
import os


def replace_file(path: str, content: bytes, mode: int) -> None:
    """Replace a file in one step, with exactly this mode, so that even a power cut leaves it whole."""
    new = f"{path}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(new, path)


def nearest_folder(path: str) -> str:
    """Return the folder of this path where it is there, else the nearest one above it."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path
