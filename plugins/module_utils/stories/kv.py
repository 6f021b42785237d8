# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a subtree of Consul's KV equal to given data, or removes it."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.kv import (
    Change,
    Entry,
    changes_to,
    flat,
    kv_path,
    refuse_clash,
    stored,
)

# Consul's limits for one transaction: operations, and bytes of the whole request.
MAX_OPERATIONS = 64
MAX_REQUEST = 512 * 1024


def write_data(consul: Consul, prefix: str, data: dict[str, t.Any], purge: bool, check: bool) -> dict[str, t.Any]:
    """Writes what differs from the data below the prefix; ``purge`` also removes the keys that the data has not."""
    root = kv_path(prefix, "prefix")
    wanted = {path: stored(value, f"data.{path.replace('/', '.')}") for path, value in flat(data, "data").items()}
    found = [entry for entry in read(consul, root) if entry.key != root]
    changes = changes_to(root, found, wanted, purge)
    gone = {change.path for change in changes if change.after is None}
    kept = {entry.key.removeprefix(f"{root}/") for entry in found if not entry.is_folder} - gone
    refuse_clash(kept | wanted.keys(), root)
    return carry_out(consul, changes, check)


def remove_data(consul: Consul, prefix: str, check: bool) -> dict[str, t.Any]:
    """Removes the key of that name and all keys below it."""
    root = kv_path(prefix, "prefix")
    return carry_out(consul, changes_to(root, read(consul, root), {}, purge=True), check)


def read(consul: Consul, root: str) -> list[Entry]:
    """The key ``root`` and all below it. Consul itself goes by the beginning of names, so others come along."""
    answer = consul.get(f"kv/{root}", (("recurse", "true"),)) or ()
    return [entry for entry in map(Entry.from_api, answer) if f"{entry.key}/".startswith(f"{root}/")]


def carry_out(consul: Consul, changes: list[Change], check: bool) -> dict[str, t.Any]:
    """Does the changes, unless in check mode, and tells them as the module's result."""
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
    """As many changes together as Consul takes in one transaction; one that is too large for any stands alone."""
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
    """Writes one batch, all of it or nothing."""
    operations = [change.to_operation() for change in batch]
    first = batch[0]
    # A transaction carries values in Base64, so that the largest fit into none.
    if len(json.dumps(operations)) > MAX_REQUEST and first.after is not None:
        check_and_set = (("cas", first.index), ("flags", first.flags))
        if not consul.put(f"kv/{first.key}", first.after, check_and_set):
            raise changed_meanwhile([first.key])
        return
    errors = consul.transact(operations)
    stale = [batch[error["OpIndex"]].key for error in errors if "index is stale" in error["What"]]
    if stale:
        raise changed_meanwhile(stale)
    if errors:
        reasons = "; ".join(f"{batch[error['OpIndex']].key}: {error['What']}" for error in errors)
        raise Failure(
            f"Consul at {consul.url} refused to write, and wrote nothing of these keys: {reasons}."
            " Where permission is denied, check consul_token and its policy."
        )


def changed_meanwhile(keys: list[str]) -> Failure:
    """Somebody else wrote between our reading and our writing."""
    return Failure(
        f"Consul KV: somebody else changed {', '.join(keys)} at the same moment, and it was left as it is."
        " Look at the new value, then run this again."
    )
