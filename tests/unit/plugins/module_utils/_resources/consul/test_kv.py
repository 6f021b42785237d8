# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import (
    Entry,
    Value,
    changes_to,
    flat,
    nested,
    refuse_clash,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import TAGS


def entry(key: str, raw: bytes, index: int = 7, flags: int = 0) -> Entry:
    return Entry(key, raw, index, flags)


def test_flat_and_nested_are_inverse() -> None:
    data = {"heap": "1g", "jvm": {"gc": {"pause": 5}, "empty": {}, "flags": []}, "my key": None}
    values = {"heap": "1g", "jvm/gc/pause": 5, "jvm/empty": {}, "jvm/flags": [], "my key": None}
    assert flat(data, "data") == values
    assert nested(values) == data


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/"])
def test_keys_that_are_no_path_are_refused(name: str) -> None:
    with pytest.raises(Failure, match=r"^data: jvm/"):
        flat({"jvm": {name: 1}}, "data")


@pytest.mark.parametrize(
    ("path", "normal"),
    [("a", "a"), ("/a/b/", "a/b"), ("longshore/config/my web", "longshore/config/my web"), ("ä", "ä")],
)
def test_paths_lose_slashes_around_them(path: str, normal: str) -> None:
    assert kv_path(path, "prefix") == normal


@pytest.mark.parametrize("path", ["", "/", "//", "a//b", "a/../b", "./a"])
def test_paths_that_http_would_change_are_refused(path: str) -> None:
    with pytest.raises(Failure, match=r"^prefix: "):
        kv_path(path, "prefix")


@pytest.mark.parametrize(
    ("paths", "clash"),
    [
        pytest.param({"a", "b/c", "b/d"}, None, id="none"),
        pytest.param({"a", "ab/c", "a-b"}, None, id="alike names"),
        pytest.param({"a", "a/b"}, "root/a has a value, and root/a/b lies below it", id="parent"),
        pytest.param({"a/b/c/d", "a/b"}, "root/a/b has a value, and root/a/b/c/d lies below it", id="grandparent"),
    ],
)
def test_a_value_is_no_folder(paths: set[str], clash: str | None) -> None:
    if clash is None:
        refuse_clash(paths, "root")
    else:
        with pytest.raises(Failure, match=clash):
            refuse_clash(paths, "root")


def test_entry_reads_what_consul_answers() -> None:
    answer = {"LockIndex": 0, "Key": "r/a", "Flags": 3, "Value": "NQ==", "CreateIndex": 1, "ModifyIndex": 9}
    assert Entry.from_api(answer) == entry("r/a", b"5", 9, 3)
    assert Entry.from_api({**answer, "Value": None}).raw == b""


@pytest.mark.parametrize(
    ("found", "wanted", "purge", "changed"),
    [
        pytest.param({}, {"a": b"5"}, False, {"a": (None, b"5")}, id="created"),
        pytest.param({"a": b"5"}, {"a": b"5"}, True, {}, id="unchanged"),
        pytest.param({"a": b" 5\n"}, {"a": b"5"}, True, {}, id="unchanged but for blanks"),
        pytest.param({"a": b"[1,2]"}, {"a": b"[1, 2]"}, True, {}, id="unchanged, JSON of another style"),
        pytest.param({"a": b"5"}, {"a": b'"5"'}, False, {"a": (b"5", b'"5"')}, id="number becomes a string"),
        pytest.param({"a": b"1"}, {"a": b"true"}, False, {"a": (b"1", b"true")}, id="number becomes a boolean"),
        pytest.param({"a": b"1"}, {"a": b"1.0"}, False, {"a": (b"1", b"1.0")}, id="integer becomes a float"),
        pytest.param({"a": b"\xff"}, {"a": b"x"}, False, {"a": (b"\xff", b"x")}, id="no text becomes text"),
        pytest.param({"b": b"1"}, {"a": b"1"}, False, {"a": (None, b"1")}, id="others stay"),
        pytest.param({"b": b"1"}, {"a": b"1"}, True, {"a": (None, b"1"), "b": (b"1", None)}, id="others go"),
        pytest.param({"b/": b""}, {}, True, {"b/": (b"", None)}, id="folder of the web interface goes"),
    ],
)
def test_changes(
    found: dict[str, bytes],
    wanted: dict[str, bytes],
    purge: bool,
    changed: dict[str, tuple[bytes | None, bytes | None]],
) -> None:
    values = {path: Value(raw) for path, raw in wanted.items()}
    changes = changes_to("r", [entry(f"r/{path}", raw) for path, raw in found.items()], values, purge)
    assert {c.path: (c.before and c.before.raw, c.after and c.after.raw) for c in changes} == changed
    assert all(c.key == f"r/{c.path}" for c in changes)


def test_writes_come_before_removals() -> None:
    changes = changes_to("r", [entry("r/a", b"1")], {"b": Value(b"2")}, purge=True)
    assert [c.path for c in changes] == ["b", "a"]


@pytest.mark.parametrize(
    ("found", "wanted", "operation"),
    [
        pytest.param([], {"a": b"5"}, {"Verb": "cas", "Index": 0, "Flags": 0, "Value": "NQ=="}, id="create only"),
        pytest.param(
            [entry("r/a", b"1", 9, 3)],
            {"a": b"5"},
            {"Verb": "cas", "Index": 9, "Flags": 3, "Value": "NQ=="},
            id="change what was read, keep flags",
        ),
        pytest.param([entry("r/a", b"1", 9)], {}, {"Verb": "delete-cas", "Index": 9}, id="remove what was read"),
    ],
)
def test_operations_check_and_set(found: list[Entry], wanted: dict[str, bytes], operation: dict[str, t.Any]) -> None:
    (change,) = changes_to("r", found, {path: Value(raw) for path, raw in wanted.items()}, purge=True)
    assert change.to_operation() == {"KV": {"Key": "r/a", **operation}}


def test_diff_shows_values_not_bytes() -> None:
    (change,) = changes_to("r", [entry("r/a", b"\xff\xff")], {"a": Value(b'"5"')}, purge=False)
    assert (change.shown_before, change.shown_after) == ("(2 bytes that are not text)", "5")


@pytest.mark.parametrize(
    ("raw", "flags", "value", "written"),
    [
        pytest.param(b"5", 0, Value(b"5", "text"), TAGS["text"], id="number becomes text"),
        pytest.param(b"5", TAGS["text"], Value(b"5", "text"), None, id="text already"),
        pytest.param(b"5", TAGS["text"], Value(b'"5"'), None, id="text, and nobody says how it is stored"),
        pytest.param(b"5", TAGS["text"], Value(b"5"), 0, id="text becomes a number"),
        pytest.param(b"5", TAGS["text"], Value(b"5", "binary"), TAGS["binary"], id="text becomes binary"),
        pytest.param(b"5", TAGS["binary"], Value(b"5"), 0, id="binary becomes a number"),
        pytest.param(b"5", 42, Value(b"6"), 42, id="flags of somebody else stay"),
        pytest.param(b"5", 42, Value(b"5"), None, id="flags of somebody else are no difference"),
        pytest.param(b"5", 42, Value(b"5", "text"), TAGS["text"], id="flags of somebody else give way to a type"),
    ],
)
def test_types_are_tags(raw: bytes, flags: int, value: Value, written: int | None) -> None:
    changes = changes_to("r", [entry("r/a", raw, flags=flags)], {"a": value}, purge=False)
    assert [change.to_operation()["KV"]["Flags"] for change in changes] == ([] if written is None else [written])


@pytest.mark.parametrize(
    ("found", "purge", "changed"),
    [
        pytest.param({}, False, ["a", "b"], id="what is missing is made"),
        pytest.param({"a": b"theirs"}, False, ["b"], id="what is there stays"),
        pytest.param({"a": b"theirs", "b": b"", "c": b""}, False, [], id="nothing is missing"),
        pytest.param({"a": b"theirs", "b": b"", "c": b""}, True, ["c"], id="others go where that is asked for"),
    ],
)
def test_a_seed(found: dict[str, bytes], purge: bool, changed: list[str]) -> None:
    entries = [entry(f"r/{path}", raw) for path, raw in found.items()]
    changes = changes_to("r", entries, {"a": Value(b"1"), "b": Value(b"2")}, purge, overwrite=False)
    assert [change.path for change in changes] == changed
