# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a cluster that stay planned though they are down, or left out of a rollout."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.members import (
    known_members,
    passing_nodes,
)
from tests.unit.consul_model import Hiding

NODES = {"n1": "10.0.0.1", "n2": "10.0.0.2", "n3": "10.0.0.3", "other": "10.0.0.9"}
PLANNED = {"service": "db", "port": 9300, "planned": True}


def instance(node: str, address: str = "") -> dict[str, t.Any]:
    return {"Node": node, "Address": NODES.get(node, ""), "ServiceAddress": address}


class Catalog(Hiding):
    """The catalog, which has instances in any state."""

    def __init__(self, *instances: dict[str, t.Any]) -> None:
        self.instances = list(instances)
        self.asked: list[t.Any] = []

    def get(self, path: str) -> t.Any:
        self.asked.append(path)
        nodes = [{"Node": name, "Address": address} for name, address in NODES.items()]
        return {"catalog/nodes": nodes, "catalog/service/db": self.instances}[path]


@pytest.mark.parametrize(
    ("instances", "hosts", "known"),
    [
        pytest.param([instance("n2")], [], {"n2": "10.0.0.2"}, id="an instance in any state"),
        pytest.param([], ["n1", "n3"], {"n1": "10.0.0.1", "n3": "10.0.0.3"}, id="hosts of the inventory"),
        pytest.param([], ["n1.example.com"], {"n1": "10.0.0.1"}, id="a host by its full name"),
        pytest.param([], ["web", "n9"], {}, id="hosts that Consul does not know"),
        pytest.param([instance("n2")], ["n2", "n3"], {"n2": "10.0.0.2", "n3": "10.0.0.3"}, id="both, each once"),
        pytest.param([instance("n2", "10.9.0.2")], ["n2"], {"n2": "10.9.0.2"}, id="an address of its own"),
    ],
)
def test_known(instances: list[dict[str, t.Any]], hosts: list[str], known: dict[str, str]) -> None:
    query = PeersQuery.from_options(PLANNED, "peers.all")
    told = known_members(t.cast(t.Any, Catalog(*instances)), {"all": query}, hosts)
    assert told == {"all": [{"name": name, "address": address} for name, address in known.items()]}


def test_nobody_is_asked_unless_planned() -> None:
    catalog = Catalog()
    query = PeersQuery.from_options({"service": "db"}, "peers.all")
    assert known_members(t.cast(t.Any, catalog), {"all": query}, ["n1"]) == {}
    assert catalog.asked == []


@pytest.mark.parametrize("address", ["1.1.1.1\nstats socket /x", '"', "a b"])
def test_a_forged_address_is_refused(address: str) -> None:
    query = PeersQuery.from_options(PLANNED, "peers.all")
    with pytest.raises(Failure, match="is not an IP address or a DNS name"):
        known_members(t.cast(t.Any, Catalog(instance("n2", address))), {"all": query}, [])


def health(node: str, *statuses: str) -> dict[str, t.Any]:
    return {"Node": {"Node": node}, "Checks": [{"Status": status} for status in ("passing", *statuses)]}


@pytest.mark.parametrize(
    ("by_name", "passing"),
    [
        pytest.param({}, [], id="nothing is there"),
        pytest.param({"db": [health("n2", "passing"), health("n1")]}, ["n1", "n2"], id="all pass"),
        pytest.param({"db": [health("n1", "critical"), health("n2", "warning")]}, [], id="none passes"),
        pytest.param(
            {"db": [health("n1", "critical")], "db-bare": [health("n1"), health("n2")]}, ["n2"], id="without a check"
        ),
    ],
)
def test_passing_nodes(by_name: dict[str, list[dict[str, t.Any]]], passing: list[str]) -> None:
    consul = Hiding()
    consul.get = lambda path: by_name.get(path.removeprefix("health/service/"))  # type: ignore[attr-defined]
    assert passing_nodes(t.cast(t.Any, consul), ["db", "db-bare"]) == passing
