# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host: validated in a container like the instance's, shown to others, and written in one step."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import Kept, SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import (
    NEW_FILE,
    HostFile,
    digest_of,
    is_mounted,
    place_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import digests_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.wanted import Wanted
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Seconds that a validation may take.
VALIDATION = 60.0
# Where a one-off finds the files before they are in their places. In memory, and /run belongs to root.
STAGES = "/run/longshore/files"
# What holds a file's place meanwhile; a killed run leaves it.
HELD = (b"", 0, 0, 0o600)


@contextlib.contextmanager
def written(host: Host, wanted: Wanted) -> t.Iterator[None]:
    """The files as wanted, for the steps inside; where those fail, as they were before."""
    if not wanted.files:
        yield
        return
    files = safe_files(host, wanted)
    differing = _differing(files, wanted)
    found = {file.path: files.read(file.path) for file in differing}
    before = {path: None if kept == HELD else kept for path, kept in found.items()}
    with undoing(lambda: _put_back(files, before)):
        for file in differing:
            _write(files, file.path, (file.content.encode(), file.owner, file.group, file.mode))
        yield


def invalid_files(host: Host, wanted: Wanted) -> t.Iterator[str]:
    """What keeps files that differ from being written, and what their ``validate`` says; none is in its place yet."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import make_directories

    make_directories(host, wanted)
    files = safe_files(host, wanted)
    for file in _differing(files, wanted):
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


def _differing(files: SafeFiles, wanted: Wanted) -> list[HostFile]:
    there = digests_of(files, (file.path for file in wanted.files))
    return [file for file in wanted.files if there.get(file.path) != file.digest]


def _invalid(host: Host, wanted: Wanted, file: HostFile) -> t.Iterator[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import run_one_off

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


@contextlib.contextmanager
def showing(host: Host, wanted: Wanted, name: str, staged: dict[str, t.Any]) -> t.Iterator[list[dict[str, t.Any]]]:
    """Mounts, by the SDK's names, that show the files as wanted to a container before any is in its place.

    ``staged``: the options of that container, which has another folder in the place of the code's.
    """
    stage, files = f"{STAGES}/{name}", safe_files(host, wanted)
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(stage, mode=0o700)
    options, missing = wanted.container.options, []
    try:
        for number, file in enumerate(wanted.files):
            _write(files, f"{stage}/{number}", (file.content.encode(), file.owner, file.group, file.mode))
            if is_mounted(file.path, staged) and _hold_place(files, file):
                missing.append(file.path)
        yield [_mount(f"{stage}/{n}", place_of(file.path, options)) for n, file in enumerate(wanted.files)]
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for path in missing:
            _let_go(files, path)


def _mount(source: str, target: str) -> dict[str, t.Any]:
    return {"type": "bind", "source": source, "target": target, "read_only": True}


def _hold_place(files: SafeFiles, file: HostFile) -> bool:
    """Has a file where there is none: the engine mounts nothing where it can't make the place itself."""
    return files.hold(file.path) or (files.read(file.path) == HELD and digest_of(*HELD) != file.digest)


def _let_go(files: SafeFiles, path: str) -> None:
    found = files.status(path)
    if found and stat.S_ISREG(found.st_mode) and not found.st_size:
        files.remove(path)


def _put_back(files: SafeFiles, before: dict[str, Kept | None]) -> None:
    for path, kept in before.items():
        if kept:
            _write(files, path, kept)
        else:
            files.remove(path)


def _write(files: SafeFiles, path: str, kept: Kept) -> None:
    try:
        files.write(path, kept)
    except OSError as error:
        raise Failure(
            f"service_files: {path} cannot be written ({error.strerror}). Where its folder is missing, list it in"
            " service_directories."
        ) from error
