# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host: validated in a container like the instance's, shown to others, and written in one step."""

from __future__ import annotations

import contextlib
import os
import shutil
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils.resources.files import (
    NEW_FILE,
    HostFile,
    digest_of,
    is_mounted,
    place_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils.stories.going_back import undoing
from ansible_collections.longshore.fleet.plugins.module_utils.stories.loaded import digests_of

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host

# Seconds that a validation may take.
VALIDATION = 60.0
# Where a one-off finds the files before they are in their places. In memory, and /run belongs to root.
STAGES = "/run/longshore/files"
# What holds a file's place meanwhile; a killed run leaves it.
HELD = (b"", 0, 0, 0o600)


@contextlib.contextmanager
def written(wanted: Wanted) -> t.Iterator[None]:
    """The files as wanted, for the steps inside; where those fail, as they were before."""
    differing = _differing(wanted)
    found = {file.path: host_files.read(file.path) for file in differing}
    before = {path: None if kept == HELD else kept for path, kept in found.items()}
    with undoing(lambda: _put_back(before)):
        for file in differing:
            _write(file.path, (file.content.encode(), file.owner, file.group, file.mode))
        yield


def invalid_files(host: Host, wanted: Wanted) -> t.Iterator[str]:
    """What keeps files that differ from being written, and what their ``validate`` says; none is in its place yet."""
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.replacing import make_directories

    make_directories(wanted)
    for file in _differing(wanted):
        if not os.path.isdir(os.path.dirname(file.path)):
            yield f"service_files: {file.path}: its folder is missing. List it in service_directories."
        elif os.path.isdir(file.path):
            yield f"service_files: {file.path}: a folder is in its place. Look what made it, and remove it."
        elif file.validate:
            yield from _invalid(host, wanted, file)


def _differing(wanted: Wanted) -> list[HostFile]:
    there = digests_of(file.path for file in wanted.files)
    return [file for file in wanted.files if there.get(file.path) != file.digest]


def _invalid(host: Host, wanted: Wanted, file: HostFile) -> t.Iterator[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.one_off import run_one_off

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
def showing(wanted: Wanted, name: str, staged: dict[str, t.Any]) -> t.Iterator[list[dict[str, t.Any]]]:
    """Mounts, by the SDK's names, that show the files as wanted to a container before any is in its place.

    ``staged``: the options of that container, which has another folder in the place of the code's.
    """
    stage = f"{STAGES}/{name}"
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(stage, mode=0o700)
    options, missing = wanted.container.options, []
    try:
        for number, file in enumerate(wanted.files):
            _write(f"{stage}/{number}", (file.content.encode(), file.owner, file.group, file.mode))
            if is_mounted(file.path, staged) and _hold_place(file):
                missing.append(file.path)
        yield [_mount(f"{stage}/{n}", place_of(file.path, options)) for n, file in enumerate(wanted.files)]
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for path in missing:
            _let_go(path)


def _mount(source: str, target: str) -> dict[str, t.Any]:
    return {"type": "bind", "source": source, "target": target, "read_only": True}


def _hold_place(file: HostFile) -> bool:
    """Has a file where there is none: the engine mounts nothing where it can't make the place itself."""
    with contextlib.suppress(OSError):
        os.close(os.open(file.path, os.O_CREAT | os.O_EXCL, 0o600))
        return True
    return host_files.read(file.path) == HELD and digest_of(*HELD) != file.digest


def _let_go(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not os.path.getsize(path):
            os.unlink(path)


def _put_back(before: dict[str, host_files.Kept | None]) -> None:
    for path, kept in before.items():
        if kept:
            _write(path, kept)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def _write(path: str, kept: host_files.Kept) -> None:
    """Beside its place first, so that nobody ever reads half of it."""
    content, owner, group, mode = kept
    folder, name = os.path.split(path)
    new = f"{folder}/.{name}.new"
    try:
        with open(new, "wb") as file:
            os.fchown(file.fileno(), owner, group)
            os.fchmod(file.fileno(), mode)
            file.write(content)
        os.rename(new, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise Failure(
            f"service_files: {path} cannot be written ({error.strerror}). Where its folder is missing, list it in"
            " service_directories."
        ) from error
