# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_order import (
    Member,
    all_before,
    order_line,
    ordered,
)

REDIS = Member("redis", "redis.yml")
MYSQL = Member("mysql", "mysql.yml", names=("mysql-read",))


def member(name: str, *after: str, **peers: t.Any) -> Member:
    """Return a service that waits for others."""
    return Member(name, f"{name}.yml", after, peers)


@pytest.mark.parametrize(
    ("members", "order"),
    [
        pytest.param([], {}, id="none"),
        pytest.param([REDIS, MYSQL], {"mysql": {}, "redis": {}}, id="by their names"),
        pytest.param(
            [member("a", "redis"), REDIS], {"redis": {}, "a": {"redis": "service_after"}}, id="one after another"
        ),
        pytest.param(
            [member("c", "b"), member("b", "a"), member("a")],
            {"a": {}, "b": {"a": "service_after"}, "c": {"b": "service_after"}},
            id="a chain",
        ),
        pytest.param(
            [member("a", db={"service": "mysql-read", "min": 2}), MYSQL],
            {"mysql": {}, "a": {"mysql": "service_peers.db.min"}},
            id="a peer with min, by its name in Consul",
        ),
        pytest.param(
            [member("a", "mysql", db={"service": "mysql", "min": 1}), MYSQL],
            {"mysql": {}, "a": {"mysql": "service_after"}},
            id="both",
        ),
        pytest.param([member("a", db={"service": "mysql"}), MYSQL], {"a": {}, "mysql": {}}, id="a peer without min"),
        pytest.param([member("a", db={"service": "elsewhere", "min": 1})], {"a": {}}, id="a peer of another fleet"),
        pytest.param(
            [member("a", db={"service": "mysql", "min": 1, "datacenter": "dc2"}), MYSQL],
            {"a": {}, "mysql": {}},
            id="a peer of another datacenter",
        ),
        pytest.param([member("a", own={"service": "a", "min": 1})], {"a": {}}, id="its own members"),
    ],
)
def test_order(members: list[Member], order: dict[str, dict[str, str]]) -> None:
    assert ordered(members) == order
    assert list(ordered(members)) == list(order)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        pytest.param(
            [member("a", "rediss"), REDIS],
            ["a.yml: service_after: there is no service rediss; did you mean redis?"],
            id="unknown",
        ),
        pytest.param(
            [member("a", "x"), member("b", "y")],
            ["a.yml: service_after: there is no service x", "b.yml: service_after: there is no service y"],
            id="all that are unknown",
        ),
        pytest.param([member("a", "a")], ["a.yml: service_after: a waits for a"], id="itself"),
        pytest.param(
            [member("a", "b"), member("b", c={"service": "c", "min": 1}), member("c", "a")],
            [
                "a.yml: service_after: a waits for b",
                "b.yml: service_peers.c.min: b waits for c",
                "c.yml: service_after: c waits for a",
                "remove one of these entries",
            ],
            id="a cycle",
        ),
    ],
)
def test_what_is_refused(members: list[Member], says: list[str]) -> None:
    with pytest.raises(Failure) as failure:
        ordered(members)
    assert [line for line in says if line not in str(failure.value)] == []


def test_what_is_told() -> None:
    order = ordered([member("c", "b"), member("b", "a"), member("a")])
    assert order_line(order) == "In this order: a, b (after a), c (after b)"
    assert all_before("c", order) == {"a", "b"}
