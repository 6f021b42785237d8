# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._placement import (
    Candidate,
    Placement,
    broken_rules,
    propose,
)

SSD = "disk_type == 'ssd'"
A1, A2, B1, B2, C1 = (Candidate(name, rack=name[0]) for name in ("a1", "a2", "b1", "b2", "c1"))
ALL = (A1, A2, B1, B2, C1)


def running(*hosts: Candidate) -> list[Candidate]:
    """Return these hosts as those that run the service, and are named."""
    return [replace(host, runs=True, named=True) for host in hosts]


@pytest.mark.parametrize(
    ("rules", "hosts", "said"),
    [
        pytest.param({}, ALL, [], id="no rules"),
        pytest.param({"count": 2}, (A1, B1), [], id="as many as it says"),
        pytest.param(
            {"count": 3},
            (A1, B1),
            ["service_placement.count: is 3, and service_hosts names 2: a1, b1; make them the same"],
            id="too few",
        ),
        pytest.param({"count": "1"}, (A1, B1), ["count: is 1, and service_hosts names 2: a1, b1"], id="too many"),
        pytest.param({"per_rack": 1}, (A1, B1, C1), [], id="a rack each"),
        pytest.param(
            {"per_rack": 1},
            ALL,
            [
                "per_rack: is 1, and a1, a2 are all in rack a; leave 1 of them out of service_hosts",
                "per_rack: is 1, and b1, b2 are all in rack b",
            ],
            id="full racks",
        ),
        pytest.param({"per_rack": 2}, ALL, [], id="two of a rack"),
        pytest.param(
            {"per_rack": 1}, (Candidate("x"),), ["per_rack: x has no variable rack; set it in the inventory"], id="none"
        ),
        pytest.param({"where": SSD}, (A1,), [], id="condition"),
        pytest.param(
            {"where": SSD},
            (A1, replace(A2, fulfils=False)),
            [f'where: a2 does not fulfil "{SSD}"; leave it out of service_hosts'],
            id="condition broken",
        ),
        pytest.param(
            {"where": SSD},
            (replace(A1, fulfils=False, untold="'disk_type' is undefined"),),
            [f"where: a1: \"{SSD}\" cannot be told: 'disk_type' is undefined; set what it asks for in the inventory"],
            id="condition untold",
        ),
        pytest.param(
            {"never_with": ["mysql"]},
            (A1, replace(B1, rivals=("mysql",))),
            ["service_placement.never_with: b1 has mysql too, by the service_hosts of services/mysql.yml; leave"],
            id="a rival",
        ),
        pytest.param(
            {"never_with": "mysql"},
            (replace(B1, rivals=("search",)),),
            ["service_placement.never_with of services/search.yml: b1 has search too"],
            id="by the other's rule",
        ),
        pytest.param(
            {"count": 1, "per_rack": 1, "where": SSD},
            (replace(A1, fulfils=False), A2),
            ["where: a1", "per_rack: is 1", "count: is 1"],
            id="all at once",
        ),
    ],
)
def test_broken_rules(rules: dict[str, t.Any], hosts: tuple[Candidate, ...], said: list[str]) -> None:
    problems = broken_rules(Placement.from_options(rules), hosts)
    assert len(problems) == len(said)
    for problem, part in zip(problems, said, strict=True):
        assert part in problem


def test_rivals_are_those_of_both_sides() -> None:
    assert Placement(never_with=("a", "b"), avoided_by=("b", "c")).rivals == ("a", "b", "c")


@pytest.mark.parametrize(
    ("rules", "candidates", "hosts", "left_out"),
    [
        pytest.param({}, running(B1, A1), ["b1", "a1"], {}, id="all that run, in their order"),
        pytest.param({"count": 2}, [A1, *running(C1, B2)], ["c1", "b2"], {}, id="what runs stays"),
        pytest.param(
            {"count": 2, "per_rack": 1},
            [*running(A1, A2), B1],
            ["a2", "b1"],
            {"a1": "service_placement.per_rack: rack a has a2"},
            id="the rack is full",
        ),
        pytest.param(
            {"count": 1, "where": SSD},
            [*running(replace(A1, fulfils=False)), B1],
            ["b1"],
            {"a1": f'service_placement.where: a1 does not fulfil "{SSD}"'},
            id="what runs where it must not",
        ),
        pytest.param(
            {"count": 1},
            [replace(A1, named=True), replace(B1, named=True, runs=True)],
            ["b1"],
            {"a1": "service_placement.count: the others are 1 already"},
            id="what runs before what is named",
        ),
        pytest.param({"count": 1}, [replace(A1, reached=False), B1], ["b1"], {}, id="new ones must be reached"),
        pytest.param(
            {"count": 1}, [replace(A1, reached=False, named=True), B1], ["a1"], {}, id="named ones are not given up"
        ),
        pytest.param({"never_with": ["m"]}, [replace(A1, rivals=("m",)), B1], ["b1"], {}, id="a rival is there"),
    ],
)
def test_proposal(
    rules: dict[str, t.Any], candidates: list[Candidate], hosts: list[str], left_out: dict[str, str]
) -> None:
    proposal = propose(Placement.from_options(rules), "web", candidates)
    assert list(proposal.hosts) == hosts
    assert proposal.left_out == left_out


def test_reasons() -> None:
    candidates = [*running(A1), replace(B1, named=True), replace(B2, named=True, reached=False), replace(C1, rack=None)]
    assert propose(Placement(), "web", candidates).hosts == {
        "a1": "runs it today, rack a",
        "b1": "service_hosts names it, rack b",
        "b2": "service_hosts names it; it could not be asked what runs there, rack b",
        "c1": "new, next by its hash",
    }


def test_a_host_more_or_less_moves_no_other() -> None:
    hosts = [Candidate(f"node{number}") for number in range(20)]
    three = Placement(count=3)
    first = list(propose(three, "web", hosts).hosts)
    assert list(propose(three, "web", hosts[::-1]).hosts) == first
    assert list(propose(three, "shop", hosts).hosts) != first
    fewer = [host for host in hosts if host.host != first[1]]
    assert {first[0], first[2]} < set(propose(three, "web", fewer).hosts)


@pytest.mark.parametrize(
    ("rules", "candidates", "said"),
    [
        pytest.param(
            {"count": 4, "per_rack": 1},
            ALL,
            ["count asks for 4 hosts, and 3 fulfil the rules. Of 5 hosts", "3 of these are in 3 racks, with per_rack"],
            id="racks",
        ),
        pytest.param(
            {"where": SSD},
            [replace(A1, fulfils=False, untold="'x' is undefined"), replace(A2, fulfils=False)],
            ["at least one host is needed, and 0 fulfil", f"0 fulfil where: {SSD} (of 1 it cannot be told, such as a1"],
            id="condition",
        ),
        pytest.param(
            {"count": 3, "where": SSD, "never_with": ["m"], "per_rack": 1},
            [
                replace(A1, reached=False),
                replace(A2, fulfils=False),
                replace(B1, rivals=("m",)),
                B2,
                Candidate("x"),
            ],
            ["and 1 fulfil the rules. Of 5 hosts", "  4 could be", "  3 fulfil", "  2 of", "  1 of", "(1 have no"],
            id="one after the other",
        ),
    ],
)
def test_nobody_fulfils(rules: dict[str, t.Any], candidates: list[Candidate], said: list[str]) -> None:
    with pytest.raises(Failure) as failure:
        propose(Placement.from_options(rules), "web", candidates)
    for part in said:
        assert part in str(failure.value)
