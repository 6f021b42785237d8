# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service's own deploy would see; nothing that another service's file says is in it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _stack
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack import Stack, StackVariables, of_service

SHIPPED = {
    "services": {"a": {"image": {"reference": "a@1"}}, "b": {"image": {"reference": "b@1"}, "code": {"content": "c"}}}
}
GATHERED = {"services": {"a": {"node": {"name": "n1"}}, "b": {"msg": "no peers"}}}


class Hostvars(dict[str, t.Any]):
    """As Ansible has them."""

    raw_get = dict.__getitem__


@pytest.fixture
def entries(tmp_path: Path) -> list[dict[str, t.Any]]:
    (tmp_path / "a.yml").write_text("own: of a\nservice_port: 1\nonly_a: true\n", encoding="utf-8")
    (tmp_path / "b.yml").write_text("own: of b\n", encoding="utf-8")
    return [
        {
            "service": Service(name, str(tmp_path / f"{name}.yml")).to_facts()[Service.NAME],
            "hosts": ["n1"],
            "waits": {"out": "service_after"},
            "peers": [],
        }
        for name in ("a", "b")
    ]


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> StackVariables:
    monkeypatch.setattr(_stack, "load_extra_vars", lambda _loader: {"given": "by -e"})
    of_n1 = {"__stack_shipped": SHIPPED, "__stack_gathered": GATHERED, "own": "of the inventory", "rack": "r"}
    hostvars = Hostvars({"n1": of_n1, "localhost": {"ansible_facts": {"longshore_stack": {}}}})
    task_vars = {**of_n1, "inventory_hostname": "n1", "hostvars": hostvars, "given": "inventory", "service_port": 80}
    return StackVariables(DataLoader(), task_vars)


def test_no_variable_of_one_service_is_seen_by_the_next(
    entries: list[dict[str, t.Any]], variables: StackVariables
) -> None:
    a, b, again = variables.of(entries[0]), variables.of(entries[1]), variables.of(entries[0])
    assert (a["own"], a["service_port"], a["only_a"], a["service"]) == ("of a", 1, True, "a")
    assert (b["own"], b["service_port"], "only_a" in b, b["service"]) == ("of b", 80, False, "b")
    assert (a["__service_image"], a["__service_code"]) == ({"reference": "a@1"}, {})
    assert (b["__service_image"], b["__service_code"]) == ({"reference": "b@1"}, {"content": "c"})
    assert (a["given"], a["rack"], a["ansible_play_hosts_all"]) == ("by -e", "r", ["n1"])
    assert {key: again[key] for key in again if key != "hostvars"} == {key: a[key] for key in a if key != "hostvars"}


def test_other_hosts_have_what_was_found_for_the_same_service(
    entries: list[dict[str, t.Any]], variables: StackVariables
) -> None:
    a, b = (variables.of(entry) for entry in entries)
    assert a["__service_discovered"] == a["hostvars"]["n1"]["__service_discovered"] == {"node": {"name": "n1"}}
    assert b["__service_discovered"] == b["hostvars"]["n1"]["__service_discovered"] == {"msg": "no peers"}
    assert a["hostvars"]["localhost"]["ansible_facts"]["longshore_service"]["name"] == "a"
    assert b["hostvars"]["localhost"]["ansible_facts"]["longshore_run"] == {"service": "b"}
    assert a["hostvars"]["n1"]["rack"] == "r"
    assert set(a["hostvars"]) == {"n1", "localhost"}


@pytest.mark.parametrize(
    ("results", "found"),
    [
        pytest.param({"services": {"a": {"x": 1}}}, {"x": 1}, id="found"),
        pytest.param({"services": {}}, {}, id="not asked"),
        pytest.param({"unreachable": True, "msg": "down"}, {"unreachable": True, "msg": "down"}, id="unreachable"),
        pytest.param({}, {}, id="nothing registered"),
    ],
)
def test_what_was_found_for_one_service(results: dict[str, t.Any], found: dict[str, t.Any]) -> None:
    assert of_service(results, "a") == found


def test_services_of_a_limit(entries: list[dict[str, t.Any]]) -> None:
    stack = Stack.of([entries[0], {**entries[1], "hosts": []}], {})
    assert (stack.waits, stack.hosts_of("a"), stack.left_out) == ({"a": {}}, ["n1"], ["b"])
    assert [entry["service"]["name"] for entry in stack.on("n1")] == ["a"]
    assert stack.idle == {"a": "nothing to do", "b": "no host within the limit"}
    assert stack.with_turns(["a"]).idle == {"b": "no host within the limit"}
    assert stack.goes
    with pytest.raises(Failure, match="state: expected present or absent"):
        Stack.of(entries, {"state": "gone"})
