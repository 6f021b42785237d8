# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container has loaded, of code and of files, and what it would load now."""

from __future__ import annotations

import contextlib
import re
import typing as t
from dataclasses import asdict, replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes
from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import (
    CURRENT,
    RELEASES,
    Code,
    Loaded,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import digest_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files_of

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance

# What the link to the current release says; all else was not made by us.
OF_RELEASE = re.compile(rf"{RELEASES}/([0-9a-f]{{64}})")


def with_loaded(
    engine: Docker, found: ObservedInstance, instance: str, path: str, files: t.Iterable[str] | None = None
) -> ObservedInstance:
    """Add to what was found what the instance has loaded, the release current in ``path``, and the files' digests.

    ``files``: their paths; unless given, those that the instance has loaded.
    """
    loaded = read_loaded(instance)
    paths = list(files if files is not None else loaded.files if loaded else ())
    there = digests_of(safe_files_of(engine), paths) if paths else {}
    release = current_code(path) if path else ""
    owner = owner_of(path, release) if release else None
    return replace(found, loaded=loaded, current_code=release, code_owner=owner, files=there)


def owner_of(path: str, release: str) -> tuple[int, int] | None:
    """Return owner and group of a release's folder; None where it is not there."""
    about = SafeFiles([path]).status(f"{path}/{RELEASES}/{release}")
    return (about.st_uid, about.st_gid) if about else None


def digests_of(files: SafeFiles, paths: t.Iterable[str]) -> dict[str, str]:
    """Return path -> digest of those files that are there; what lies behind a container's link is not there."""
    found = {}
    for path in paths:
        with contextlib.suppress(Failure):
            found[path] = files.read(path)
    return {path: digest_of(*kept) for path, kept in found.items() if kept}


def current_code(path: str) -> str:
    """Return the name of the folder that is current, '' where none is, or where it is gone."""
    files = SafeFiles([path])
    link = OF_RELEASE.fullmatch(files.read_link(f"{path}/{CURRENT}"))
    return link[1] if link and files.is_folder(f"{path}/{link[0]}") else ""


def read_loaded(instance: str) -> Loaded | None:
    """Return what an instance's container was last proved to have loaded, None where nothing is known."""
    note = notes.read(instance).loaded
    return Loaded(**note) if note else None


def mark_unverified(instance: str, container: str) -> None:
    """Note, before a container is told to load something else, that what it runs is not proven any more."""
    _prove(instance, container, False)


def mark_verified(instance: str, container: str) -> None:
    """Note that the container was seen to run what is noted, after all."""
    _prove(instance, container, True)


def _prove(instance: str, container: str, proven: bool) -> None:
    loaded = read_loaded(instance)
    if loaded and loaded.container == container:
        notes.write(instance, loaded={**asdict(loaded), "proven": proven})


def remember(instance: str, container: str, code: Code | None, files: dict[str, str]) -> None:
    """Note what a container has loaded."""
    ids = (code.content, code.version, code.release) if code else ("", "", "")
    notes.write(instance, loaded=asdict(Loaded(container, *ids, files)))
