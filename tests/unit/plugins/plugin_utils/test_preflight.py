# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The problems of all hosts, those that are set aside, and the instances of each."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._preflight import (
    Preflight,
    problems_of,
    report,
    set_aside,
)

NONE = {"action": "none", "problems": [], "changes": []}
UNREACHABLE = {"unreachable": True, "msg": "no route"}


@pytest.mark.parametrize(
    ("discovered", "launched", "problems"),
    [
        pytest.param({"node": {}}, NONE, [], id="none"),
        pytest.param({"node": {}}, {**NONE, "problems": ["a", "b\nc"]}, ["a", "b", "c"], id="of the preflight"),
        pytest.param(UNREACHABLE, {}, ["cannot be reached: no route"], id="not reached"),
        pytest.param({"node": {}}, UNREACHABLE, ["cannot be reached: no route"], id="no longer reached"),
        pytest.param({"failed": True, "msg": " no agent\n"}, {}, ["no agent"], id="of discover"),
        pytest.param({"node": {}}, {"failed": True, "msg": "no engine"}, ["no engine"], id="of launch"),
        pytest.param(
            {"failed": True, "msg": "The module interpreter '/opt/python' was not found."},
            {},
            [
                "The module interpreter '/opt/python' was not found."
                " Run the role longshore.fleet.docker on this host, as bootstrap.yml (./fleet up) does: it installs"
                " Docker, and the Python that the modules need."
            ],
            id="no Python",
        ),
        pytest.param({"failed": True, "module_stderr": "Killed"}, {}, ["Killed"], id="no message"),
        pytest.param({"failed": True}, {}, ["no message"], id="nothing said"),
        pytest.param({"failed": False, "msg": "no agent"}, {"skipped": True}, ["no agent"], id="of discover, once"),
        pytest.param({"node": {}}, {"failed": False, "msg": "no engine"}, ["no engine"], id="of launch, once"),
    ],
)
def test_problems(discovered: dict[str, t.Any], launched: dict[str, t.Any], problems: list[str]) -> None:
    assert problems_of(discovered, launched) == problems


@pytest.mark.parametrize(
    ("problems", "lines"),
    [
        pytest.param({"n1": [], "n2": []}, [], id="none"),
        pytest.param({"n1": ["a"], "n2": ["b"]}, ["n1: a", "n2: b"], id="one each"),
        pytest.param({"n1": ["a", "b"], "n2": ["b", "a"]}, ["n1, n2: a", "n1, n2: b"], id="the same on both"),
    ],
)
def test_report(problems: dict[str, list[str]], lines: list[str]) -> None:
    assert report(problems) == lines


@pytest.mark.parametrize(
    ("most", "aside"),
    [
        pytest.param(0, {}, id="none may"),
        pytest.param(1, {}, id="too many"),
        pytest.param(2, {"n1": "no route", "n3": "no route"}, id="as many as may"),
        pytest.param("50%", {"n1": "no route", "n3": "no route"}, id="percentage"),
    ],
)
def test_hosts_that_can_not_be_reached(most: t.Any, aside: dict[str, str]) -> None:
    found = {"n1": UNREACHABLE, "n2": {}, "n3": {}, "n4": {}}
    assert set_aside(found, {"n1": {}, "n2": NONE, "n3": UNREACHABLE, "n4": NONE}, most) == aside


def test_a_host_with_several_instances_has_a_row_for_each() -> None:
    several = {"rows": {"n2/web-1": "web-1", "n2/web-2": "web-2"}, "node": {"name": "n2"}}
    nodes = {name: {"node": {"name": "n2"}} for name in ("web-1", "web-2")}
    found = {"n1": {"node": {"name": "n1"}}, "n2": {**several, "several": nodes}}
    plans = {"n1": {**NONE, "rendered": "a"}, "n2": {"several": {"web-1": NONE, "web-2": {**NONE, "rendered": "b"}}}}
    preflight = Preflight.of(found, plans, 0)
    assert [*preflight.plans] == ["n1", "n2/web-1", "n2/web-2"]
    assert preflight.nodes == {"n1": {"name": "n1"}, "n2/web-1": {"name": "n2"}, "n2/web-2": {"name": "n2"}}
    assert preflight.instances == {"n2/web-1": ["n2", "web-1"], "n2/web-2": ["n2", "web-2"]}
    assert preflight.rendered["n1"] == "a"
    fewer = Preflight.of({**found, "n2": found["n1"]}, {**plans, "n2": NONE}, 0)
    assert preflight.rendered["n2"] != fewer.rendered["n2"]  # another number is another release


def test_a_host_that_failed_before_its_instances_were_known_is_one_row() -> None:
    preflight = Preflight.of({"n1": {"msg": "no agent"}}, {"n1": {"skipped": True}}, 0)
    assert (preflight.plans, preflight.instances) == ({"n1": {"skipped": True}}, {})
