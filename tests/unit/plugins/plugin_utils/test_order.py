# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import (
    Candidate,
    batches_of,
    min_healthy_of,
    ordered,
    share_of,
    split,
    spread,
)


def hosts(text: str) -> list[Candidate]:
    """``a1!`` is the host a1 that is broken, ``a1*`` leads, ``a1~`` is only registered; ``x/a1`` is in the rack x."""
    found = []
    for word in text.split():
        rack, _slash, host = word.rpartition("/")
        action = Action.REGISTER if "~" in host else Action.REPLACE
        found.append(Candidate(host.rstrip("!*~"), action, "!" not in host, "*" in host, rack))
    return found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("b a c", "a b c", id="by name"),
        pytest.param("n10 n9 n1", "n1 n9 n10", id="numbers count as such"),
        pytest.param("a b! c", "b a c", id="broken first"),
        pytest.param("a~ b c!", "c b a", id="outdated before those that are only registered"),
        pytest.param("a* b c!", "c b a", id="a leader last"),
        pytest.param("a*! b", "b a", id="a leader last, broken or not"),
        pytest.param("x/a y/b x/c", "a c b", id="rack by rack"),
        pytest.param("x/a y/b! x/c", "b a c", id="the rack of what is broken first"),
        pytest.param("x/a* y/b x/c", "b c a", id="the rack of the leader last"),
    ],
)
def test_order(given: str, expected: str) -> None:
    assert [candidate.host for candidate in ordered(hosts(given))] == expected.split()


@pytest.mark.parametrize(
    ("given", "batch", "ahead", "expected"),
    [
        pytest.param("", 1, 0, [], id="nothing to do"),
        pytest.param("a b c", 1, 0, [1, 1, 1], id="number"),
        pytest.param("a b c", 5, 0, [3], id="more than there are"),
        pytest.param("a b c d", "50%", 0, [2, 2], id="percentage"),
        pytest.param("a b c", "1%", 0, [1, 1, 1], id="at least one"),
        pytest.param("a b c d e f g h", [1, 2, "50%"], 0, [1, 2, 4, 1], id="list, its last again and again"),
        pytest.param("a b c", 2, 1, [1, 2], id="one ahead"),
        pytest.param("x/a x/b x/c y/d y/e", 2, 0, [2, 1, 2], id="no batch of two racks"),
        pytest.param("x/a y/b", [1, 5], 0, [1, 1], id="racks of one"),
    ],
)
def test_batches(given: str, batch: t.Any, ahead: int, expected: list[int]) -> None:
    assert batches_of(hosts(given), batch, ahead) == expected


def instances(text: str) -> list[Candidate]:
    """``a/1!`` is the instance 1 on the host a, which is broken."""
    words = [word.rstrip("!") for word in text.split()]
    return [Candidate(word, Action.REPLACE, f"{word}!" not in text, home=word.partition("/")[0]) for word in words]


@pytest.mark.parametrize(
    ("given", "batch", "expected"),
    [
        pytest.param("a/1 a/2 b/1 b/2", 1, ["a/1", "a/2", "b/1", "b/2"], id="one by one"),
        pytest.param("a/1 a/2 b/1 b/2", 2, ["a/1 b/1", "a/2 b/2"], id="of different hosts"),
        pytest.param("a/1 a/2 b/1", 2, ["a/1 b/1", "a/2"], id="hosts of different numbers"),
        pytest.param("a/1 a/2 a/3", 2, ["a/1 a/2", "a/3"], id="more than there are hosts"),
        pytest.param("a/1 a/2 b/1 b/2", "100%", ["a/1 b/1 a/2 b/2"], id="all"),
        pytest.param("a/1 a/2 b/1 b/2", [1, 2], ["a/1", "b/1 a/2", "b/2"], id="a list"),
        pytest.param("a/1! a/2! b/1 b/2", 2, ["a/1!", "a/2! b/1", "b/2"], id="broken first"),
    ],
)
def test_batches_of_several_instances(given: str, batch: t.Any, expected: list[str]) -> None:
    candidates = spread(instances(given), batch)
    batches = split([c.host for c in candidates], batches_of(candidates, batch))
    assert [" ".join(part) for part in batches] == [part.replace("!", "") for part in expected]


@pytest.mark.parametrize(
    ("value", "given", "batches", "passing", "least"),
    [
        pytest.param(None, "a b c", [1, 1, 1], 3, 2, id="as many as a batch leaves"),
        pytest.param(None, "a b c", [1, 2], 3, 1, id="the largest batch counts"),
        pytest.param(None, "a! b c", [1, 1, 1], 2, 1, id="broken ones do not"),
        pytest.param(None, "a", [1], 1, 0, id="the only one"),
        pytest.param(None, "a", [1], 0, 0, id="none is passing"),
        pytest.param(2, "a b c", [1, 1, 1], 3, 2, id="number"),
        pytest.param("50%", "a b c", [1, 1, 1], 3, 2, id="parts of a host count"),
        pytest.param(2, "a! b c", [1, 1, 1], 2, 2, id="the broken one is mended first"),
        pytest.param(3, "a~ b~ c~", [3], 3, 3, id="nothing is taken out"),
        pytest.param(3, "a! b! c!", [3], 0, 3, id="broken ones may always be replaced"),
    ],
)
def test_min_healthy(value: t.Any, given: str, batches: list[int], passing: int, least: int) -> None:
    candidates = hosts(given)
    assert min_healthy_of(value, split(candidates, batches), passing, 3) == least


@pytest.mark.parametrize(
    ("value", "given", "batches", "passing", "said"),
    [
        pytest.param(3, "a b c", [1, 1, 1], 3, "3 of 3 hosts must stay passing, and with a out only 2", id="all"),
        pytest.param("60%", "a b c", [2, 1], 3, "60% of 3 .* with a, b out only 1", id="large batch"),
        pytest.param(2, "a b c!", [1, 1, 1], 2, ".* with a out only 1", id="in this order"),
    ],
)
def test_min_healthy_that_can_not_be_kept(
    value: t.Any, given: str, batches: list[int], passing: int, said: str
) -> None:
    with pytest.raises(Failure, match=f"service_rollout.min_healthy: {said}"):
        min_healthy_of(value, split(hosts(given), batches), passing, 3)


def test_who_starts_first_stays_in_traffic() -> None:
    assert min_healthy_of(1, [[Candidate("a", Action.REPLACE, passing=True, stays=True)]], 1, 1) == 1


@pytest.mark.parametrize(
    ("value", "hosts", "limit"),
    [
        pytest.param(0, 10, 0, id="none"),
        pytest.param(3, 10, 3, id="number"),
        pytest.param("3", 10, 3, id="number as text"),
        pytest.param("25%", 10, 2, id="parts of a host do not count"),
        pytest.param("100%", 3, 3, id="all"),
        pytest.param("10%", 3, 0, id="less than one"),
    ],
)
def test_shares_of_hosts(value: t.Any, hosts: int, limit: int) -> None:
    assert share_of(value, hosts) == limit
