# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host, looked at before they are written: what is in their places, and what ``validate`` says."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import place_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import NEW_FILE, HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import differing
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import make_directories
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import run_one_off

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Seconds that a validation may take.
VALIDATION = 60.0


def invalid_files(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield what keeps files that differ from being written, and what their ``validate`` says; none is written yet."""
    make_directories(host, wanted)
    files = safe_files(host, wanted)
    for file in differing(files, wanted):
        problem = _in_its_place(files, file.path)
        if problem:
            yield f"service_files: {file.path}: {problem}"
        elif file.validate:
            yield from _invalid(host, wanted, file)


def _in_its_place(files: SafeFiles, path: str) -> str:
    """Tell what keeps a file from its place; empty where nothing does."""
    try:
        with files.folder(os.path.dirname(path)):
            found = files.status(path)
    except (FileNotFoundError, NotADirectoryError):
        return "its folder is missing. List it in service_directories."
    except Failure as failure:
        return str(failure)
    if found is None or stat.S_ISREG(found.st_mode):
        return ""
    what = "folder" if stat.S_ISDIR(found.st_mode) else "symlink" if stat.S_ISLNK(found.st_mode) else "special file"
    return f"a {what} is in its place. Look what made it, and remove it."


def _invalid(host: Host, wanted: InstanceSpec, file: HostFile) -> t.Iterator[str]:
    path, place = file.path, place_of(file.path, wanted.container.options)
    command = [word.replace(NEW_FILE, place) for word in file.validate]
    try:
        code, lines = run_one_off(host, wanted, "validate", command, VALIDATION)
    except Failure as failure:
        yield f"service_files: {path}: {failure}"
        return
    if code:
        shown = as_log(lines)
        yield f"service_files: {path} as it would be is refused: {' '.join(command)} ended with {code}.{shown}"
