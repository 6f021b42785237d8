# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import (
    Peer,
    Srv,
    chosen,
    is_listed,
    own_addresses,
    stand_in,
    to_results,
    with_planned,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery


def query(**options: t.Any) -> PeersQuery:
    return PeersQuery.from_options({"service": "web", **options}, "peers.web")


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
    peer = Peer.from_srv(record, "consul")
    assert (peer.endpoint, peer.node) == (endpoint, node)


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        pytest.param("", "10.0.0.1:80", id="node's"),
        pytest.param("10.0.0.9", "10.0.0.9:80", id="own"),
        pytest.param("2001:DB8:0::1", "[2001:db8::1]:80", id="IPv6 written otherwise than DNS writes it"),
        pytest.param("db.example.org.", "db.example.org:80", id="host name"),
    ],
)
def test_peer_from_health(address: str, endpoint: str) -> None:
    entry = {"Node": {"Node": "n1", "Address": "10.0.0.1"}, "Service": {"Address": address, "Port": 80}}
    peer = Peer.from_health(entry)
    assert (peer.endpoint, peer.node) == (endpoint, "n1")


@pytest.mark.parametrize(
    ("statuses", "listed"),
    [
        pytest.param([], True, id="no checks"),
        pytest.param(["passing", "passing"], True, id="passing"),
        pytest.param(["passing", "warning"], True, id="warning"),
        pytest.param(["critical", "passing"], False, id="critical"),
    ],
)
def test_listed(statuses: list[str], listed: bool) -> None:
    assert is_listed({"Checks": [{"Status": status} for status in statuses]}) is listed


PEERS = [
    Peer("10.0.0.2", 9200, "n2"),
    Peer("10.0.0.3", 9201, "n3"),
    Peer("10.0.0.1", 9200, None),
    Peer("10.0.0.1", 9200, "n1"),
    Peer("10.0.0.1", 9201, "n1"),
]


@pytest.mark.parametrize(
    ("options", "endpoints"),
    [
        pytest.param({}, ["10.0.0.1:9200", "10.0.0.1:9201", "10.0.0.2:9200", "10.0.0.3:9201"], id="sorted"),
        pytest.param({"exclude_self": True}, ["10.0.0.2:9200", "10.0.0.3:9201"], id="without the node itself"),
        pytest.param({"port": 9300}, ["10.0.0.1:9300", "10.0.0.2:9300", "10.0.0.3:9300"], id="fixed port, each once"),
        pytest.param({"port": "9300", "exclude_self": True}, ["10.0.0.2:9300", "10.0.0.3:9300"], id="both"),
        pytest.param({"record": "A"}, ["10.0.0.1", "10.0.0.2", "10.0.0.3"], id="addresses alone"),
        pytest.param({"record": "A", "port": 53}, ["10.0.0.1:53", "10.0.0.2:53", "10.0.0.3:53"], id="with a port"),
    ],
)
def test_chosen_is_the_same_in_whatever_order_consul_answers(options: dict[str, t.Any], endpoints: list[str]) -> None:
    answers = [chosen(query(**options), order, ["10.0.0.1"]) for order in itertools.permutations(PEERS)]
    assert set(answers) == {answers[0]}
    found, parts = to_results({"web": answers[0]})
    assert found == {"web": endpoints}
    assert all(part["node"] == f"n{part['address'][-1]}" for part in parts["web"])


def test_near_keeps_consuls_order() -> None:
    near = query(**{"from": "http"}, near="_agent")
    assert [peer.endpoint for peer in chosen(near, PEERS, ())] == [
        "10.0.0.2:9200",
        "10.0.0.3:9201",
        "10.0.0.1:9200",
        "10.0.0.1:9201",
    ]


NODES = [{"name": f"n{n}", "address": f"10.0.0.{n}"} for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("running", "endpoints"),
    [
        pytest.param([], ["10.0.0.2:9300", "10.0.0.3:9300"], id="nobody runs yet"),
        pytest.param(["10.0.0.2"], ["10.0.0.2:9300", "10.0.0.3:9300"], id="one does"),
        pytest.param(["10.0.0.9"], ["10.0.0.2:9300", "10.0.0.3:9300", "10.0.0.9:9300"], id="one of another rollout"),
    ],
)
def test_planned_adds_the_other_hosts_once(running: list[str], endpoints: list[str]) -> None:
    peers = [Peer(address, 9300, None) for address in running]
    planned = with_planned(query(port=9300, planned=True), peers, "10.0.0.1", NODES)
    assert [peer.endpoint for peer in planned] == endpoints


def test_the_stand_in_is_ten_for_each_name_and_always_the_same() -> None:
    peers, parts = stand_in(["transport", "http"])
    assert (peers, parts) == stand_in(["transport", "http"])
    for name in ("transport", "http"):
        assert len(set(peers[name])) == 10
        assert [f"{part['address']}:{part['port']}" for part in parts[name]] == peers[name]


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(Peer("1.1.1.1\nstats socket /x", 80, "n1"), id="line in an address"),
        pytest.param(Peer("1.1.1.1 weight 100", 80, "n1"), id="word in an address"),
        pytest.param(Peer("db.example.org\n", 80, "n1"), id="line's end behind a name"),
        pytest.param(Peer("fe80::1%x\ny", 80, "n1"), id="zone of an address"),
        pytest.param(Peer("{{ lookup('pipe', 'id') }}", 80, "n1"), id="template in an address"),
        pytest.param(Peer("", 80, "n1"), id="no address"),
        pytest.param(Peer("a" * 300, 80, "n1"), id="long name"),
        pytest.param(Peer("10.0.0.1", "80\n", "n1"), id="text in a port"),
        pytest.param(Peer("10.0.0.1", 99999, "n1"), id="port out of range"),
        pytest.param(Peer("10.0.0.1", True, "n1"), id="boolean port"),
        pytest.param(Peer("10.0.0.1", 80, "n1\nserver evil"), id="line in a node"),
        pytest.param(Peer("10.0.0.1", 80, 'n1"'), id="quote in a node"),
    ],
)
def test_what_cannot_be_a_peer_is_refused(peer: Peer) -> None:
    with pytest.raises(Failure, match=r"peers\.web: Consul lists an instance of web that is not used: .* deregister"):
        chosen(query(), [Peer("10.0.0.2", 80, "n2"), peer], ())


def test_siblings_on_the_same_host_are_peers() -> None:
    def service(instance: str, port: int) -> dict[str, t.Any]:
        meta = {"longshore-instance": instance}
        return {"ID": instance, "Service": "web", "Address": "", "Port": port, "Meta": meta}

    there = [service("web-1", 80), service("web-2", 81)]
    peers = [Peer("10.0.0.1", 80, "n1"), Peer("10.0.0.1", 81, "n1"), Peer("10.0.0.2", 80, "n2")]
    asked = query(exclude_self=True)
    own = own_addresses("web", "10.0.0.1", there, "web-1")
    assert [peer.endpoint for peer in chosen(asked, peers, own)] == ["10.0.0.1:81", "10.0.0.2:80"]
    alone = own_addresses("web", "10.0.0.1", there[:1], "web-1")
    assert [peer.endpoint for peer in chosen(asked, peers, alone)] == ["10.0.0.2:80"]
    first_time = own_addresses("web", "10.0.0.1", there[:1], "web-2")
    assert [peer.endpoint for peer in chosen(asked, peers[::2], first_time)] == ["10.0.0.1:80", "10.0.0.2:80"]


def test_own_addresses_are_those_of_the_node_and_of_its_registrations() -> None:
    services = [
        {"Service": "web", "Address": "10.9.0.1"},
        {"Service": "web", "Address": ""},
        {"Service": "web", "Address": "2001:DB8:0::1"},
        {"Service": "other", "Address": "10.9.0.7"},
    ]
    own = own_addresses("web", "10.0.0.1", services)
    assert own == {"10.0.0.1", "10.9.0.1", "2001:db8::1"}
    peers = [Peer("10.9.0.1", 80, None), Peer("10.9.0.2", 80, None), Peer("10.9.0.7", 80, None)]
    assert [p.address for p in chosen(query(exclude_self=True), peers, own)] == ["10.9.0.2", "10.9.0.7"]
