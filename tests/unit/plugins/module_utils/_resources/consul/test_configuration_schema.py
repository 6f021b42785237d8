# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import Config, ConfigQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration_schema import Schema

QUERY = ConfigQuery("f", ("common", "web"), ())


def config(**values: t.Any) -> Config:
    """Values of the layer web; two underscores stand for a slash."""
    found = {name.replace("__", "/"): value for name, value in values.items()}
    return Config(found, dict.fromkeys(found, "web"))


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param("str", ["", "5"], [5, None, True, []], id="str"),
        pytest.param("int", [0, -5], ["5", 5.0, True, None], id="int"),
        pytest.param("float", [5, 0.5], ["5", True], id="float"),
        pytest.param("bool", [True, False], [0, 1, "true"], id="bool"),
        pytest.param("list", [[], [1]], ["[1]", {}], id="list"),
        pytest.param("dict", [{}], [[], "x"], id="dict"),
        pytest.param(None, ["x", 5, None, [], {}], [], id="any"),
    ],
)
def test_types(kind: str | None, right: list[t.Any], wrong: list[t.Any]) -> None:
    schema = Schema.from_options({"key": {"type": kind} if kind else {}})
    assert [value for value in right if schema.check(config(key=value), QUERY).problems] == []
    assert [value for value in wrong if not schema.check(config(key=value), QUERY).problems] == []


@pytest.mark.parametrize(
    ("schema", "values", "merged", "unknown"),
    [
        pytest.param({}, {"a": 1}, {"a": 1}, [], id="no schema minds nothing"),
        pytest.param({"a": {}}, {}, {}, [], id="a key that may be missing"),
        pytest.param({"a": {"default": 5}}, {}, {"a": 5}, [], id="default"),
        pytest.param({"a": {"default": 5}}, {"a": 0}, {"a": 0}, [], id="a value wins over its default"),
        pytest.param({"a": {"default": None}}, {}, {"a": None}, [], id="null is a default too"),
        pytest.param(
            {"jvm/gc": {"default": "g1"}},
            {"jvm__heap": 1},
            {"jvm": {"heap": 1, "gc": "g1"}},
            ["f/config/web/jvm/heap"],
            id="default in a folder, beside an unknown key",
        ),
        pytest.param({"jvm": {"type": "dict"}}, {"jvm__heap": 1}, {"jvm": {"heap": 1}}, [], id="a folder as a whole"),
        pytest.param({"a": {"default": {"b": 1}}}, {}, {"a": {"b": 1}}, [], id="default of several keys"),
    ],
)
def test_defaults_and_unknown_keys(
    schema: dict[str, t.Any], values: dict[str, t.Any], merged: dict[str, t.Any], unknown: list[str]
) -> None:
    checked = Schema.from_options(schema).check(config(**values), QUERY)
    assert (checked.config.nested(), checked.unknown, checked.problems) == (merged, unknown, [])


def test_the_origin_of_a_default_is_the_schema() -> None:
    checked = Schema.from_options({"a": {"default": 5}}).check(config(b=1), QUERY)
    assert checked.config.origin == {"b": "web", "a": "service_config_schema"}


@pytest.mark.parametrize(
    ("choices", "value", "right"),
    [([1, 2], 1, True), ([1, 2], True, False), (["a"], "A", False), ([[1]], [1], True), ([], "x", True)],
)
def test_choices(choices: list[t.Any], value: t.Any, right: bool) -> None:
    assert (
        bool(Schema.from_options({"key": {"choices": choices}}).check(config(key=value), QUERY).problems) is not right
    )


def test_all_that_is_wrong_with_a_schema_comes_at_once() -> None:
    with pytest.raises(Failure) as failure:
        Schema.from_options({"a": {"type": "text"}, "b": 5, "c": {"choices": "x"}, "d": {"required": "no"}})
    assert [line.partition(":")[0] for line in str(failure.value).splitlines()] == [
        "service_config_schema.a.type",
        "service_config_schema.b",
        "service_config_schema.c.choices",
        "service_config_schema.d.required",
    ]
