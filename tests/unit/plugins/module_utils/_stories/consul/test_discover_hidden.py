# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that ACLs have emptied is not taken for "not there" where something is decided by it."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul import kv, kv_info, registration
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.discover import is_first_boot
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.members import (
    known_members,
    passing_nodes,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.peers import from_http
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.rollout_guard import RolloutGuard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.info import read_services
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.record import remove
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline
from tests.unit.consul_model import ConsulModel, Hiding

KEYS = Keys("l", "web")
NODE = Node("node1", "10.0.0.1", "dc1")
PEERS = PeersQuery.from_options({"service": "web", "port": 80, "planned": True}, "peers.all")
WEB, ANY_NODE = 'service "web" { policy = "read" }', 'node_prefix "" { policy = "read" }'


class Empty(Hiding):
    """A Consul that shows nothing but this node; ``hidden``: the names that the token may not see."""

    def __init__(self, *hidden: str) -> None:
        self.hidden = hidden

    def get(self, path: str, _params: t.Any = ()) -> t.Any:
        return {"Node": {}} if path == "catalog/node/node1" else []

    def watch(self, *_arguments: t.Any) -> tuple[int, t.Any]:
        return 1, []


CASES = [
    pytest.param(lambda c: is_first_boot(c, ["web"], NODE), ["web"], WEB, id="no first boot: a service"),
    pytest.param(lambda c: is_first_boot(c, ["web"], NODE), [""], ANY_NODE, id="no first boot: nodes"),
    pytest.param(lambda c: from_http(c, PEERS), ["web"], WEB, id="no peers: a service"),
    pytest.param(lambda c: from_http(c, PEERS), [""], ANY_NODE, id="no peers: nodes"),
    pytest.param(lambda c: known_members(c, {"all": PEERS}, ["node1"]), [""], ANY_NODE, id="no planned: nodes"),
    pytest.param(lambda c: known_members(c, {"all": PEERS}, ["node1"]), ["web"], WEB, id="no planned: a service"),
    pytest.param(lambda c: passing_nodes(c, ["web"]), ["web"], WEB, id="none passing"),
    pytest.param(
        lambda c: Agent(c).wait_passing("web", "web", "node1", False, Deadline(0)), ["web"], WEB, id="out of traffic"
    ),
    pytest.param(
        lambda c: kv.write_data(c, "l/config/web", kv.Write({"a": 1}), True),
        ["l/config/web/"],
        'key_prefix "l/config/web/" { policy = "read" }',
        id="keys to be created",
    ),
    pytest.param(
        lambda c: kv.remove_data(c, "l/config/web", False),
        ["l/config/web/"],
        'key_prefix "l/config/web/" { policy = "read" }',
        id="keys to be removed",
    ),
    pytest.param(
        lambda c: kv_info.read_info(c, "l/config/web"),
        ["l/config/web/"],
        'key_prefix "l/config/web/" { policy = "read" }',
        id="keys to be read",
    ),
    pytest.param(
        lambda c: read_services(c, "l", "web"),
        ["l/services/web/"],
        'key_prefix "l/services/web/" { policy = "read" }',
        id="records of a service",
    ),
    pytest.param(
        lambda c: read_services(c, "l"),
        ["l/services/"],
        'key_prefix "l/services/" { policy = "read" }',
        id="records of all",
    ),
    pytest.param(
        lambda c: registration.absent(Agent(c), "web-1", "web", "o", False), ["web"], WEB, id="nothing to deregister"
    ),
    pytest.param(
        lambda c: registration.maintenance(Agent(c), "web-1", "web", None, False), ["web"], WEB, id="none to maintain"
    ),
]


@pytest.mark.parametrize(("ask", "hidden", "rule"), CASES)
def test_hidden_is_not_missing(ask: t.Callable[[t.Any], t.Any], hidden: list[str], rule: str) -> None:
    with pytest.raises(Failure, match=f"^shows no .*: lacks {re.escape(rule)}$"):
        ask(Empty(*hidden))


def test_hidden_instances_are_not_out_of_traffic_already() -> None:
    consul = ConsulModel()
    consul.hidden = ["web"]
    guard = RolloutGuard(t.cast(t.Any, Lock(t.cast(t.Any, consul), KEYS, "s")), "r-1", "n1", "web", 1, (), {}, ())
    with pytest.raises(Failure, match="shows no instance of web that passes"):
        guard.refuse_too_few(["web"])


@pytest.mark.usefixtures("clock")
def test_hidden_instances_are_not_removed() -> None:
    """What is current stays, and so do the notes."""
    consul = ConsulModel({KEYS.node("n1", "web"): b"{}", KEYS.current: b"r-1"})
    consul.hidden = [""]
    lock = Lock(t.cast(t.Any, consul), KEYS)
    lock.acquire("test", "test", "test", 0)
    with pytest.raises(Failure, match="shows no instance of web"):
        remove(lock)
    assert consul.values().keys() >= {KEYS.node("n1", "web"), KEYS.current}
