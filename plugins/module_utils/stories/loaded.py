# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container has loaded, of code and of files, and what it would load now."""

from __future__ import annotations

import os
import typing as t
from dataclasses import asdict, replace

from ansible_collections.longshore.fleet.plugins.module_utils.clients import host_files, notes
from ansible_collections.longshore.fleet.plugins.module_utils.resources.code import CURRENT, Code, Loaded
from ansible_collections.longshore.fleet.plugins.module_utils.resources.files import digest_of

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils.resources.survey import Survey


def with_loaded(found: Survey, instance: str, path: str, files: t.Iterable[str] | None = None) -> Survey:
    """The survey, and what the instance has loaded, the release that is current in ``path``, and the files' digests.

    ``files``: their paths; unless given, those that the instance has loaded.
    """
    loaded = read_loaded(instance)
    there = digests_of(files if files is not None else loaded.files if loaded else ())
    release = current_release(path) if path else ""
    owner = owner_of(f"{path}/{CURRENT}") if release else None
    return replace(found, loaded=loaded, current_release=release, code_owner=owner, files=there)


def owner_of(folder: str) -> tuple[int, int]:
    """Owner and group of a folder."""
    about = os.stat(folder)
    return about.st_uid, about.st_gid


def digests_of(paths: t.Iterable[str]) -> dict[str, str]:
    """Path -> digest of those files that are there."""
    kept = ((path, host_files.read(path)) for path in paths)
    return {path: digest_of(*found) for path, found in kept if found}


def current_release(path: str) -> str:
    """The name of the folder that is current, '' where none is, or where it is gone."""
    link = f"{path}/{CURRENT}"
    return os.path.basename(os.readlink(link)) if os.path.islink(link) and os.path.isdir(link) else ""


def read_loaded(instance: str) -> Loaded | None:
    """What an instance's container was last proved to have loaded, None where nothing is known."""
    note = notes.read(notes.LOADED, instance)
    return Loaded(**note) if note else None


def doubt(instance: str, container: str) -> None:
    """Before a container is told to load something else: what it runs is not proven any more."""
    _prove(instance, container, False)


def trust(instance: str, container: str) -> None:
    """It was seen that the container runs what is noted, after all."""
    _prove(instance, container, True)


def _prove(instance: str, container: str, proven: bool) -> None:
    loaded = read_loaded(instance)
    if loaded and loaded.container == container:
        notes.write(notes.LOADED, instance, {**asdict(loaded), "proven": proven})


def remember(instance: str, container: str, code: Code | None, files: dict[str, str]) -> None:
    """Notes what a container has loaded."""
    told = (code.content, code.version, code.release) if code else ("", "", "")
    notes.write(notes.LOADED, instance, asdict(Loaded(container, *told, files)))
