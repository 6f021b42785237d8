# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._origins import with_origins

VARIABLES: dict[str, t.Any] = {
    "service_container": {
        "environment": {"OPTS": "-Xmx{{ config.heap }} {{ config.jvm.gc }}", "TZ": "{{ zone }}", "A": "b"},
        "labels": {"a.b": "{{ config.jvm }}"},
        "command": ["-v", "{{ config.level | default('info') }}", "{{ config.heap }}", "{{ config.zone }}"],
        "volumes": ["{{ omit if small else config.zone }}", "{{ config.heap }}"],
    },
    "service": "web",
    "service_registrations": [
        {"port": "{{ config.port }}", "checks": [{"ttl": "{{ config.heap }}"}, {"ttl": "{{ config.zone }}"}]},
        {"name": "{{ config.zone }}", "port": 1},
    ],
    "zone": "{{ config.zone.upper() }}",
}
ORIGIN = {"heap": "web@dc1", "jvm/gc": "common", "jvm/heap": "web", "zone": "common", "port": "web@node:node1"}


def test_origins_of_the_short_form() -> None:
    plan = {"action": "register", "changes": [{"key": "registrations.web.port", "before": 1, "after": 2}]}
    variables = {"service": "web", "service_port": "{{ config.port }}", "service_registrations": []}
    (change,) = with_origins(plan, variables, ORIGIN)["changes"]
    assert change["origins"] == ["config port is from web@node:node1"]


@pytest.mark.parametrize(
    ("key", "origins"),
    [
        pytest.param(
            "environment.OPTS", ["config heap is from web@dc1", "config jvm/gc is from common"], id="two keys"
        ),
        pytest.param("environment.TZ", ["config zone is from common"], id="by way of a variable"),
        pytest.param("environment.A", [], id="no template"),
        pytest.param("environment.GONE", [], id="an option that went"),
        pytest.param(
            "labels.a.b", ["config jvm/gc is from common", "config jvm/heap is from web"], id="folder; dot in a name"
        ),
        pytest.param("command[1]", [], id="a key that config has not"),
        pytest.param("command[3]", ["config zone is from common"], id="of a changed entry only"),
        pytest.param(
            "volumes[0]",
            ["config heap is from web@dc1", "config zone is from common"],
            id="an entry that may be left out",
        ),
        pytest.param("registrations.web.checks[1].ttl", ["config zone is from common"], id="of a check only"),
        pytest.param(
            "registrations.web-other.port",
            ["config heap is from web@dc1", "config zone is from common", "config port is from web@node:node1"],
            id="of a registration whose name is a template",
        ),
        pytest.param("registrations.web.port", ["config port is from web@node:node1"], id="registration"),
        pytest.param("image", [], id="no option"),
    ],
)
def test_origins(key: str, origins: list[str]) -> None:
    plan = {"action": "replace", "changes": [{"key": key, "before": 1, "after": 2}]}
    shown = with_origins(plan, VARIABLES, ORIGIN)
    assert shown["changes"] == [{"key": key, "before": 1, "after": 2, "origins": origins}]


@pytest.mark.parametrize("plan", [{}, {"action": "none", "changes": []}])
def test_a_plan_without_changes_stays(plan: dict[str, t.Any]) -> None:
    assert with_origins(plan, VARIABLES, ORIGIN) == plan
