# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host, compared with what is there and written in one step; put back where the steps inside fail."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import Kept, SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import digests_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# What holds a file's place meanwhile; a killed run leaves it.
HELD = (b"", 0, 0, 0o600)


@contextlib.contextmanager
def written(host: Host, wanted: InstanceSpec) -> t.Iterator[None]:
    """Write the files as wanted for the steps inside; where those fail, write them as they were before."""
    if not wanted.files:
        yield
        return
    files = safe_files(host, wanted)
    to_write = differing(files, wanted)
    found = {file.path: files.read(file.path) for file in to_write}
    before = {path: None if kept == HELD else kept for path, kept in found.items()}
    with undoing(lambda: _put_back(files, before)):
        for file in to_write:
            write(files, file.path, (file.content.encode(), file.owner, file.group, file.mode))
        yield


def differing(files: SafeFiles, wanted: InstanceSpec) -> list[HostFile]:
    """Return the files that are not on the host as they are wanted."""
    there = digests_of(files, (file.path for file in wanted.files))
    return [file for file in wanted.files if there.get(file.path) != file.digest]


def _put_back(files: SafeFiles, before: dict[str, Kept | None]) -> None:
    for path, kept in before.items():
        if kept:
            write(files, path, kept)
        else:
            files.remove(path)


def write(files: SafeFiles, path: str, kept: Kept) -> None:
    """Write one file, or raise a ``Failure`` that names it."""
    try:
        files.write(path, kept)
    except OSError as error:
        raise Failure(
            f"service_files: {path} cannot be written ({error.strerror}). Where its folder is missing, list it in"
            " service_directories."
        ) from error
