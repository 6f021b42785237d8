# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of who has drained instances of a service, brought them back, or broken its lock: one key, the newest."""

from __future__ import annotations

import base64
import contextlib
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import parsed
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now

# Entries that are kept of a service.
KEPT = 50
FIELDS = ("when", "who", "what", "node", "instance", "reason")


def note_drains(lock: Lock, who: str, what: str, node: str, instances: t.Sequence[str], reason: str) -> None:
    """Record that instances on a node were drained or undrained. A record that somebody has spoilt begins anew."""
    before: list[dict[str, str]] = []
    with contextlib.suppress(Failure):
        for entry in lock.consul.get(f"kv/{lock.keys.drains}") or ():
            before = drains_from(entry)
    said = {"when": now(), "who": who, "what": what, "node": node, "reason": reason}
    drains = [*({**said, "instance": name} for name in instances), *before][:KEPT]
    lock.write([{"Verb": "set", "Key": lock.keys.drains, "Value": json.dumps(drains, sort_keys=True).encode()}])


def drains_from(entry: dict[str, t.Any]) -> list[dict[str, str]]:
    """Return the record of an entry of the KV, the newest first; ``Failure`` where it is not one."""
    with contextlib.suppress(ValueError):
        drains = parsed(base64.b64decode(entry["Value"] or ""))
        if isinstance(drains, list) and all(map(_is_entry, drains)):
            return [{name: drain[name] for name in FIELDS} for drain in drains]
    key = entry["Key"]
    raise Failure(
        f"Consul KV: {printable(key)} is not a valid record of drains. Remove that key (consul kv delete"
        f" {shell_word(key)})."
    )


def _is_entry(drain: t.Any) -> bool:
    return isinstance(drain, dict) and all(isinstance(drain.get(name), str) for name in FIELDS)
