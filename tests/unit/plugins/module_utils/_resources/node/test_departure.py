# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host may go."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.departure import (
    Servers,
    Standing,
    refusals,
)

ONE, TWO, THREE = frozenset(["node1"]), frozenset(["node1", "node2"]), frozenset(["node1", "node2", "node3"])
ELSEWHERE = frozenset(["node2"])
SEVERAL = frozenset(["node1/web-1", "node1/web-2", "node2"])
LAST = "web: node1 has its last passing instance."
NOT_OURS = "web: node1 has its last passing registration"
FEW = "web: Consul would list 1 as passing (node2), and service_rollout.min_healthy asks for 2."
QUORUM = "Consul: node1 is one of its {} servers, of which {} make a quorum, and without this one {} would be alive."


@pytest.mark.parametrize(
    ("standing", "servers", "begins"),
    [
        pytest.param(Standing("web", "web", TWO), None, [], id="another one passes"),
        pytest.param(Standing("web", "web", ONE), None, [LAST], id="last of ours"),
        pytest.param(Standing("web", "", ONE), None, [NOT_OURS], id="last of what is no container of ours"),
        pytest.param(Standing("web", "web", ONE, 2), None, [LAST], id="last one, of two that must pass"),
        pytest.param(Standing("web", "web", TWO, 2), None, [FEW], id="too few others"),
        pytest.param(Standing("web", "web", THREE, 2), None, [], id="just enough others"),
        pytest.param(Standing("web", "web", ELSEWHERE, 2), None, [], id="out of traffic already"),
        pytest.param(Standing("web", "web", frozenset()), None, [], id="nobody passes"),
        pytest.param(Standing("web", "web", SEVERAL, 2), None, [FEW], id="all instances of the host go"),
        pytest.param(Standing("web", "web", SEVERAL, 2, frozenset(["web-2"])), None, [], id="one instance goes"),
        pytest.param(Standing("web", "web", TWO), Servers(3, 2), [], id="two servers of three stay"),
        pytest.param(Standing("web", "web", TWO), Servers(3, 1), [QUORUM.format(3, 2, 1)], id="one of three is down"),
        pytest.param(Standing("web", "web", TWO), Servers(2, 1), [QUORUM.format(2, 2, 1)], id="two servers"),
        pytest.param(Standing("web", "web", TWO), Servers(1, 0), [QUORUM.format(1, 1, 0)], id="the only server"),
        pytest.param(Standing("web", "web", TWO), Servers(5, 3), [], id="three of five stay"),
        pytest.param(Standing("web", "web", ONE), Servers(1, 0), [LAST, QUORUM.format(1, 1, 0)], id="all reasons"),
    ],
)
def test_a_host_goes_only_where_nobody_misses_it(
    standing: Standing, servers: Servers | None, begins: list[str]
) -> None:
    reasons = refusals("node1", [standing], servers)
    assert [reason[: len(begin)] for reason, begin in zip(reasons, begins, strict=True)] == begins
