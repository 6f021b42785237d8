# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which instances a command is run, and what is told of the others."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import Asked
from ansible_collections.longshore.fleet.plugins.plugin_utils._choice import choose, unfit

Result = dict[str, t.Any]


def instance(name: str = "web", **more: t.Any) -> Result:
    return {"instance": name, "state": "running", "drained": "", "checks": {"web:0": "passing"}, "failing": [], **more}


def hosts(**instances: t.Any) -> dict[str, Result]:
    """Return what each host told: its instances, or as a text why it cannot be asked."""
    return {
        host: {"unreachable": True, "msg": told} if isinstance(told, str) else {"node": host, "instances": told}
        for host, told in instances.items()
    }


CRITICAL = instance(checks={"web:0": "critical"}, failing=["check web:0 is critical: HTTP GET: 503"])
STOPPED = instance(state="exited", checks={})
DRAINED = instance(drained="memory leak (by anna)", checks={"web:0": "passing", "_service_maintenance:web": "critical"})
GOOD = instance()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (GOOD, ""),
        (instance(checks={}), ""),
        (instance(state="running (healthy)"), ""),
        (instance(state="running (starting)"), "is running (starting)"),
        (instance(state="running (unhealthy)"), "is running (unhealthy)"),
        (instance(state="paused"), "is paused"),
        (STOPPED, "is exited"),
        (CRITICAL, "check web:0 is critical: HTTP GET: 503"),
        (DRAINED, "is drained: memory leak (by anna)"),
        (instance(failing=["the whole node is in maintenance: kernel"]), "the whole node is in maintenance: kernel"),
        (instance(checks={"web:0": "warning"}), "web:0 is warning"),
    ],
)
def test_who_is_healthy(found: Result, reason: str) -> None:
    assert unfit(found) == reason


@pytest.mark.parametrize(
    ("on", "one_off", "gathered", "chosen", "problems"),
    [
        pytest.param("one", False, hosts(a=[GOOD], b=[GOOD]), {"a": ["web"]}, [], id="the first one"),
        pytest.param("one", False, hosts(a=[CRITICAL], b=[GOOD]), {"b": ["web"]}, [], id="that is healthy"),
        pytest.param("one", False, hosts(a=[DRAINED], b="gone", c=[GOOD]), {"c": ["web"]}, [], id="and can be asked"),
        pytest.param("one", False, hosts(a=[], b=[CRITICAL, instance("w2")]), {"b": ["w2"]}, [], id="of several"),
        pytest.param("one", True, hosts(a=[CRITICAL], b=[GOOD]), {"b": ["web"]}, [], id="one-off like a healthy one"),
        pytest.param("one", True, hosts(a=[STOPPED], b=[CRITICAL]), {"a": ["web"]}, [], id="or like any"),
        pytest.param(
            "all",
            False,
            hosts(a=[CRITICAL, instance("w2")], b=[STOPPED], c="no route", d=[], e=[DRAINED]),
            {"a": ["web", "w2"], "e": ["web"]},
            ["b: web is exited", "c cannot be asked: no route"],
            id="all that run",
        ),
        pytest.param("all", True, hosts(a=[STOPPED], b=[GOOD]), {"a": ["web"], "b": ["web"]}, [], id="all one-off"),
        pytest.param("leader", False, hosts(a=[GOOD], b=[CRITICAL]), {"b": ["web"]}, [], id="the leader"),
    ],
)
def test_choice(
    on: str, one_off: bool, gathered: dict[str, Result], chosen: dict[str, list[str]], problems: list[str]
) -> None:
    asked = Asked(service="web", hosts=list(gathered), on=on, one_off=one_off)
    assert choose(asked, gathered, {"a": [], "b": ["web"]}) == (chosen, problems)


@pytest.mark.parametrize(
    ("on", "gathered", "leading", "told"),
    [
        ("one", hosts(a=[], b=[]), {}, r"^No instance of web on a, b is healthy, .* status.yml .* -e on=all .*$"),
        ("one", hosts(a=[CRITICAL], b="gone"), {}, r"a: web check web:0 is critical.*\nb cannot be asked: gone$"),
        ("all", hosts(a=[STOPPED]), {}, r"^No instance of web on a runs, .*what is there\.\na: web is exited$"),
        ("leader", hosts(a=[GOOD]), {}, r"^No instance of web on a says that it leads"),
        (
            "leader",
            hosts(a=[GOOD], b=[GOOD]),
            {"a": ["web"], "b": ["web"]},
            "Several instances of web say that they lead, so none was chosen: web on a, web on b",
        ),
    ],
)
def test_nowhere(on: str, gathered: dict[str, Result], leading: dict[str, list[str]], told: str) -> None:
    with pytest.raises(Failure, match=told):
        choose(Asked(service="web", hosts=list(gathered), on=on), gathered, leading)
