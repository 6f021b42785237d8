# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.kv import (
    MAX_VALUE,
    Entry,
    changes_to,
    decoded,
    encoded,
    flat,
    kv_path,
    nested,
    refuse_clash,
    stored,
)


def entry(key: str, raw: bytes, index: int = 7, flags: int = 0) -> Entry:
    return Entry(key, raw, index, flags)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        pytest.param("256m", b"256m", id="string"),
        pytest.param("", b"", id="empty string"),
        pytest.param("two\nlines ", b"two\nlines ", id="string keeps its blanks"),
        pytest.param("häßlich ✓", "häßlich ✓".encode(), id="unicode"),
        pytest.param("0123", b"0123", id="string of digits that is no JSON number"),
        pytest.param("NaN", b"NaN", id="string that only Python's JSON reads as a number"),
        pytest.param("yes", b"yes", id="string that YAML would read as a boolean"),
        pytest.param("{{ x }}", b"{{ x }}", id="string that only begins like JSON"),
        pytest.param("5", b'"5"', id="string that would be read as a number"),
        pytest.param("1e5", b'"1e5"', id="commit that would be read as a number"),
        pytest.param("true", b'"true"', id="string that would be read as a boolean"),
        pytest.param("null", b'"null"', id="string that would be read as null"),
        pytest.param('"quoted"', b'"\\"quoted\\""', id="string with quotes of its own"),
        pytest.param("[1]", b'"[1]"', id="string that would be read as a list"),
        pytest.param(5, b"5", id="integer"),
        pytest.param(2**70, str(2**70).encode(), id="large integer"),
        pytest.param(1.0, b"1.0", id="float that stays one"),
        pytest.param(True, b"true", id="boolean"),
        pytest.param(None, b"null", id="null"),
        pytest.param([1, "a", None, {"b": "ü"}], '[1, "a", null, {"b": "ü"}]'.encode(), id="list"),
        pytest.param([], b"[]", id="empty list"),
        pytest.param({}, b"{}", id="empty dict"),
        pytest.param(b"\xff\x00", b"\xff\x00", id="bytes that are no text"),
    ],
)
def test_values_come_back_as_they_were(value: t.Any, raw: bytes) -> None:
    assert encoded(value) == raw
    back = decoded(raw)
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        pytest.param(b"5\n", 5, id="newline of an editor"),
        pytest.param(b" true", True, id="blank before"),
        pytest.param(b"Infinity", "Infinity", id="no number in JSON"),
        pytest.param(b"[" * 100_000, "[" * 100_000, id="nested without end"),
        pytest.param(b"9" * 5000, "9" * 5000, id="more digits than Python reads"),
    ],
)
def test_values_written_by_hand(raw: bytes, value: t.Any) -> None:
    assert decoded(raw) == value


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
    changes = changes_to("r", [entry(f"r/{path}", raw) for path, raw in found.items()], wanted, purge)
    assert {c.path: (c.before.raw if c.before else None, c.after) for c in changes} == changed
    assert all(c.key == f"r/{c.path}" for c in changes)


def test_writes_come_before_removals() -> None:
    changes = changes_to("r", [entry("r/a", b"1")], {"b": b"2"}, purge=True)
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
    (change,) = changes_to("r", found, wanted, purge=True)
    assert change.to_operation() == {"KV": {"Key": "r/a", **operation}}


def test_diff_shows_values_not_bytes() -> None:
    (change,) = changes_to("r", [entry("r/a", b"\xff\xff")], {"a": b'"5"'}, purge=False)
    assert (change.shown_before, change.shown_after) == ("(2 bytes that are no text)", "5")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(float("nan"), "can't be stored as JSON", id="not a number"),
        pytest.param("\udcff", "can't be stored as JSON", id="half of a character"),
        pytest.param("x" * (MAX_VALUE + 1), f"{MAX_VALUE + 1} bytes", id="too large"),
    ],
)
def test_values_that_consul_cannot_hold_are_refused(value: t.Any, reason: str) -> None:
    with pytest.raises(Failure, match=f"^data.jvm.heap: .*{reason}"):
        stored(value, "data.jvm.heap")


def test_the_largest_value_is_fine() -> None:
    assert len(stored("x" * MAX_VALUE, "data.a")) == MAX_VALUE
