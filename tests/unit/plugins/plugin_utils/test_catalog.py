# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes of the catalog become hosts, with which variables and groups."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._catalog import Node, Selection, worst

SERF = {"CheckID": "serfHealth", "ServiceID": "", "Status": "passing"}
WEB = {"ID": "web-1", "Service": "web", "Tags": ["blue", "v2"], "Port": 8000, "Address": "", "Meta": {"team": "shop"}}
MYSQL = {"ID": "mysql", "Service": "mysql", "Tags": None, "Port": 3306, "Address": "10.9.0.1", "Meta": None}
ANSWER: dict[str, t.Any] = {
    "Node": "node1",
    "Address": "10.0.0.1",
    "TaggedAddresses": {"lan": "10.1.0.1", "wan": "198.51.100.1"},
    "Meta": {"rack": "a"},
    "Services": [WEB, MYSQL],
    "Checks": [SERF, {"CheckID": "web", "ServiceID": "web-1", "Status": "warning"}],
}
BARE = {"Node": "node9", "Address": "10.0.0.9", "TaggedAddresses": None, "Meta": None, "Services": None, "Checks": None}


def node_of(**changes: t.Any) -> Node:
    return Node.from_api({**ANSWER, **changes}, "dc1")


def test_variables_of_a_host() -> None:
    assert node_of().to_variables(with_instances=True) == {
        "ansible_host": "10.1.0.1",
        "consul_node": "node1",
        "consul_datacenter": "dc1",
        "consul_meta": {"rack": "a"},
        "consul_health": "passing",
        "consul_services": ["web", "mysql"],
        "consul_instances": [
            {
                **{"id": "web-1", "name": "web", "address": "10.1.0.1", "port": 8000},
                **{"tags": ["blue", "v2"], "meta": {"team": "shop"}, "health": "warning"},
            },
            {
                **{"id": "mysql", "name": "mysql", "address": "10.9.0.1", "port": 3306},
                **{"tags": [], "meta": {}, "health": "passing"},
            },
        ],
    }


def test_a_host_has_no_instances_unless_they_are_asked_for() -> None:
    variables = node_of(Services=[WEB, {**WEB, "ID": "web-2"}]).to_variables(with_instances=False)
    assert variables["consul_services"] == ["web"]
    assert "consul_instances" not in variables


def test_a_node_without_anything() -> None:
    node = Node.from_api(BARE, "dc1")
    assert (node.address, node.health, node.instances) == ("10.0.0.9", "passing", ())


@pytest.mark.parametrize(
    ("kinds", "groups"),
    [
        pytest.param(["services"], ["web", "mysql"], id="services"),
        pytest.param(["tags"], ["tag_blue", "tag_v2"], id="tags"),
        pytest.param(["meta", "datacenter"], ["meta_rack_a", "datacenter_dc1"], id="meta and datacenter"),
        pytest.param(["health"], ["health_passing"], id="health"),
        pytest.param([], [], id="none"),
    ],
)
def test_groups(kinds: list[str], groups: list[str]) -> None:
    assert node_of().groups(kinds) == groups


def test_meta_without_a_value_and_that_of_consul_itself_make_no_groups() -> None:
    assert node_of(Meta={"rack": "", "consul-network-segment": "x", "disk": "ssd"}).groups(["meta"]) == [
        "meta_disk_ssd"
    ]


def test_two_instances_of_a_service_are_one_group() -> None:
    assert node_of(Services=[WEB, {**WEB, "ID": "web-2"}]).groups(["services"]) == ["web"]


@pytest.mark.parametrize(
    ("chosen", "instances"),
    [
        pytest.param({}, ["web-1", "mysql"], id="everything"),
        pytest.param({"services": ["mysql"]}, ["mysql"], id="a service"),
        pytest.param({"services": ["redis"]}, None, id="a service that is not there"),
        pytest.param({"tags": ["blue"]}, ["web-1"], id="a tag"),
        pytest.param({"tags": ["blue", "v3"]}, None, id="not all tags"),
        pytest.param({"services": ["mysql"], "tags": ["blue"]}, None, id="the tag of another service"),
        pytest.param({"node_meta": {"rack": "a"}}, ["web-1", "mysql"], id="meta of the node"),
        pytest.param({"node_meta": {"rack": "b"}}, None, id="another meta"),
        pytest.param({"only_passing": True}, ["mysql"], id="what passes"),
        pytest.param({"only_passing": True, "services": ["web"]}, None, id="the service does not pass"),
    ],
)
def test_selection(chosen: dict[str, t.Any], instances: list[str] | None) -> None:
    node = Selection(**chosen).of(node_of())
    assert (node and [instance.id for instance in node.instances]) == instances


def test_a_node_that_is_down_takes_its_instances_along() -> None:
    down = node_of(Checks=[{**SERF, "Status": "critical"}])
    assert [instance.health for instance in down.instances] == ["critical", "critical"]
    assert Selection(only_passing=True).of(down) is None
    assert Selection().of(down) == down


@pytest.mark.parametrize(
    ("statuses", "health"),
    [
        pytest.param([], "passing", id="no checks"),
        pytest.param(["passing", "warning"], "warning", id="a warning"),
        pytest.param(["critical", "warning"], "critical", id="the worst"),
        pytest.param(["passing", "unheard-of"], "critical", id="a status of another version"),
    ],
)
def test_worst(statuses: list[str], health: str) -> None:
    assert worst(statuses) == health
