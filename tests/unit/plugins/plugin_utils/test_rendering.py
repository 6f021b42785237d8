# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering by Ansible's own templar."""

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Rendering, missing_keys
from tests.unit.builders import trusted

CONFIG = {"heap": "1g", "port": 80, "hosts": ["a", "b"], "jvm": {"flags": "-ea"}, "text": "{{ no_template }}"}
NOT_SET = "is not set in Consul's KV; searched common, web"
UNDEFINED = "'nope' is undefined; define it in the service file or the inventory"


def rendered(value: t.Any, prefixes: t.Sequence[str] = ("common", "web"), **more: t.Any) -> tuple[t.Any, list[str]]:
    """Return the rendered ``service_container`` and the problems."""
    variables = {"config": CONFIG, "service_container": trusted(value), **trusted(more)}
    rendering = Rendering(Templar(loader=DataLoader()), variables, prefixes)
    return rendering.render("service_container"), rendering.problems


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("plain", "plain", id="no template"),
        pytest.param("-Xmx{{ config.heap }}", "-Xmx1g", id="within a text"),
        pytest.param("{{ config.port }}", 80, id="a number stays a number"),
        pytest.param("{{ config.hosts }}", ["a", "b"], id="a list stays a list"),
        pytest.param("{{ config.text }}", "{{ no_template }}", id="a value of the KV is no template"),
        pytest.param({"a": {"b": ["{{ config.port }}"]}}, {"a": {"b": [80]}}, id="nested"),
        pytest.param([1, True, None, 0.5], [1, True, None, 0.5], id="no texts"),
        pytest.param({"a": "{{ omit }}", "b": 1}, {"b": 1}, id="omitted key"),
        pytest.param(["a", "{{ omit }}", "b"], ["a", "b"], id="omitted item"),
        pytest.param({"a": ["{{ omit }}"]}, {"a": []}, id="omitted only item"),
        pytest.param("{{ omit }}", None, id="omitted as a whole"),
        pytest.param("{{ config.nope | default('x') }}", "x", id="default"),
        pytest.param("{{ config.nope is defined }}", False, id="asked for"),
    ],
)
def test_rendered(value: t.Any, expected: t.Any) -> None:
    assert rendered(value) == (expected, [])


def test_by_way_of_other_variables() -> None:
    value = {"a": "{{ base.options }}", "b": "{{ name }}"}
    more = {"base": {"options": {"heap": "{{ config.heap }}"}}, "name": "web-{{ config.port }}"}
    assert rendered(value, **more) == ({"a": {"heap": "1g"}, "b": "web-80"}, [])


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        pytest.param("{{ config.a }}", [f"service_container: config.a {NOT_SET}"], id="the whole"),
        pytest.param(
            {"environment": {"A": "{{ config.a }}"}, "command": ["-x", "{{ config.b }}"]},
            [
                f"service_container.environment.A: config.a {NOT_SET}",
                f"service_container.command[1]: config.b {NOT_SET}",
            ],
            id="every leaf with its path",
        ),
        pytest.param(
            "{{ config.a }} {{ config.b }} {{ config.a }}",
            [f"service_container: config.a {NOT_SET}", f"service_container: config.b {NOT_SET}"],
            id="every key of a leaf, each once",
        ),
        pytest.param("{{ config.jvm.heap }}", [f"service_container: config.jvm.heap {NOT_SET}"], id="nested key"),
        pytest.param("{{ config.a.b.c }}", [f"service_container: config.a.b.c {NOT_SET}"], id="below a missing one"),
        pytest.param("{{ config['a b'] }}", [f"service_container: config.a b {NOT_SET}"], id="in brackets"),
        pytest.param("{{ config.a | upper }}", [f"service_container: config.a {NOT_SET}"], id="through a filter"),
        pytest.param(
            "{{ config.a | default(config.b) }}", [f"service_container: config.b {NOT_SET}"], id="as the default"
        ),
        pytest.param(
            "{{ config.a if config.a is defined else nope }}",
            [f"service_container: {UNDEFINED}"],
            id="what is asked for is not missing",
        ),
        pytest.param("{{ nope }}", [f"service_container: {UNDEFINED}"], id="another variable"),
        pytest.param(
            "{{ config.port.a }}", ["service_container: object of type 'int' has no attribute 'a'"], id="below a value"
        ),
        pytest.param(
            {"a": "{{ config.heap", "b": "{{ 1 / 0 }}"},
            [
                "service_container.a: Syntax error in template: unexpected end of template, expected 'end of print"
                " statement'.",
                "service_container.b: Error rendering template: division by zero",
            ],
            id="syntax and other errors",
        ),
    ],
)
def test_problems(value: t.Any, problems: list[str]) -> None:
    assert rendered(value)[1] == problems


def test_what_can_be_rendered_is_there_beside_problems() -> None:
    assert rendered({"a": "{{ config.a }}", "b": ["{{ nope }}", "{{ config.heap }}"]})[0] == {"b": ["1g"]}


def test_without_prefixes_the_problem_says_so() -> None:
    _value, problems = rendered("{{ config.a }}", prefixes=())
    assert problems == [
        "service_container: config.a is not set in Consul's KV;"
        " searched no prefix: the service file has no service_config"
    ]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        pytest.param("{{ heap }}", ["config.a"], id="text"),
        pytest.param({"x": "{{ base }}"}, ["config.b", "config.c"], id="mapping"),
        pytest.param("{{ base.one }}", ["config.b"], id="only what is used of it"),
        pytest.param("{{ base | combine({'x': 1}) }}", ["config.b", "config.c"], id="through a filter"),
        pytest.param("{{ first }}", ["config.a"], id="two steps"),
    ],
)
def test_missing_by_way_of_other_variables(value: t.Any, keys: list[str]) -> None:
    more = {
        "heap": "-Xmx{{ config.a }}",
        "base": {"one": "{{ config.b }}", "two": ["{{ config.c }}", "{{ config.port }}"]},
        "first": "{{ heap }}",
    }
    problems = rendered(value, **more)[1]
    path = "service_container.x" if isinstance(value, dict) else "service_container"
    assert problems == [f"{path}: {key} {NOT_SET}" for key in keys]


def test_variable_that_refers_to_itself_is_a_problem() -> None:
    assert "ecursive loop" in rendered("{{ loop }}", loop="{{ loop }}")[1][0]


@pytest.mark.parametrize("template", ["{{ config.heap.upper() }}", "{{ config.get('x') }}", "{{ config.items() }}"])
def test_methods_are_no_keys(template: str) -> None:
    assert missing_keys(template, {"config": CONFIG}) == []
