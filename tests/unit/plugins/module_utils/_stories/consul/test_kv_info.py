# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import TAGS
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv_info import read_info, read_value
from tests.unit.consul_model import Hiding


class Store(Hiding):
    """A Consul with keys of (value, flags)."""

    def __init__(self, **keys: tuple[bytes, int]) -> None:
        self.keys = {name.replace("__", "/"): value for name, value in keys.items()}

    def get(self, path: str, params: t.Any) -> list[dict[str, t.Any]] | None:
        root = path.removeprefix("kv/")
        return [
            {"Key": key, "Value": base64.b64encode(raw).decode(), "ModifyIndex": 7, "Flags": flags}
            for key, (raw, flags) in self.keys.items()
            if key == root or (params and key.startswith(root))
        ] or None


STORE = Store(
    r=(b"own", 0), r__b=(b"5", TAGS["text"]), r__a=(b"5", 42), r__bytes=(b"\xff", 0), r__d__=(b"", 0), rest=(b"", 0)
)


def test_every_key_is_told_with_its_type() -> None:
    keys = read_info(STORE, "/r/")["keys"]
    assert [(key["key"], key["value"], key["type"], key["flags"]) for key in keys] == [
        ("r", "own", None, 0),
        ("r/a", 5, None, 42),
        ("r/b", "5", "text", TAGS["text"]),
        ("r/bytes", "/w==", "binary", 0),
        ("r/d/", "", None, 0),
    ]


def test_data_is_nested_without_the_prefix_itself() -> None:
    assert read_info(STORE, "r")["data"] == {"a": 5, "b": "5", "bytes": "/w=="}


def test_keys_that_cannot_be_nested_are_told_all_the_same() -> None:
    result = read_info(Store(r__a=(b"1", 0), r__a__b=(b"2", 0)), "r")
    assert (result["data"], len(result["keys"])) == (None, 2)
    assert "r/a has a value, and r/a/b lies below it" in result["warnings"][0]


@pytest.mark.parametrize(
    ("path", "found", "value"),
    [
        pytest.param("r", True, "own", id="a key that is a prefix too"),
        pytest.param("r/", True, {"a": 5, "b": "5", "bytes": "/w=="}, id="a prefix that is a key too"),
        pytest.param("rest", True, "", id="an empty value"),
        pytest.param("re", False, None, id="no such key"),
        pytest.param("re/", False, {}, id="no such prefix"),
    ],
)
def test_a_value(path: str, found: bool, value: t.Any) -> None:
    assert read_value(STORE, path) == (found, value)
