# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in Consul's KV store: keys, nested by their slashes, and the changes that make them as wanted."""

from __future__ import annotations

import base64
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import is_segment
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import (
    TAGS,
    TYPES,
    encoded,
    shown,
    value_of,
)

# Values by the path of their key, such as {"jvm/heap": "1g"}.
Flat = dict[str, t.Any]


@dataclass(frozen=True)
class Entry:
    """One key as Consul has it. ``key`` is the full path, ``index`` Consul's ModifyIndex."""

    key: str
    raw: bytes
    index: int
    flags: int

    @classmethod
    def from_api(cls, answer: dict[str, t.Any]) -> Entry:
        """Return the entry of an element of the answer of ``GET /v1/kv/<path>``."""
        return cls(answer["Key"], base64.b64decode(answer["Value"] or ""), answer["ModifyIndex"], answer["Flags"])

    @property
    def is_folder(self) -> bool:
        """Consul's web interface makes an empty key with a slash at its end for a folder: no value."""
        return self.key.endswith("/")

    @property
    def value(self) -> t.Any:
        """The typed value; bytes where it is no text."""
        return value_of(self.raw, self.flags)


@dataclass(frozen=True)
class Value:
    """What a key is to hold. ``kind``: text or binary where that is to be told by a tag, else None."""

    raw: bytes
    kind: str | None = None

    def is_in(self, entry: Entry) -> bool:
        """Compare by what values mean, without a tag: ``5`` and ``"5"`` differ, ``[1, 2]`` and ``[1,2]`` do not."""
        if self.kind:
            return (entry.raw, TYPES.get(entry.flags)) == (self.raw, self.kind)
        is_binary = TYPES.get(entry.flags) == "binary"
        return not is_binary and encoded(entry.value) == self.raw


@dataclass(frozen=True)
class Change:
    """One key to write or to remove. ``path`` is the key below the prefix; ``after`` is None where it goes."""

    key: str
    path: str
    before: Entry | None
    after: Value | None

    @property
    def index(self) -> int:
        """For check-and-set; 0 writes only what is not there yet."""
        return self.before.index if self.before else 0

    @property
    def flags(self) -> int:
        """Our tag where there is one to set; else whoever set flags keeps them, unless they are a tag of ours."""
        if self.after and self.after.kind:
            return TAGS[self.after.kind]
        return self.before.flags if self.before and self.before.flags not in TYPES else 0

    @property
    def shown_before(self) -> t.Any:
        """The old value for the diff."""
        return shown(self.before.value) if self.before else None

    @property
    def shown_after(self) -> t.Any:
        """The new value for the diff."""
        return shown(value_of(self.after.raw, self.flags)) if self.after else None

    def is_done(self, there: Entry | None) -> bool:
        """Return whether the key is as it is to be."""
        if self.after is None or there is None:
            return self.after is None and there is None
        return (there.raw, there.flags) == (self.after.raw, self.flags)

    def to_operation(self) -> dict[str, t.Any]:
        """Return the operation of ``PUT /v1/txn``: refused there if the key changed after it was read."""
        target: dict[str, t.Any] = {"Key": self.key, "Index": self.index}
        if self.after is None:
            return {"KV": {**target, "Verb": "delete-cas"}}
        value = base64.b64encode(self.after.raw).decode()
        return {"KV": {**target, "Verb": "cas", "Flags": self.flags, "Value": value}}


def changes_to(
    root: str, found: t.Iterable[Entry], wanted: dict[str, Value], purge: bool, overwrite: bool = True
) -> list[Change]:
    """Return what makes the found entries below ``root`` equal to the wanted ones: first writes, then removals.

    ``purge``: keys that are not wanted go. Without ``overwrite`` a key that is there keeps its value.
    """
    entries = {entry.key: entry for entry in found}
    changes = []
    for path, value in wanted.items():
        key = f"{root}/{path}"
        before = entries.get(key)
        if before is None or (overwrite and not value.is_in(before)):
            changes.append(Change(key, path, before, value))
    wanted_keys = {f"{root}/{path}" for path in wanted}
    if purge:
        extra = [entry for entry in entries.values() if entry.key not in wanted_keys]
        changes += [Change(entry.key, entry.key.removeprefix(f"{root}/"), entry, None) for entry in extra]
    return changes


def flat(data: dict[str, t.Any], where: str, above: str = "") -> Flat:
    """Return nested data by the paths of its values; ``where`` names the data in errors. An empty dict is a value."""
    values: Flat = {}
    for name, value in data.items():
        if not is_segment(name):
            raise Failure(f"{where}: {above}{name!r} can't be a key of Consul's KV; {_remedy(name)}")
        path = f"{above}{name}"
        if isinstance(value, dict) and value:
            values.update(flat(value, where, f"{path}/"))
        else:
            values[path] = value
    return values


def nested(values: Flat) -> dict[str, t.Any]:
    """Return values by path as nested dicts; no path may be the beginning of another (see :func:`refuse_clash`)."""
    data: dict[str, t.Any] = {}
    for path, value in values.items():
        *folders, name = path.split("/")
        place = data
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return data


def refuse_clash(paths: t.Collection[str], root: str) -> None:
    """Raise ``Failure`` where a path has a value and is also the folder of another; ``root`` lies above them all."""
    for path in sorted(paths):
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in paths:
                raise Failure(
                    f"Consul KV: {printable(f'{root}/{folder} has a value, and {root}/{path}')} lies below it."
                    f" Only one of them can be: remove one (consul kv delete {shell_word(f'{root}/{folder}')})."
                )


def _remedy(name: t.Any) -> str:
    return "nest dicts in place of slashes" if isinstance(name, str) else f'write it as text, "{name}"'
