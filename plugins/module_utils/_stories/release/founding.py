# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a cluster's founding, so that none is founded a second time by itself."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import parsed
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import read_founded, text_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now


def founded_marker(keys: Keys, node: str, when: str, release: str) -> dict[str, t.Any]:
    """Return the operation of a transaction that remembers the founding."""
    value = json.dumps({"node": node, "when": when, "release": release}, sort_keys=True)
    return {"Verb": "set", "Key": keys.founded, "Value": value.encode()}


def remember_founding(lock: Lock, release: str) -> None:
    """Remember that a service ran, so that its next deploy is no first boot though no instance is left to tell."""
    try:
        founded = bool(read_founded(lock.consul, lock.keys))
    except Failure:
        founded = False  # not text, so it is written anew
    if not founded:
        lock.write([founded_marker(lock.keys, "", f"before {now()}", release)])


def release_that_ran(notes: t.Iterable[dict[str, t.Any]]) -> str:
    """Return the release of a note, an entry of the KV, of an instance that came to run; empty where none did."""
    return next((note["release"] for note in map(_read, notes) if note.get("result") == "done"), "")


def _read(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    try:
        note = parsed(text_of(entry).encode())
    except (Failure, ValueError):
        return {}
    return note if isinstance(note, dict) and isinstance(note.get("release"), str) else {}
