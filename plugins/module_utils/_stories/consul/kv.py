# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a subtree of Consul's KV equal to given data, or removes it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import MAX_OPERATIONS, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import keys_read
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import (
    Change,
    Entry,
    Value,
    changes_to,
    flat,
    refuse_clash,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import TAGS, stored
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest

# Consul's limit for the whole request of a transaction, in bytes.
MAX_REQUEST = 512 * 1024


@dataclass(frozen=True)
class Write:
    """What the module is to write below a prefix.

    ``types`` (text or binary) and ``cas`` (the ModifyIndex that a key must have, 0: none yet) go by paths such as
    ``jvm/heap``; ``purge`` and ``overwrite`` as in :func:`changes_to`.
    """

    data: dict[str, t.Any]
    types: dict[str, t.Any] = field(default_factory=dict)
    cas: dict[str, t.Any] = field(default_factory=dict)
    purge: bool = False
    overwrite: bool = True

    def values(self) -> dict[str, Value]:
        """Return the values by path, as they are to be stored; ``Failure`` names what can't be."""
        data = flat(self.data, "data")
        for option, paths in (("types", self.types), ("cas", self.cas)):
            for path in paths.keys() - data.keys():
                raise Failure(f"{option}.{path}: data has no such key; {nearest(path, tuple(data))}")
        for path, kind in self.types.items():
            if not isinstance(kind, str) or kind not in TAGS:
                raise Failure(f"types.{path}: {kind!r} is not a type; write text or binary")
        values = {}
        for path, value in data.items():
            kind = self.types.get(path)
            values[path] = Value(stored(value, f"data.{path.replace('/', '.')}", kind), kind)
        return values

    def refuse_moved(self, root: str, found: t.Iterable[Entry]) -> None:
        """Raise ``Failure`` where a key has another ModifyIndex than ``cas`` says."""
        indexes = {entry.key: entry.index for entry in found}
        for path, index in self.cas.items():
            if not str(index).isdecimal():
                raise Failure(f"cas.{path}: {index!r} is not a ModifyIndex; write the index that kv_info returns, or 0")
            now = indexes.get(f"{root}/{path}", 0)
            if now != int(index):
                raise Failure(
                    f"Consul KV: {root}/{path} has ModifyIndex {now}, not {index} as cas says, so nothing was written."
                    " Somebody changed it: look at the new value, then run this again."
                )


def write_data(consul: Consul, prefix: str, wanted: Write, check: bool) -> dict[str, t.Any]:
    """Write what differs from the data below the prefix; with one read, and nothing more where nothing differs."""
    root = kv_path(prefix, "prefix")
    values = wanted.values()
    found = [entry for entry in read(consul, root) if entry.key != root]
    wanted.refuse_moved(root, found)
    changes = changes_to(root, found, values, wanted.purge, wanted.overwrite)
    gone = {change.path for change in changes if change.after is None}
    kept = {entry.key.removeprefix(f"{root}/") for entry in found if not entry.is_folder} - gone
    refuse_clash(kept | values.keys(), root)
    return carry_out(consul, changes, check)


def remove_data(consul: Consul, prefix: str, check: bool) -> dict[str, t.Any]:
    """Remove the key of that name and all keys below it."""
    root = kv_path(prefix, "prefix")
    return carry_out(consul, changes_to(root, read(consul, root), {}, purge=True), check)


def read(consul: Consul, root: str) -> list[Entry]:
    """Return the key ``root`` and all below it. Consul itself goes by the beginning of names, so others come along."""
    answer = consul.get(f"kv/{root}", (("recurse", "true"),)) or ()
    entries = [entry for entry in map(Entry.from_api, answer) if f"{entry.key}/".startswith(f"{root}/")]
    if not entries:
        consul.refuse_hidden(f"key below {root}/", keys_read(root))
    return entries


def carry_out(consul: Consul, changes: list[Change], check: bool) -> dict[str, t.Any]:
    """Do the changes, unless in check mode, and return them as the module's result."""
    if not check:
        for batch in batches(changes):
            write(consul, batch)
    return {
        "changed": bool(changes),
        "changed_keys": sorted(change.key for change in changes),
        "diff": {
            "before": {change.path: change.shown_before for change in changes if change.before},
            "after": {change.path: change.shown_after for change in changes if change.after is not None},
        },
    }


def batches(changes: list[Change]) -> t.Iterator[list[Change]]:
    """Yield as many changes together as Consul takes in one transaction; one that is too large for any alone."""
    batch: list[Change] = []
    size = 0
    for change in changes:
        length = len(json.dumps([change.to_operation()]))
        if batch and (len(batch) == MAX_OPERATIONS or size + length > MAX_REQUEST):
            yield batch
            batch, size = [], 0
        batch.append(change)
        size += length
    if batch:
        yield batch


def write(consul: Consul, batch: list[Change]) -> None:
    """Write one batch, all of it or nothing."""
    operations = [change.to_operation() for change in batch]
    first = batch[0]
    # A transaction carries values in Base64, so that the largest fit into none.
    if len(json.dumps(operations)) > MAX_REQUEST and first.after is not None:
        check_and_set = (("cas", first.index), ("flags", first.flags))
        if not consul.put(f"kv/{first.key}", first.after.raw, check_and_set) and not _is_written(consul, batch):
            raise changed_meanwhile([first.key])
        return
    errors = consul.transact(operations)
    stale = [batch[error["OpIndex"]].key for error in errors if "index is stale" in error["What"]]
    if stale and _is_written(consul, batch):
        return
    if stale:
        raise changed_meanwhile(stale)
    if errors:
        reasons = "; ".join(f"{batch[error['OpIndex']].key}: {error['What']}" for error in errors)
        raise Failure(f"Consul at {consul.url} refused to write, and wrote nothing of these keys: {reasons}.")


def _is_written(consul: Consul, batch: list[Change]) -> bool:
    """Return whether all is as it is to be, though the write was refused.

    Our client repeats a call that an election has cut off, of which it does not know that the first one went through.
    """
    found = {change.key: consul.get(f"kv/{change.key}", ()) for change in batch}
    return all(change.is_done(Entry.from_api(found[change.key][0]) if found[change.key] else None) for change in batch)


def changed_meanwhile(keys: list[str]) -> Failure:
    """Return what to say where somebody else wrote between our reading and our writing."""
    return Failure(
        f"Consul KV: somebody else changed {', '.join(keys)} at the same moment, and it was left as it is."
        " Look at the new value, then run this again."
    )
