# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import (
    MAX_VALUE,
    TAGS,
    decoded,
    encoded,
    in_base64,
    stored,
    value_of,
)


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
        pytest.param("1e5", b"1e5", id="commit that looks like a number"),
        pytest.param("12e4567", b"12e4567", id="commit that no float can hold"),
        pytest.param("1234e56", b"1234e56", id="commit that a float would change"),
        pytest.param("1.10", b"1.10", id="version that a float would change"),
        pytest.param("0.1234567890123456789", b"0.1234567890123456789", id="more digits than a float has"),
        pytest.param({"a": "1e999"}, b'{"a": "1e999"}', id="such a text within JSON"),
        pytest.param(1e16, b"1e+16", id="a large number"),
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
        pytest.param(b'{"a": [1.10, 1.5, 1234e56]}', {"a": ["1.10", 1.5, "1234e56"]}, id="numbers within JSON"),
        pytest.param(b"Infinity", "Infinity", id="no number in JSON"),
        pytest.param(b"[" * 100_000, "[" * 100_000, id="nested without end"),
        pytest.param(b"9" * 5000, "9" * 5000, id="more digits than Python reads"),
    ],
)
def test_values_written_by_hand(raw: bytes, value: t.Any) -> None:
    assert decoded(raw) == value


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        pytest.param(b"5", "text", "5", id="text that looks like a number"),
        pytest.param(b"", "text", "", id="empty text"),
        pytest.param(b"\xff", "text", b"\xff", id="tagged as text by mistake"),
        pytest.param(b"5", "binary", b"5", id="bytes that look like a number"),
        pytest.param(b"", "binary", b"", id="no bytes"),
    ],
)
def test_a_tag_tells_the_type(raw: bytes, kind: str, value: t.Any) -> None:
    assert value_of(raw, TAGS[kind]) == value


@pytest.mark.parametrize(
    ("value", "kind", "raw"),
    [
        pytest.param("5", "text", b"5", id="text without quotes"),
        pytest.param("gr\u00fcn", "text", "gr\u00fcn".encode(), id="unicode"),
        pytest.param(in_base64(b"\x00\xff"), "binary", b"\x00\xff", id="binary"),
        pytest.param("", "binary", b"", id="no bytes"),
    ],
)
def test_values_with_a_type(value: str, kind: str, raw: bytes) -> None:
    assert stored(value, "data.a", kind) == raw


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
