# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's integration tests can't provoke: somebody else writes between our reading and our writing."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import MAX_OPERATIONS
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import Change, Entry, Value
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import MAX_VALUE
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv import (
    MAX_REQUEST,
    Write,
    batches,
    remove_data,
    write_data,
)
from tests.unit.consul_model import Hiding


class Store(Hiding):
    """A Consul whose keys change, after they were read, as ``meanwhile`` says; 8 is the index of such a change."""

    url = "http://127.0.0.1:8500"

    def __init__(self, keys: dict[str, bytes], meanwhile: dict[str, bytes] | None = None) -> None:
        self.keys = {key: (value, 7) for key, value in keys.items()}
        self.meanwhile = meanwhile or {}
        self.writes: list[int] = []
        self.reads = 0

    def get(self, path: str, _params: t.Any) -> list[dict[str, t.Any]] | None:
        self.reads += 1
        prefix = path.removeprefix("kv/")
        answer = [
            {"Key": key, "Value": base64.b64encode(value).decode(), "ModifyIndex": index, "Flags": 0}
            for key, (value, index) in self.keys.items()
            if key.startswith(prefix)
        ]
        self.keys.update({key: (value, 8) for key, value in self.meanwhile.items()})
        return answer or None

    def transact(self, operations: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        self.writes.append(len(operations))
        stale = [
            {"OpIndex": n, "What": f'failed to set key "{operation["KV"]["Key"]}", index is stale'}
            for n, operation in enumerate(operations)
            if self.index(operation["KV"]["Key"])
            not in (
                operation["KV"]["Index"],
                # What is gone already is removed.
                0 if operation["KV"]["Verb"] == "delete-cas" else operation["KV"]["Index"],
            )
        ]
        if not stale:
            for operation in (operation["KV"] for operation in operations):
                if operation["Verb"] == "delete-cas":
                    self.keys.pop(operation["Key"], None)
                else:
                    self.keys[operation["Key"]] = (base64.b64decode(operation["Value"]), 9)
        return stale

    def put(self, path: str, body: bytes, params: t.Any) -> bool:
        self.writes.append(1)
        key = path.removeprefix("kv/")
        if self.index(key) != dict(params)["cas"]:
            return False
        self.keys[key] = (body, 9)
        return True

    def index(self, key: str) -> int:
        return self.keys[key][1] if key in self.keys else 0


@pytest.mark.parametrize(
    ("keys", "meanwhile", "data"),
    [
        pytest.param({}, {"r/a": b"theirs"}, {"a": 1, "b": 2}, id="created by somebody else"),
        pytest.param({"r/a": b"old"}, {"r/a": b"theirs"}, {"a": 1, "b": 2}, id="changed by somebody else"),
        pytest.param({}, {"r/a": b"theirs"}, {"a": "x" * MAX_VALUE}, id="a value too large for a transaction"),
    ],
)
def test_a_change_of_somebody_else_is_kept(
    keys: dict[str, bytes], meanwhile: dict[str, bytes], data: dict[str, t.Any]
) -> None:
    store = Store(keys, meanwhile)
    with pytest.raises(Failure, match="somebody else changed r/a at the same moment"):
        write_data(store, "r", Write(data, purge=False), check=False)
    assert {key: value for key, (value, _index) in store.keys.items()} == meanwhile


def test_a_key_that_changed_is_not_removed() -> None:
    store = Store({"r/a": b"old"}, {"r/a": b"theirs"})
    with pytest.raises(Failure, match="somebody else changed r/a"):
        remove_data(store, "r", check=False)
    assert store.keys["r/a"][0] == b"theirs"


@pytest.mark.parametrize("value", [2, "x" * MAX_VALUE], ids=["transaction", "alone"])
def test_a_write_of_ours_that_was_repeated_is_none_of_somebody_else(
    monkeypatch: pytest.MonkeyPatch, value: t.Any
) -> None:
    """The client repeats a call that an election has cut off, and what went through the first time is refused then."""
    store = Store({"r/a": b"1", "r/gone": b"x"})
    for method in ("transact", "put"):
        once = getattr(store, method)
        monkeypatch.setattr(store, method, lambda *arguments, _once=once: (_once(*arguments), _once(*arguments))[1])
    assert write_data(store, "r", Write({"a": value}, purge=True), check=False)["changed_keys"] == ["r/a", "r/gone"]
    assert sorted(store.keys) == ["r/a"]


def test_other_errors_of_a_transaction_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store({})
    monkeypatch.setattr(store, "transact", lambda _operations: [{"OpIndex": 0, "What": "Permission denied"}])
    with pytest.raises(Failure, match=r"refused to write, .*: r/a: Permission denied"):
        write_data(store, "r", Write({"a": 1}, purge=False), check=False)


@pytest.mark.parametrize("check", [True, False])
def test_nothing_to_do_writes_nothing(check: bool) -> None:
    store = Store({"r/a": b"5", "ra": b"not ours"})
    result = write_data(store, "r", Write({"a": 5}, purge=True), check=check)
    assert (result["changed"], result["changed_keys"], store.writes) == (False, [], [])


def test_check_mode_tells_the_same_and_writes_nothing() -> None:
    store = Store({"r/a": b"5", "r/gone": b"x"})
    planned = write_data(store, "r", Write({"a": 6, "new": [1]}, purge=True), check=True)
    assert store.writes == []
    assert planned == write_data(store, "r", Write({"a": 6, "new": [1]}, purge=True), check=False)
    assert planned == {
        "changed": True,
        "changed_keys": ["r/a", "r/gone", "r/new"],
        "diff": {"before": {"a": 5, "gone": "x"}, "after": {"a": 6, "new": [1]}},
    }


@pytest.mark.parametrize(
    ("keys", "data", "purge", "message"),
    [
        pytest.param(
            {"r/a": b"1"}, {"a": {"b": 1}}, False, "r/a has a value, and r/a/b lies below", id="below a value"
        ),
        pytest.param({"r/a/b": b"1"}, {"a": 1}, False, "r/a has a value, and r/a/b lies below", id="above a value"),
        pytest.param({"r/a": b"1"}, {"a": {"b": 1}}, True, None, id="purged"),
        pytest.param({"r/a/": b""}, {"a": {"b": 1}}, False, None, id="folder of the web interface"),
        pytest.param({"r": b"1"}, {"a": 1}, False, None, id="the prefix is a key too"),
    ],
)
def test_a_value_is_no_folder(keys: dict[str, bytes], data: dict[str, t.Any], purge: bool, message: str | None) -> None:
    store = Store(keys)
    if message is None:
        assert write_data(store, "r", Write(data, purge=purge), check=False)["changed"]
    else:
        with pytest.raises(Failure, match=message):
            write_data(store, "r", Write(data, purge=purge), check=False)
        assert store.writes == []


@pytest.mark.parametrize(
    ("sizes", "batched"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([1] * 64, [64], id="just one transaction"),
        pytest.param([1] * 65, [64, 1], id="one more"),
        pytest.param([300_000, 300_000, 1], [1, 2], id="together too large"),
        pytest.param([1, MAX_VALUE, 1], [1, 1, 1], id="too large for any"),
    ],
)
def test_batches(sizes: list[int], batched: list[int]) -> None:
    changes = [Change(f"r/{n}", str(n), None, Value(b"x" * size)) for n, size in enumerate(sizes)]
    result = list(batches(changes))
    assert [len(batch) for batch in result] == batched
    assert [change for batch in result for change in batch] == changes
    for batch in result:
        assert len(batch) <= MAX_OPERATIONS
        assert len(batch) == 1 or len(json.dumps([change.to_operation() for change in batch])) <= MAX_REQUEST


def test_removals_are_batched_too() -> None:
    entries = [Entry(f"r/{n}", b"x", 7, 0) for n in range(70)]
    result = list(batches([Change(entry.key, entry.key, entry, None) for entry in entries]))
    assert [len(batch) for batch in result] == [64, 6]


def test_two_thousand_keys_that_are_there_cost_one_read() -> None:
    store = Store({f"r/{n}": b"%d" % n for n in range(2000)})
    result = write_data(store, "r", Write({str(n): n for n in range(2000)}, purge=True), check=False)
    assert (result["changed"], store.reads, store.writes) == (False, 1, [])


@pytest.mark.parametrize(
    ("cas", "message"),
    [
        pytest.param({"a": 7, "b": 0}, None, id="as it was read"),
        pytest.param({"a": "7"}, None, id="a template made text of it"),
        pytest.param({"a": 6}, r"r/a has ModifyIndex 7, not 6 as cas says", id="changed since"),
        pytest.param({"a": 0}, r"r/a has ModifyIndex 7, not 0", id="made since"),
        pytest.param({"b": 5}, r"r/b has ModifyIndex 0, not 5", id="removed since"),
    ],
)
def test_check_and_set(cas: dict[str, t.Any], message: str | None) -> None:
    store = Store({"r/a": b"1"})
    write = Write({"a": 2, "b": 2}, cas=cas)
    if message is None:
        assert write_data(store, "r", write, check=False)["changed_keys"] == ["r/a", "r/b"]
    else:
        with pytest.raises(Failure, match=message):
            write_data(store, "r", write, check=False)
        assert store.writes == []
