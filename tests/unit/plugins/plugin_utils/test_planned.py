# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._planned import nodes_of, peers_with_planned

DISCOVERED: dict[str, t.Any] = {
    "node": {"name": "n1", "address": "10.0.0.1"},
    "peers": {"transport": ["10.0.0.2:9300"], "database": []},
    "peer_parts": {"transport": [{"address": "10.0.0.2", "port": 9300, "node": "n2"}], "database": []},
}
NODES = [{"name": f"n{n}", "address": f"10.0.0.{n}"} for n in (1, 2, 3)]
TRANSPORT = {"service": "search", "port": 9300}


def test_only_entries_that_say_so_are_completed() -> None:
    queries = {"transport": {**TRANSPORT, "planned": True}, "database": {"service": "mysql"}}
    peers, parts = peers_with_planned(DISCOVERED, queries, NODES)
    assert peers == {"transport": ["10.0.0.2:9300", "10.0.0.3:9300"], "database": []}
    assert [part["node"] for part in parts["transport"]] == ["n2", "n3"]


@pytest.mark.parametrize(
    ("nodes", "known", "endpoints"),
    [
        pytest.param(NODES[:1], [], ["10.0.0.2:9300"], id="limit to one host, and nobody knows of more"),
        pytest.param(NODES[:1], NODES, ["10.0.0.2:9300", "10.0.0.3:9300"], id="a member that --limit leaves out"),
        pytest.param([], NODES[2:], ["10.0.0.2:9300", "10.0.0.3:9300"], id="a member that is down"),
        pytest.param(
            NODES,
            [{"name": "n3", "address": "10.9.0.3"}],
            ["10.0.0.2:9300", "10.9.0.3:9300"],
            id="at the address of its instance, once",
        ),
        pytest.param(
            NODES[:2],
            [{"name": "n1", "address": "10.9.0.1"}, {"name": "n2", "address": "10.9.0.2"}],
            ["10.0.0.2:9300"],
            id="neither oneself nor one that passes a second time",
        ),
    ],
)
def test_members_that_consul_knows_of_stay(
    nodes: list[dict[str, str]], known: list[dict[str, str]], endpoints: list[str]
) -> None:
    found = {**DISCOVERED, "planned_nodes": {"transport": known}}
    peers, _parts = peers_with_planned(found, {"transport": {**TRANSPORT, "planned": True}}, nodes)
    assert peers["transport"] == endpoints


def test_without_planned_nothing_changes() -> None:
    found = peers_with_planned(DISCOVERED, {"transport": TRANSPORT}, NODES)
    assert found == (DISCOVERED["peers"], DISCOVERED["peer_parts"])


def test_nodes_are_those_of_the_plays_hosts_that_the_preflight_has_found() -> None:
    hostvars = {
        "web1": {"__service_discovered": DISCOVERED},
        "web2": {"__service_discovered": {"failed": True, "msg": "no agent"}},
        "web3": {},
        "other": {"__service_discovered": {"node": NODES[2]}},
    }
    variables = {"hostvars": hostvars, "ansible_play_hosts_all": ["web1", "web2", "web3"]}
    assert nodes_of(variables) == [DISCOVERED["node"]]
