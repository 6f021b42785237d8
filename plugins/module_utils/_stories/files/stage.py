# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as they are wanted, shown to a container by mounts before any is in its place on the host."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import is_mounted, place_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile, digest_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import HELD, write

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Where a one-off finds the files before they are in their places. In memory, and /run belongs to root.
STAGES = "/run/longshore/files"


@contextlib.contextmanager
def showing(
    host: Host, wanted: InstanceSpec, name: str, staged: dict[str, t.Any]
) -> t.Iterator[list[dict[str, t.Any]]]:
    """Yield mounts, by the SDK's names, that show a container the wanted files before any is in its place.

    ``staged``: the options of that container, which has another folder in the place of the code's.
    """
    stage, files = f"{STAGES}/{name}", safe_files(host, wanted)
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(stage, mode=0o700)
    options, missing = wanted.container.options, []
    try:
        for number, file in enumerate(wanted.files):
            write(files, f"{stage}/{number}", (file.content.encode(), file.owner, file.group, file.mode))
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
    """Put a file where there is none: the engine mounts nothing where it can't make the place itself."""
    return files.hold(file.path) or (files.read(file.path) == HELD and digest_of(*HELD) != file.digest)


def _let_go(files: SafeFiles, path: str) -> None:
    found = files.status(path)
    if found and stat.S_ISREG(found.st_mode) and not found.st_size:
        files.remove(path)
