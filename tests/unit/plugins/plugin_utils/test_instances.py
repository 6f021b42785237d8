# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, ports and variables of the instances of one host, and which of them go or take another one's place."""

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import (
    Slot,
    by_rows,
    known_problems,
    predecessor_of,
    slots_of,
    surplus_of,
)

THREE = ["web-1", "web-2", "web-3"]


def slots(**variables: t.Any) -> tuple[Slot, ...]:
    """Return the instances of node1; texts are templates."""
    known = {name: trust_as_template(v) if isinstance(v, str) else v for name, v in variables.items()}
    return slots_of("node1", "web", known, Templar(loader=DataLoader(), variables=known))


@pytest.mark.parametrize(
    ("variables", "rows"),
    [
        pytest.param({}, ["node1"], id="unset"),
        pytest.param({"service_instances": 1}, ["node1"], id="one"),
        pytest.param({"service_instances": [{"a": 1}]}, ["node1"], id="a list of one"),
        pytest.param({"service_instances": 2}, ["node1/web-1", "node1/web-2"], id="two"),
        pytest.param({"service_instances": "{{ n }}", "n": 2}, ["node1/web-1", "node1/web-2"], id="by a template"),
        pytest.param({"service_instances": [{"a": 1}, {"a": 2}]}, ["node1/web-1", "node1/web-2"], id="a list"),
    ],
)
def test_rows(variables: dict[str, t.Any], rows: list[str]) -> None:
    assert [slot.row for slot in slots(**variables)] == rows


def test_one_instance_is_what_it_was_before() -> None:
    assert slots(service_port=8080) == (Slot("node1", "web"),)


PORTS = {"http": 8080, "admin": 9000}


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        pytest.param({"service_ports": PORTS}, [{"instance": "web", "ports": PORTS}], id="ports of a single one"),
        pytest.param(
            {"service_instances": 2, "service_ports": PORTS},
            [
                {"instance": "web-1", "ports": PORTS},
                {"instance": "web-2", "ports": {"http": 8081, "admin": 9001}},
            ],
            id="ports count up",
        ),
        pytest.param(
            {"service_instances": 2, "service_port": "{{ 8000 }}"},
            [{"instance": "web-1", "service_port": 8000}, {"instance": "web-2", "service_port": 8001}],
            id="so does the short form",
        ),
        pytest.param(
            {"service_instances": 2, "service_ports": {"http": 8080}, "service_port": "{{ ports.http }}"},
            [
                {"instance": "web-1", "ports": {"http": 8080}, "service_port": 8080},
                {"instance": "web-2", "ports": {"http": 8081}, "service_port": 8081},
            ],
            id="but not what is an instance's own",
        ),
        pytest.param(
            {"service_instances": [{"p": 8080}, {"p": 9080}], "service_port": "{{ p }}"},
            [
                {"p": 8080, "instance": "web-1", "service_port": 8080},
                {"p": 9080, "instance": "web-2", "service_port": 9080},
            ],
            id="by a variable of each",
        ),
    ],
)
def test_what_templates_see(variables: dict[str, t.Any], seen: list[dict[str, t.Any]]) -> None:
    assert [slot.variables for slot in slots(**variables)] == seen


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param({"service_instances": 0}, "service_instances: 0 is neither a number from 1 to 100", id="none"),
        pytest.param({"service_instances": "two"}, "'two' is neither a number", id="a word"),
        pytest.param({"service_instances": True}, "True is neither a number", id="a flag"),
        pytest.param({"service_instances": []}, "is neither a number", id="an empty list"),
        pytest.param({"service_instances": [1, 2]}, "is neither a number", id="a list of numbers"),
        pytest.param({"service_instances": 101}, "101 is neither a number", id="too many"),
        pytest.param({"service_instances": [{}, {"node": 1}]}, "service_instances[1].node: is set by", id="reserved"),
        pytest.param({"service_instances": [{"service_port": 1}]}, "service_instances[0].service_port", id="ours"),
        pytest.param({"service_ports": {"http": 0}}, "service_ports.http: 0 is not a valid port", id="no port"),
        pytest.param({"service_ports": [8080]}, "service_ports: expected a mapping", id="ports without names"),
        pytest.param(
            {"service_instances": 2, "service_ports": {"a": 8080, "b": 8081}},
            "service_ports.a: port 8081 is that of web-2, and by service_ports.b that of web-1 too",
            id="overlap",
        ),
        pytest.param(
            {"service_instances": 2, "service_ports": {"a": 8081}, "service_port": 8080},
            "service_port: port 8081 is that of web-2, and by service_ports.a that of web-1 too",
            id="overlap with the short form",
        ),
        pytest.param({"service_instances": 2, "service_port": 65535}, "service_port: 65536 is not", id="past the last"),
    ],
)
def test_wrong_values(data: dict[str, t.Any], message: str) -> None:
    assert message in known_problems(data, "web")[0]
    with pytest.raises(Failure):
        slots(**data)


def test_what_templates_make_is_told_by_the_hosts() -> None:
    unknown = {"service_instances": "{{ n }}", "service_ports": {"http": "{{ p }}"}, "service_port": "{{ ports.http }}"}
    assert known_problems(unknown, "web") == []


@pytest.mark.parametrize(
    ("there", "wanted", "surplus"),
    [
        pytest.param(THREE, ["web-1"], ["web-3", "web-2"], id="fewer"),
        pytest.param([*THREE, "web-10"], THREE, ["web-10"], id="by number"),
        pytest.param(["web"], THREE, ["web"], id="from one to several"),
        pytest.param(THREE, ["web"], ["web-3", "web-2", "web-1"], id="from several to one"),
        pytest.param(["web-x", "canary", "web-01", "webb"], ["web"], [], id="names of others"),
    ],
)
def test_surplus(there: list[str], wanted: list[str], surplus: list[str]) -> None:
    assert surplus_of("web", there, wanted) == surplus


@pytest.mark.parametrize(
    ("name", "surplus", "before"),
    [
        pytest.param("web-1", ["web"], "web", id="from one to several"),
        pytest.param("web-2", ["web"], "", id="the others are new"),
        pytest.param("web", ["web-2", "web-1"], "web-1", id="from several to one"),
        pytest.param("web", ["web-2"], "", id="where the first one is gone"),
        pytest.param("web-1", [], "", id="nothing to take over"),
    ],
)
def test_whose_place_an_instance_takes(name: str, surplus: list[str], before: str) -> None:
    assert predecessor_of("web", Slot("node1", name), surplus) == before


def test_a_host_that_failed_has_failed_for_all_its_instances() -> None:
    rows = {"n1": {"n1": ""}, "n2": {"n2/web-1": "web-1", "n2/web-2": "web-2"}}
    done = {"n1": {"a": 1}, "n2": {"several": {"web-1": {"a": 2}}}}
    assert by_rows(rows, done) == {"n1": {"a": 1}, "n2/web-1": {"a": 2}, "n2/web-2": {}}
    failed = {"failed": True, "msg": "no agent"}
    assert by_rows(rows, {"n2": failed}) == {"n1": {}, "n2/web-1": failed, "n2/web-2": failed}
