# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of service_peers; the wrong ones are in tests/unit/data/wrong_inputs/peers.yml."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import (
    PeersQuery,
    queries_from,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import ServiceFile, schema

WRONG = yaml.safe_load((Path(__file__).parents[4] / "data/wrong_inputs/peers.yml").read_text(encoding="utf-8"))


def query(**options: t.Any) -> PeersQuery:
    return PeersQuery.from_options({"service": "web", **options}, "peers.web")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in WRONG])
def test_wrong_input_is_told_by_file_key_and_remedy(case: dict[str, t.Any]) -> None:
    path = Path("services/search.yml")
    data = {"service_image": {"from": "registry/web:1"}, "service_peers": {"transport": case["peer"]}}
    (problem,) = ServiceFile("search", path, data).problems(schema())
    assert problem.startswith(f"{path}: service_peers.transport")
    assert [text for text in case["says"] if text not in problem] == []


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in WRONG])
def test_all_wrong_entries_are_told_at_once(case: dict[str, t.Any]) -> None:
    with pytest.raises(Failure) as raised:
        queries_from({"first": {}, "transport": case["peer"], "good": {"service": "web"}}, "peers")
    first, second = str(raised.value).splitlines()
    assert first.startswith("peers.first.service is missing")
    assert second.startswith("peers.transport")


def test_wrong_values_of_templates_are_left_to_the_host() -> None:
    data = {"service_image": {"from": "x"}, "service_peers": {"transport": {"service": "web", "port": "{{ port }}"}}}
    assert ServiceFile("search", Path("services/search.yml"), data).problems(schema()) == []


@pytest.mark.parametrize(
    ("options", "domain", "names"),
    [
        ({}, "consul", ["web.service.consul"]),
        ({}, ".sbay.", ["web.service.sbay"]),
        ({"tags": ["ssd"]}, "consul", ["ssd.web.service.consul"]),
        ({"tags": "ssd"}, "consul", ["ssd.web.service.consul"]),
        ({"tags": ["ssd", "eu"]}, "consul", ["ssd.web.service.consul", "eu.web.service.consul"]),
        ({"datacenter": "dc2"}, "consul", ["web.service.dc2.consul"]),
        ({"tags": ["ssd"], "datacenter": "dc2"}, "in.example.org", ["ssd.web.service.dc2.in.example.org"]),
    ],
)
def test_dns_names(options: dict[str, t.Any], domain: str, names: list[str]) -> None:
    assert query(**options).dns_names(domain) == names


@pytest.mark.parametrize(
    ("options", "params"),
    [
        ({}, ()),
        ({"tags": ["v1.2", "eu"]}, (("tag", "v1.2"), ("tag", "eu"))),
        ({"datacenter": "dc2", "near": "_agent"}, (("dc", "dc2"), ("near", "_agent"))),
        ({"only_passing": True}, (("passing", "true"),)),
        ({"only_passing": False}, ()),
    ],
)
def test_http_params(options: dict[str, t.Any], params: tuple[tuple[str, str], ...]) -> None:
    assert query(**{"from": "http"}, **options).http_params() == params


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, (0, 0.0), id="nothing to wait for"),
        pytest.param({"min": 2}, (2, 30.0), id="default wait"),
        pytest.param({"min": "2", "wait": "1m"}, (2, 60.0), id="number of a template"),
    ],
)
def test_wait(options: dict[str, t.Any], expected: tuple[int, float]) -> None:
    assert (query(**options).min, query(**options).wait) == expected


def test_what_is_null_is_not_given() -> None:
    assert query(port=None, tags=None, min=None) == query()


@pytest.mark.parametrize("peers", [["web"], "web", None])
def test_peers_that_are_no_mapping(peers: t.Any) -> None:
    with pytest.raises(Failure, match=r"^service_peers: expected a mapping such as"):
        queries_from(peers, "service_peers")
