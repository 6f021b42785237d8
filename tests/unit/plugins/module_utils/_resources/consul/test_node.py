# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node


def test_node_from_the_agents_answer() -> None:
    answer = {
        "Config": {"Datacenter": "dc1", "NodeName": "node1", "Server": True, "Version": "1.8.7"},
        "Member": {"Name": "node1", "Addr": "10.0.0.1", "Port": 8301},
        "Meta": {"rack": "a"},
    }
    assert Node.from_agent(answer).to_result() == {
        "name": "node1",
        "address": "10.0.0.1",
        "datacenter": "dc1",
        "meta": {"rack": "a"},
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"Config": {"Datacenter": "dc1", "NodeName": "n1\nserver evil"}}, id="name"),
        pytest.param({"Meta": {"rack": "a\r\nb"}}, id="meta"),
        pytest.param({"Member": {"Addr": "10.0.0.1\0"}}, id="address"),
    ],
)
def test_control_characters_are_refused(changes: dict[str, t.Any]) -> None:
    answer = {"Config": {"Datacenter": "dc1", "NodeName": "n1"}, "Member": {"Addr": "10.0.0.1"}, **changes}
    with pytest.raises(Failure, match="has a control character; correct the agent's configuration"):
        Node.from_agent(answer)
