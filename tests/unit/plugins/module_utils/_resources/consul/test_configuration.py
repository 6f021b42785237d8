# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import (
    Config,
    ConfigQuery,
    Layer,
    layer_path,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import Entry
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import TAGS
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node


def layer(name: str, **values: str) -> Layer:
    """Return a layer of raw values; two underscores stand for a slash."""
    path = f"f/config/{name}"
    entries = [Entry(f"{path}/{key.replace('__', '/')}", raw.encode(), 1, 0) for key, raw in values.items()]
    return Layer.from_entries(name, path, entries)


@pytest.mark.parametrize(
    ("layers", "config", "origin"),
    [
        pytest.param([], {}, {}, id="nothing asked for"),
        pytest.param([layer("a")], {}, {}, id="prefix without keys"),
        pytest.param(
            [layer("a", heap="1g", port="80", on="true", none="null", list="[1]", text='"5"', empty="")],
            {"heap": "1g", "port": 80, "on": True, "none": None, "list": [1], "text": "5", "empty": ""},
            dict.fromkeys(("heap", "port", "on", "none", "list", "text", "empty"), "a"),
            id="typed values",
        ),
        pytest.param(
            [layer("a", x="1", y="1"), layer("b", y="2", z="2")],
            {"x": 1, "y": 2, "z": 2},
            {"x": "a", "y": "b", "z": "b"},
            id="later wins",
        ),
        pytest.param(
            [layer("a", y="1"), layer("b", y="2"), layer("a", y="1")],
            {"y": 1},
            {"y": "a"},
            id="same prefix twice, the last place counts",
        ),
        pytest.param(
            [layer("a", jvm__heap="1", jvm__gc="g1"), layer("b", jvm__heap="2")],
            {"jvm": {"heap": 2, "gc": "g1"}},
            {"jvm/heap": "b", "jvm/gc": "a"},
            id="folders are merged",
        ),
        pytest.param(
            [layer("a", jvm='{"heap": 1, "gc": {"pause": 5}}'), layer("b", jvm__heap="2")],
            {"jvm": {"heap": 2, "gc": {"pause": 5}}},
            {"jvm/heap": "b", "jvm/gc/pause": "a"},
            id="a JSON object is a folder",
        ),
        pytest.param(
            [layer("a", list="[1, 2]"), layer("b", list="[3]")],
            {"list": [3]},
            {"list": "b"},
            id="lists are replaced",
        ),
        pytest.param(
            [layer("a", jvm__heap="1"), layer("b", jvm="off")],
            {"jvm": "off"},
            {"jvm": "b"},
            id="value in place of a folder",
        ),
        pytest.param(
            [layer("a", jvm="off"), layer("b", jvm__heap="1")],
            {"jvm": {"heap": 1}},
            {"jvm/heap": "b"},
            id="folder in place of a value",
        ),
        pytest.param(
            [layer("a", x="1"), layer("b", x="null")], {"x": None}, {"x": "b"}, id="null is a value, it wins too"
        ),
    ],
)
def test_layers(layers: list[Layer], config: dict[str, t.Any], origin: dict[str, str]) -> None:
    merged = Config.from_layers(layers)
    assert (merged.nested(), merged.origin) == (config, origin)


def test_folders_of_the_web_interface_are_no_values() -> None:
    entries = [Entry("f/config/a/", b"", 1, 0), Entry("f/config/a/jvm/", b"", 1, 0), Entry("f/config/a/x", b"1", 1, 0)]
    assert Layer.from_entries("a", "f/config/a", entries).values == {"x": 1}


@pytest.mark.parametrize(
    ("key", "raw", "message"),
    [
        pytest.param("x", b"\xff", "the value of f/config/a/x is not UTF-8 text", id="binary"),
        pytest.param("y//z", b"1", "f/config/a: y/'' can't be a key", id="empty part of a path"),
        pytest.param("x", b'{"y/z": 1}', "f/config/a: x/'y/z' can't be a key", id="slash in a JSON object"),
        pytest.param("here/below", b"1", "f/config/a/here has a value", id="value and folder at once"),
    ],
)
def test_errors_name_the_key(key: str, raw: bytes, message: str) -> None:
    entries = [Entry("f/config/a/here", b"1", 1, 0), Entry(f"f/config/a/{key}", raw, 1, 0)]
    with pytest.raises(Failure, match=message):
        Layer.from_entries("a", "f/config/a", entries)


def test_where_a_layer_lies() -> None:
    assert layer_path("longshore", "elasticsearch") == "longshore/config/elasticsearch"
    assert layer_path("/teams/search/", "common/eu") == "teams/search/config/common/eu"


@pytest.mark.parametrize(
    ("fleet", "name", "option"), [("", "a", "prefix"), ("f", "a//b", "config"), ("f", "", "config")]
)
def test_where_no_layer_can_lie(fleet: str, name: str, option: str) -> None:
    with pytest.raises(Failure, match=f"^{option}: "):
        layer_path(fleet, name)


@pytest.mark.parametrize(
    ("names", "groups", "layers"),
    [
        pytest.param([], ["web"], [], id="nothing asked for"),
        pytest.param(["common"], [], ["common", "common@dc1", "common@node:node1"], id="no groups"),
        pytest.param(
            ["common", "web"],
            ["eu", "web"],
            [
                f"{name}{layer}"
                for name in ("common", "web")
                for layer in ("", "@dc1", "@group:eu", "@group:web", "@node:node1")
            ],
            id="all of a name before the next",
        ),
    ],
)
def test_layers_of_a_host(names: list[str], groups: list[str], layers: list[str]) -> None:
    found = ConfigQuery.from_options("f", names, groups).layers(Node("node1", "10.0.0.1", "dc1"))
    assert list(found) == layers
    assert list(found.values()) == [f"f/config/{name}" for name in layers]


def test_a_layer_is_no_name() -> None:
    with pytest.raises(Failure, match=r"^config: 'common@dc1' is a layer; write common"):
        ConfigQuery.from_options("f", ["common@dc1"], [])


@pytest.mark.parametrize("second", ["a", "/a/"])
def test_a_name_is_there_once(second: str) -> None:
    with pytest.raises(Failure, match=r"^config\[2\]: a is in the list twice; remove or rename one of them"):
        ConfigQuery.from_options("f", ["a", "b", second], [])


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [(b"5", "text", "5"), (b"\xff\x00", "binary", "/wA="), (b"", "binary", "")],
)
def test_tagged_values(raw: bytes, kind: str, value: str) -> None:
    entries = [Entry("f/config/a/x", raw, 1, TAGS[kind])]
    assert Layer.from_entries("a", "f/config/a", entries).values == {"x": value}
