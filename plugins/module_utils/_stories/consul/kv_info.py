# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a subtree of Consul's KV, and changes nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import (
    Entry,
    flat,
    nested,
    refuse_clash,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import TYPES, readable
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv import read


def read_info(consul: Consul, prefix: str) -> dict[str, t.Any]:
    """Return the module's result: every key, and nested data where the keys can be nested."""
    root = kv_path(prefix, "prefix")
    entries = read(consul, root)
    result = {
        "changed": False,
        "keys": [_described(entry) for entry in sorted(entries, key=lambda entry: entry.key)],
        "data": None,
    }
    try:
        return {**result, "data": _nested(entries, root)}
    except Failure as failure:
        return {**result, "warnings": [str(failure)]}


def read_value(consul: Consul, path: str) -> tuple[bool, t.Any]:
    """Return whether there is such a key, and its value; below a path with a slash at its end, nested data."""
    root = kv_path(path, "path")
    if path.endswith("/"):
        data = _nested(read(consul, root), root)
        return bool(data), data
    own = [Entry.from_api(entry) for entry in consul.get(f"kv/{root}", ()) or ()]
    return bool(own), readable(own[0].value) if own else None


def _nested(entries: list[Entry], root: str) -> dict[str, t.Any]:
    """Return the keys below ``root``; its own value is none of them."""
    below = [entry for entry in entries if entry.key != root and not entry.is_folder]
    values = {entry.key.removeprefix(f"{root}/"): readable(entry.value) for entry in below}
    refuse_clash(values, root)
    data = nested(values)
    flat(data, f"Consul KV {root}")
    return data


def _described(entry: Entry) -> dict[str, t.Any]:
    kind = "binary" if isinstance(entry.value, bytes) else TYPES.get(entry.flags)
    return {
        "key": entry.key,
        "value": readable(entry.value),
        "type": kind,
        "index": entry.index,
        "flags": entry.flags,
    }
