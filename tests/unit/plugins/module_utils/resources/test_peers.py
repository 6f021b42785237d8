# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import Srv
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.peers import (
    Peer,
    PeersQuery,
    stand_in,
    to_results,
)


def query(**options: t.Any) -> PeersQuery:
    return PeersQuery.from_options({"service": "web", **options}, "peers.web")


@pytest.mark.parametrize(
    ("options", "domain", "name"),
    [
        ({}, "consul", "web.service.consul"),
        ({"tag": "ssd"}, "consul", "ssd.web.service.consul"),
        ({"datacenter": "dc2"}, "consul", "web.service.dc2.consul"),
        ({"tag": "ssd", "datacenter": "dc2"}, "in.example.org", "ssd.web.service.dc2.in.example.org"),
    ],
)
def test_dns_name(options: dict[str, t.Any], domain: str, name: str) -> None:
    assert query(**options).dns_name(domain) == name


@pytest.mark.parametrize(
    ("record", "endpoint", "node"),
    [
        pytest.param(Srv("n1.node.dc1.consul", 80, "10.0.0.1"), "10.0.0.1:80", "n1", id="node"),
        pytest.param(Srv("n1.rack.node.dc1.consul", 80, "10.0.0.1"), "10.0.0.1:80", "n1.rack", id="node with dots"),
        pytest.param(Srv("N1.node.dc1.Consul", 80, "10.0.0.1"), "10.0.0.1:80", "N1", id="capitals"),
        pytest.param(Srv("0a000001.addr.dc1.consul", 80, "10.0.0.1"), "10.0.0.1:80", None, id="own address"),
        pytest.param(Srv("n1.node.dc1.consul", 80, "fd00::1"), "[fd00::1]:80", "n1", id="IPv6"),
        pytest.param(Srv("db.example.org", 3306, "10.9.9.9"), "db.example.org:3306", None, id="host name stays"),
        pytest.param(Srv("db.myconsul", 80, None), "db.myconsul:80", None, id="domain that only ends alike"),
    ],
)
def test_peer_from_srv(record: Srv, endpoint: str, node: str | None) -> None:
    peer = Peer.from_srv(record, "consul", None)
    assert (peer.endpoint, peer.node) == (endpoint, node)


RECORDS = [
    Srv("n2.node.dc1.consul", 9200, "10.0.0.2"),
    Srv("n3.node.dc1.consul", 9201, "10.0.0.3"),
    Srv("n1.node.dc1.consul", 9200, "10.0.0.1"),
    Srv("n1.node.dc1.consul", 9201, "10.0.0.1"),
]


@pytest.mark.parametrize(
    ("options", "endpoints"),
    [
        pytest.param({}, ["10.0.0.1:9200", "10.0.0.1:9201", "10.0.0.2:9200", "10.0.0.3:9201"], id="sorted"),
        pytest.param({"exclude_self": True}, ["10.0.0.2:9200", "10.0.0.3:9201"], id="without the node itself"),
        pytest.param({"port": 9300}, ["10.0.0.1:9300", "10.0.0.2:9300", "10.0.0.3:9300"], id="fixed port, each once"),
        pytest.param(
            {"port": "9300", "exclude_self": True}, ["10.0.0.2:9300", "10.0.0.3:9300"], id="port of a template"
        ),
    ],
)
def test_peers_from_an_answer(options: dict[str, t.Any], endpoints: list[str]) -> None:
    peers = query(**options).peers_from(RECORDS, "consul", "10.0.0.1")
    found, parts = to_results({"web": peers})
    assert found == {"web": endpoints}
    assert [f"{part['address']}:{part['port']}" for part in parts["web"]] == endpoints
    assert all(part["node"] == f"n{part['address'][-1]}" for part in parts["web"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param("web", "^peers.web: expected a mapping", id="no mapping"),
        pytest.param({}, "^peers.web.service is missing", id="no service"),
        pytest.param({"service": "web", "prot": 1}, "^peers.web.prot: .*did you mean port", id="unknown key"),
        pytest.param({"service": "my_web"}, "^peers.web.service: 'my_web'", id="underscore"),
        pytest.param({"service": ""}, "^peers.web.service: ''", id="empty name"),
        pytest.param({"service": "x" * 64}, "^peers.web.service: ", id="longer than DNS takes"),
        pytest.param({"service": "web", "tag": "v1.2"}, "^peers.web.tag: 'v1.2'", id="dot in a tag"),
        pytest.param({"service": "web", "datacenter": "dc 1"}, "^peers.web.datacenter: ", id="blank in a datacenter"),
        pytest.param({"service": "web", "port": 0}, "^peers.web.port: 0 is no port", id="port 0"),
        pytest.param({"service": "web", "port": 65536}, "^peers.web.port: 65536 is no port", id="port too high"),
        pytest.param({"service": "web", "port": True}, "^peers.web.port: True is no port", id="boolean port"),
        pytest.param({"service": "web", "port": "http"}, "^peers.web.port: 'http' is no port", id="name as a port"),
        pytest.param({"service": "web", "exclude_self": "no"}, "^peers.web.exclude_self: 'no'", id="no boolean"),
    ],
)
def test_wrong_options(options: t.Any, message: str) -> None:
    with pytest.raises(Failure, match=message):
        PeersQuery.from_options(options, "peers.web")


def test_the_stand_in_is_ten_for_each_name_and_always_the_same() -> None:
    peers, parts = stand_in(["transport", "http"])
    assert (peers, parts) == stand_in(["transport", "http"])
    for name in ("transport", "http"):
        assert len(set(peers[name])) == 10
        assert [f"{part['address']}:{part['port']}" for part in parts[name]] == peers[name]
