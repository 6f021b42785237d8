# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the release records of a service."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import Release, ordered, parsed


def read_all(consul: Consul, keys: Keys) -> list[Release]:
    """Return all records of a service, the newest first."""
    entries = consul.get(f"kv/{keys.releases}", (("recurse", "true"),)) or ()
    return ordered(Release.from_entry(entry) for entry in entries if not entry["Key"].endswith("/"))


def read_current(consul: Consul, keys: Keys) -> str:
    """Return the ID of the current release, empty where no rollout has come to its end yet."""
    return _read(consul, keys.current)


def read_unfinished(consul: Consul, keys: Keys) -> str:
    """Return the ID of the release whose rollout has begun and not come to its end, empty where there is none."""
    return _read(consul, keys.unfinished)


def read_founded(consul: Consul, keys: Keys) -> dict[str, t.Any]:
    """Return where and when the service was founded: ``node``, ``when``, ``release``; empty where it never was."""
    text = _read(consul, keys.founded)
    try:
        marker = parsed(text.encode()) if text else {}
    except ValueError:
        marker = None
    # A marker that cannot be read says at least that there is one.
    return marker if isinstance(marker, dict) else {"node": "", "when": "the marker cannot be read", "release": ""}


def noted_nodes(consul: Consul, keys: Keys) -> list[str]:
    """Return the nodes that have a note of an instance: one runs there, or has been begun.

    A first launch that failed has left nothing there but its note.
    """
    root = f"{keys.root}/nodes/"
    entries = consul.get(f"kv/{root}", (("recurse", "true"),)) or ()
    there = (entry["Key"] for entry in entries if not _failed_at_first(entry))
    return sorted({key.removeprefix(root).partition("/")[0] for key in there} - {""})


def _failed_at_first(entry: dict[str, t.Any]) -> bool:
    """Tell whether a note says that the instance was to be created, and was not."""
    try:
        note = parsed(base64.b64decode(entry["Value"] or ""))
    except ValueError:
        return False  # it may be of an instance that is there
    return isinstance(note, dict) and (note.get("action"), note.get("result")) == (Action.CREATE.value, "failed")


def current_record(consul: Consul, keys: Keys) -> dict[str, t.Any]:
    """Return the record of the current release, as modules do; empty where there is none that can be read."""
    try:
        current = read_current(consul, keys)
        return recalled(consul, keys, current).to_result() if current else {}
    except Failure:
        return {}  # who needs it says so


def _read(consul: Consul, key: str) -> str:
    entries = consul.get(f"kv/{key}")
    return text_of(entries[0]) if entries else ""


def text_of(entry: dict[str, t.Any]) -> str:
    """Return the text of an entry of the KV; ``Failure`` where its bytes are not text."""
    try:
        return base64.b64decode(entry["Value"] or "").decode()
    except UnicodeDecodeError as error:
        key = entry["Key"]
        raise Failure(
            f"Consul KV: {printable(key)} is not text ({error}). Remove that key (consul kv delete"
            f" {shell_word(key)}), then run again."
        ) from error


def recalled(consul: Consul, keys: Keys, identity: str, config_digest: str = "") -> Release:
    """Return one record, with the configuration it was rendered with.

    ``config_digest``: what the controller found the configuration to be; a record that was changed since is a
    ``Failure``.
    """
    entries = consul.get(f"kv/{keys.release(identity)}")
    if not entries:
        raise Failure(f"Consul KV has no release {keys.release(identity)}; history.yml shows those that there are.")
    found = Release.from_entry(entries[0])
    if config_digest and found.config_digest != config_digest:
        raise Failure(
            f"Consul KV: the configuration in {keys.release(identity)} was changed by somebody while this rollout"
            " uses it. Find out who writes there (docs/security.md), then deploy again."
        )
    return found
