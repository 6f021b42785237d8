# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host could not mend, as it stands in Consul's KV."""

from __future__ import annotations

import base64
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys


def record_drift(consul: Consul, keys: Keys, node: str, instance: str, state: str, what: t.Sequence[str]) -> None:
    """Have the KV say what is left to do about an instance, or nothing where it is well. Writes only what differs."""
    key = keys.drift(node, instance)
    found = consul.get(f"kv/{key}")
    if state in ("well", "mended"):
        if found:
            consul.transact([{"KV": {"Verb": "delete", "Key": key}}])
        return
    value = json.dumps({"state": state, "what": list(what)}, sort_keys=True).encode()
    if not found or base64.b64decode(found[0]["Value"] or "") != value:
        consul.put(f"kv/{key}", value)
