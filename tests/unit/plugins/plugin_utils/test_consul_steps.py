# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._consul_steps import (
    Agent,
    agents_of,
    refusals,
)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("1.8.7", "1.8.7"),
        ("1.8.7", "1.8.19"),
        ("1.8.7", "1.9.17"),
        ("1.8.7", "1.10.12"),
        ("1.9.17", "1.10.0"),
        ("1.10.12", "1.11.11"),
        ("1.10.12", "1.12.9"),
        ("1.12.9", "1.13.9"),
        ("1.11.0", "1.13.9"),
        ("1.12.9+ent", "1.14.0+ent"),
    ],
)
def test_a_documented_step_is_taken(found: str, wanted: str) -> None:
    assert refusals([], wanted, "web1", found, servers_stay=False) == []


@pytest.mark.parametrize(
    ("found", "wanted", "way"),
    [
        ("1.8.7", "1.11.11", "the newest 1.10.x, each"),
        ("1.8.7", "1.12.9", "the newest 1.10.x, each"),
        ("1.8.7", "1.13.9", "the newest 1.10.x, then the newest 1.12.x, each"),
        ("1.9.17", "1.11.0", "the newest 1.10.x, each"),
        ("1.10.12", "1.13.9", "the newest 1.12.x, each"),
        ("1.13.9", "1.20.1", "the newest 1.15.x, then the newest 1.17.x, then the newest 1.19.x, each"),
        ("1.22.1", "2.0.0", "do not lead to 2.0.0: see there"),
    ],
)
def test_a_jump_over_one_is_refused_with_the_way(found: str, wanted: str, way: str) -> None:
    (said,) = refusals([], wanted, "web1", found, servers_stay=False)
    assert said.startswith(f"web1 runs Consul {found}")
    assert way in said


@pytest.mark.parametrize(
    ("found", "wanted"),
    [("1.10.12", "1.8.7"), ("1.13.9", "1.13.8"), ("1.13.9", "1.12.9"), ("2.0.0", "1.22.1")],
)
def test_an_older_one_is_refused(found: str, wanted: str) -> None:
    (said,) = refusals([], wanted, "web1", found, servers_stay=False)
    assert f"web1 runs Consul {found}, and {wanted} is older" in said


# What others run, where web1 goes from 1.10.12 to 1.12.9.
@pytest.mark.parametrize(
    ("others", "refused"),
    [
        ({}, []),
        ({"web2": "1.12.9", "web3": "1.10.12"}, []),
        ({"web2": "1.13.9"}, []),
        ({"web2": "1.10.12", "web3": "1.8.7"}, ["web3 runs Consul 1.8.7"]),
        ({"web3": "1.9.0", "web2": "1.8.7"}, ["web2 runs Consul 1.8.7", "web3 runs Consul 1.9.0"]),
    ],
)
def test_all_agents_take_a_step_before_any_takes_the_next(others: dict[str, str], refused: list[str]) -> None:
    agents = [Agent("web1", "1.8.7"), *(Agent(node, version) for node, version in others.items())]
    said = refusals(agents, "1.12.9", "web1", "1.10.12", servers_stay=False)
    assert [sentence.split(",")[0] for sentence in said] == refused


@pytest.mark.parametrize(
    ("servers", "stay", "refused"),
    [
        ("1.12.9", True, []),
        ("1.13.9", True, []),
        ("1.10.12", False, []),
        ("1.10.12", True, ["The server db1 runs Consul 1.10.12: servers get 1.12.9 first. Run this without --limit."]),
    ],
)
@pytest.mark.parametrize("running", ["", "1.10.12"])
def test_servers_come_first(servers: str, stay: bool, refused: list[str], running: str) -> None:
    assert refusals([Agent("db1", servers, serves=True)], "1.12.9", "web1", running, stay) == refused


def test_a_host_that_has_none_yet_may_be_older_than_others() -> None:
    assert refusals([Agent("web2", "1.13.9")], "1.12.9", "web1", "", servers_stay=False) == []


def test_members_that_left_do_not_count() -> None:
    members = [
        {"Name": "db1", "Status": 1, "Tags": {"role": "consul", "build": "1.12.9:96505027"}},
        {"Name": "web1", "Status": 4, "Tags": {"role": "node", "build": "1.12.9+ent:96505027"}},
        {"Name": "web2", "Status": 3, "Tags": {"role": "node", "build": "1.8.7:"}},
    ]
    assert agents_of(members) == [Agent("db1", "1.12.9", serves=True), Agent("web1", "1.12.9+ent")]
