# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alternating ports: what templates of each side see, and what of a service file rules out that both run."""

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import known_problems, slots_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._start_first import file_problems
from tests.unit.builders import trusted

FIRST = {"start_first": True}
PAIR = [8080, 8090]


def sides(**variables: t.Any) -> list[tuple[dict[str, t.Any], dict[str, t.Any]]]:
    """Return what templates of each instance see on both sides."""
    known = trusted({"service_rollout": FIRST, **variables})
    slots = slots_of("node1", "web", known, Templar(loader=DataLoader(), variables=known))
    return [(slot.variables, slot.other) for slot in slots]


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        pytest.param(
            {"service_port": PAIR},
            [({"instance": "web", "service_port": 8080}, {"instance": "web", "service_port": 8090})],
            id="one port",
        ),
        pytest.param(
            {"service_ports": {"http": PAIR, "admin": [9000, 9010]}},
            [
                (
                    {"instance": "web", "ports": {"http": 8080, "admin": 9000}},
                    {"instance": "web", "ports": {"http": 8090, "admin": 9010}},
                )
            ],
            id="named ports",
        ),
        pytest.param(
            {"service_port": PAIR, "service_instances": 2},
            [
                ({"instance": "web-1", "service_port": 8080}, {"instance": "web-1", "service_port": 8090}),
                ({"instance": "web-2", "service_port": 8081}, {"instance": "web-2", "service_port": 8091}),
            ],
            id="several instances",
        ),
        pytest.param(
            {"service_port": "{{ [base, base + 1] }}", "base": 80},
            [({"instance": "web", "service_port": 80}, {"instance": "web", "service_port": 81})],
            id="by a template",
        ),
        pytest.param(
            {"service_port": ["{{ p }}", "{{ p + 1 }}"], "service_instances": [{"p": 80}, {"p": 90}]},
            [
                (
                    {"instance": "web-1", "p": 80, "service_port": 80},
                    {"instance": "web-1", "p": 80, "service_port": 81},
                ),
                (
                    {"instance": "web-2", "p": 90, "service_port": 90},
                    {"instance": "web-2", "p": 90, "service_port": 91},
                ),
            ],
            id="by a variable of each instance",
        ),
        pytest.param(
            {"service_rollout": {"start_first": "{{ first }}"}, "first": False, "service_port": 8080},
            [({}, {})],
            id="switched off by a variable",
        ),
    ],
)
def test_what_templates_see(variables: dict[str, t.Any], seen: list[t.Any]) -> None:
    assert sides(**variables) == seen


NEEDS = "service_rollout.start_first needs two ports to alternate between, and this is"
ALONE = "two ports alternate only with service_rollout.start_first: true; add that, or write one number"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param({"service_port": 8080}, f"service_port: {NEEDS} 8080; write", id="one number"),
        pytest.param({"service_port": [1, 2, 3]}, f"service_port: {NEEDS} [1, 2, 3]", id="three"),
        pytest.param({"service_ports": {"http": 8080}}, f"service_ports.http: {NEEDS} 8080", id="one named port"),
        pytest.param(
            {"service_ports": {"http": PAIR, "metrics": 9100}},
            f"service_ports.metrics: {NEEDS} 9100",
            id="a port that does not alternate",
        ),
        pytest.param({"service_port": [8080, 8080]}, "service_port: port 8080 is given twice", id="the same twice"),
        pytest.param({"service_port": [0, 8080]}, "service_port: 0 is not a valid port", id="no port"),
        pytest.param(
            {"service_ports": {"http": PAIR, "admin": [8090, 9000]}},
            "service_ports.admin: port 8090 is one of service_ports.admin and of service_ports.http",
            id="pairs that meet",
        ),
        pytest.param(
            {"service_port": [8080, 8081], "service_instances": 2},
            "service_port: port 8081 is that of web-1, and by service_port that of web-2 too",
            id="pairs of two instances that meet",
        ),
        pytest.param({"service_port": PAIR, "service_rollout": {}}, f"service_port: {ALONE}", id="not switched on"),
        pytest.param(
            {"service_ports": {"http": PAIR}, "service_rollout": {"start_first": False}},
            f"service_ports.http: {ALONE}",
            id="switched off",
        ),
    ],
)
def test_wrong_ports(data: dict[str, t.Any], message: str) -> None:
    problems = known_problems({"service_rollout": FIRST, **data}, "web")
    assert len(problems) == 1
    assert message in problems[0]
    with pytest.raises(Failure) as failure:
        sides(**data)
    assert message in str(failure.value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"service_rollout": FIRST}, id="ports that may be the inventory's"),
        pytest.param({"service_port": PAIR}, id="a rollout that may be the inventory's"),
        pytest.param({"service_rollout": FIRST, "service_port": "{{ pair }}"}, id="a template"),
        pytest.param({"service_rollout": FIRST, "service_port": PAIR}, id="right"),
    ],
)
def test_what_a_file_alone_can_not_tell(data: dict[str, t.Any]) -> None:
    assert known_problems(trusted(data), "web") == []


def test_no_ports_at_all() -> None:
    with pytest.raises(Failure, match=r"service_rollout\.start_first: the old container and the new one run side by"):
        sides()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param({"service_sidecars": {"nginx": {}}}, "replaced as a whole", id="sidecars"),
        pytest.param({"service_code": {"context": "."}}, "the same link of service_code", id="code"),
        pytest.param(
            {"service_container": {"command": ["{{ '--found' if first_boot else '' }}"]}},
            "founds a cluster",
            id="founds",
        ),
        pytest.param({"service_rollout": {**FIRST, "cold_start": "together"}}, "founds a cluster", id="cold start"),
    ],
)
def test_what_rules_it_out(data: dict[str, t.Any], message: str) -> None:
    (problem,) = file_problems({"service_rollout": FIRST, **data})
    assert message in problem
    assert problem.startswith("service_rollout.start_first: ")
    assert not [*file_problems({**data, "service_rollout": {}})]
