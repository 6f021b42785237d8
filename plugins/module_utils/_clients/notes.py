# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host remembers of an instance and its container can't tell: one JSON file for each kind of note."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets

LOADED = "loaded"  # what the container was last proved to have loaded
WANTED = "wanted"  # what a launch has changed of a container since it was made
OWED = "owed"  # it was taken out under its gate's conditions, and those of after were not met since
KINDS = (LOADED, WANTED, OWED)


def read(kind: str, instance: str) -> dict[str, t.Any]:
    """The note; empty where there is none, or half of one."""
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError), open(_path(kind, instance)) as file:
        return dict(json.load(file))
    return {}


def write(kind: str, instance: str, note: dict[str, t.Any]) -> None:
    """Replaces the note, in one step."""
    path = _path(kind, instance)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(note, file)
    os.rename(f"{path}.new", path)


def forget(instance: str, kinds: t.Iterable[str] = KINDS) -> None:
    """Removes notes: all those of an instance that is gone."""
    for kind in kinds:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_path(kind, instance))


def _path(kind: str, instance: str) -> str:
    return f"{secrets.STATE}/{kind}/{instance}.json"
