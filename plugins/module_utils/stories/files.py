# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host: read, validated in a container like the instance's, and written in one step."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils.resources.files import NEW_FILE
from ansible_collections.longshore.fleet.plugins.module_utils.stories.going_back import undoing
from ansible_collections.longshore.fleet.plugins.module_utils.stories.loaded import digests_of

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host

# Seconds that a validation may take.
VALIDATION = 60.0


@contextlib.contextmanager
def written(wanted: Wanted) -> t.Iterator[None]:
    """The files as wanted, for the steps inside; where those fail, as they were before."""
    differing = [file for file in wanted.files if digests_of([file.path]).get(file.path) != file.digest]
    before = {file.path: host_files.read(file.path) for file in differing}
    with undoing(lambda: _put_back(before)):
        for file in differing:
            _write(file.path, (file.content.encode(), file.owner, file.group, file.mode))
        yield


def _put_back(before: dict[str, host_files.Kept | None]) -> None:
    for path, kept in before.items():
        if kept:
            _write(path, kept)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def invalid_files(host: Host, wanted: Wanted) -> t.Iterator[str]:
    """What the ``validate`` of files that differ says against them, before any is in its place."""
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.one_off import run_one_off
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.replacing import make_directories

    make_directories(wanted)
    there = digests_of(file.path for file in wanted.files)
    for file in wanted.files:
        if not file.validate or there.get(file.path) == file.digest:
            continue
        folder, name = os.path.split(file.path)
        new = f"{folder}/.{name}.check"
        try:
            _write(new, (file.content.encode(), file.owner, file.group, file.mode))
            command = [word.replace(NEW_FILE, new) for word in file.validate]
            code, lines = run_one_off(host, wanted, "validate", command, VALIDATION, volumes=_with(wanted, folder))
        except Failure as failure:
            yield f"service_files: {file.path}: {failure}"
            continue
        finally:
            with contextlib.suppress(OSError):
                os.unlink(new)
        if code:
            shown = as_log(lines)
            yield f"service_files: {file.path} as it would be is refused: {' '.join(command)} ended with {code}.{shown}"


def _with(wanted: Wanted, folder: str) -> t.Any:
    """The container's volumes, and the folder under its own name, where they have not got that."""
    volumes = wanted.container.options.get("volumes") or []
    if isinstance(volumes, dict):
        return {folder: {"bind": folder, "mode": "ro"}, **volumes}
    own = [volume for volume in volumes if str(volume).split(":")[1:2] == [folder]]
    return [*volumes, *([] if own else [f"{folder}:{folder}:ro"])]


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
