# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host remembers of an instance and its container can't tell: one JSON file for each instance."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from dataclasses import asdict, dataclass, field, fields, replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets

Note = dict[str, t.Any]


@dataclass(frozen=True)
class Notes:
    """The notes on one instance; each is empty where there is nothing to note."""

    # What the container was last proved to have loaded, of code and of files.
    loaded: Note = field(default_factory=dict)
    # By container ID, what a launch has changed of a container since it was made: labels cannot be changed.
    applied: Note = field(default_factory=dict)
    # The instance was taken out under its gate's conditions, and those of ``after`` were not met since.
    owed: Note = field(default_factory=dict)


def read(instance: str) -> Notes:
    """Return the notes on an instance; all empty where there is no file, or none that can be read, as half of one.

    What another version of Longshore has added is not read.
    """
    # Bytes that are no text, and text that is no JSON, are a ValueError.
    with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
        with open(_path(instance), encoding="utf-8") as file:
            found = json.load(file)
        known = [note.name for note in fields(Notes)]
        if isinstance(found, dict) and all(isinstance(found.get(name, {}), dict) for name in known):
            return Notes(**{name: found[name] for name in known if name in found})
    return Notes()


def write(instance: str, **notes: Note) -> None:
    """Replace the named notes in one step; the others stay. A file without any note is removed."""
    changed = replace(read(instance), **notes)
    if changed == Notes():
        forget(instance)
        return
    path = _path(instance)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(asdict(changed), file)
    os.rename(f"{path}.new", path)


def forget(instance: str) -> None:
    """Remove all notes on an instance that is gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(instance))


def _path(instance: str) -> str:
    return f"{secrets.STATE}/instances/{instance}.json"
