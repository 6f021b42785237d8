# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of the host that a launch writes into or makes, and cannot."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec


def impossible_folders(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each directory that cannot be made, and for each file that has no folder to lie in."""
    made = [os.path.normpath(directory.path) for directory in wanted.directories]
    for path in made:
        blocking = _file_on_the_way(path)
        if blocking:
            yield f"service_directories: {path} cannot be made on this host, as {blocking} is a file; correct the path"
    for file in wanted.files:
        folder = os.path.dirname(os.path.normpath(file.path))
        blocking = _file_on_the_way(folder)
        if blocking:
            yield f"service_files: {file.path} cannot be written here, as {blocking} is a file; correct the path"
        elif not os.path.isdir(folder) and not any(f"{path}/".startswith(f"{folder}/") for path in made):
            yield (
                f"service_files: the folder of {file.path} is not there on this host; list {folder} in"
                " service_directories, or make it first"
            )


def _file_on_the_way(folder: str) -> str:
    """Return the part of a path that is there and is not a folder; empty where there is none."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return "" if os.path.isdir(folder) else folder
