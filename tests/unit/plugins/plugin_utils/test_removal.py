# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _removal
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._removal import nodes_left, noted_in, plan_removal


def has(*instances: str, service: str = "web") -> dict[str, t.Any]:
    return {"instances": [{"instance": instance, "service": service} for instance in instances]}


DOWN = {"unreachable": True, "msg": "no route"}
FOUND = {"node1": has("web"), "node2": has(), "node3": has("web")}


@pytest.mark.parametrize(
    ("found", "expected", "instance", "named", "instances"),
    [
        pytest.param(
            FOUND, ["node1", "node2"], None, [], {"node1": ["web"], "node2": ["web"], "node3": ["web"]}, id="all"
        ),
        pytest.param(FOUND, [], None, [], {"node1": ["web"], "node3": ["web"]}, id="file is gone"),
        pytest.param({"node3": has("web")}, ["node1"], None, ["node3"], {"node3": ["web"]}, id="limit to one left"),
        pytest.param({"node2": has()}, ["node2"], None, ["node2"], {"node2": ["web"]}, id="removed already"),
        pytest.param(
            {"node1": has("web-1", "web-2"), "node2": has("web-1")},
            [],
            "web-2",
            [],
            {"node1": ["web-2"]},
            id="instance",
        ),
        pytest.param(
            {"node1": has("web-1", "web-10", "web-2")},
            [],
            None,
            [],
            {"node1": ["web-10", "web-2", "web-1"]},
            id="several",
        ),
        pytest.param({"node1": DOWN, "node2": has("web")}, [], None, [], {"node2": ["web"]}, id="another is down"),
        pytest.param({"node1": DOWN}, ["node1"], None, [], {"node1": ["web"]}, id="its host is down"),
        pytest.param({"node1": DOWN}, ["node1"], "web", [], {"node1": ["web"]}, id="its host is down, instance named"),
    ],
)
def test_hosts(
    found: dict[str, t.Any],
    expected: list[str],
    instance: str | None,
    named: list[str],
    instances: dict[str, list[str]],
) -> None:
    assert plan_removal("web", found, expected, instance, named).instances == instances


@pytest.mark.parametrize(
    ("found", "instance", "named", "message"),
    [
        pytest.param({"node2": has()}, None, [], "no instance web of web on any host within the limit", id="nothing"),
        pytest.param(FOUND, "wbe", [], "There is no instance wbe of web on any host", id="no such instance"),
        pytest.param(FOUND, None, ["node1", "node2"], "no instance web of web on node2; nothing was", id="named host"),
        pytest.param({"node1": DOWN}, None, [], "node1 cannot be asked: no route", id="nobody could tell"),
        pytest.param({"node1": has("a", "b")}, None, [], "-e instance=NAME:\nnode1: a, b", id="several"),
        pytest.param({"node1": has("web", service="db")}, None, [], "no instance web of web", id="another's"),
    ],
)
def test_refused(found: dict[str, t.Any], instance: str | None, named: list[str], message: str) -> None:
    with pytest.raises(Failure) as failure:
        plan_removal("web", found, [], instance, named)
    assert message in str(failure.value)


def test_lines_and_speaker() -> None:
    removal = plan_removal("web", {"node1": DOWN, **FOUND, "node2": DOWN}, ["node1", "node2"], None, [])
    assert removal.speaker == "node1"
    removal = plan_removal("web", {"node2": DOWN, "node3": has("web")}, ["node2"], None, [])
    assert removal.speaker == "node3"
    assert removal.lines() == ["node2: remove web", "node3: remove web, for which no service file asks here"]


@pytest.mark.parametrize(
    ("discovered", "hosts", "left"),
    [
        pytest.param({"a": {"node": {"name": "n1"}, "noted_nodes": ["n1", "n2"]}}, ["a"], ["n2"], id="one left"),
        pytest.param({"a": {"node": {"name": "n1"}, "noted_nodes": ["n1"]}}, ["a"], [], id="nothing left"),
        pytest.param({"a": {"node": {"name": "n1"}, "noted_nodes": ["n2"]}}, ["a", "b"], [], id="not all were asked"),
        pytest.param({"a": {"node": {"name": "n1"}, "noted_nodes": ["n2"]}, "b": DOWN}, ["a", "b"], [], id="one down"),
        pytest.param({"a": {"node": {"name": "n1"}}}, ["a"], [], id="no notes"),
    ],
)
def test_left(discovered: dict[str, t.Any], hosts: list[str], left: list[str]) -> None:
    assert nodes_left(discovered, hosts) == left


@pytest.mark.parametrize(
    ("release", "limit", "more", "leaving"),
    [
        pytest.param(None, None, {}, {"n2": "n2.example.com"}, id="a deploy"),
        pytest.param(None, "n1", {}, {}, id="a limit"),
        pytest.param({"id": "r-1"}, None, {}, {}, id="a rollback"),
        pytest.param(None, None, {"service_image_from": "reload"}, {}, id="a reload"),
        pytest.param(None, None, {"service_restart": True}, {}, id="a restart"),
    ],
)
def test_hosts_that_leave(
    monkeypatch: pytest.MonkeyPatch, release: t.Any, limit: str | None, more: dict[str, t.Any], leaving: dict[str, str]
) -> None:
    monkeypatch.setattr(_removal, "hosts_of", lambda pattern, _variables: [pattern])
    variables = {"groups": {"all": ["n1", "n2.example.com", "other"]}, **more}
    discovered = {"n1": {"node": {"name": "n1"}, "noted_nodes": ["n1", "n2", "n3"]}}
    left = _removal.Left.of(Service("web", hosts="n1", release=release), discovered, variables, limit)
    assert (left.nodes, left.leaving) == (("n2", "n3"), leaving)
    told = [line.partition(":")[0] for line in left.lines()]
    assert told == [*(leaving.values() or ["n2"]), "n3"]
    assert "remove.yml -e service=web --limit HOST" in left.lines()[-1]


@pytest.mark.parametrize(
    ("named", "noted", "instances"),
    [
        pytest.param(["node2"], ["n2"], {"node2": ["web"]}, id="a note alone"),
        pytest.param(["node2", "node3"], ["n2"], {"node3": ["web"], "node2": ["web"]}, id="beside an instance"),
        pytest.param([], ["n2"], {"node1": ["web"], "node3": ["web"]}, id="of no host that is named"),
    ],
)
def test_a_note_of_a_named_host_is_removed(named: list[str], noted: list[str], instances: dict[str, list[str]]) -> None:
    found = {host: {**FOUND[host], "node": f"n{host[-1]}"} for host in named or FOUND}
    removal = plan_removal("web", found, [], None, named, noted)
    assert removal.instances == instances
    said = "node2: remove what Consul's KV has noted of web, which is not there"
    assert (said in removal.lines()) is ("node2" in named)


def test_nodes_that_have_a_note() -> None:
    services = {"web": {"nodes": {"n1": {"web": {}}}}}
    assert noted_in("web", {"node1": {}, "node2": {"services": services}}) == ["n1"]
    assert noted_in("web", {"node1": {"msg": "no agent"}}) == []
