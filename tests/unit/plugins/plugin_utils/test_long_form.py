# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

import pytest
import yaml
from ansible.parsing.vault import EncryptedString

from ansible_collections.longshore.fleet.plugins.plugin_utils._long_form import long_form, plain, service_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema

SPEC = schema()


def lines(values: dict[str, t.Any], **origins: str) -> list[str]:
    """Return the long form of a service named web."""
    return long_form(SPEC, values, origins, "web")


def test_it_is_yaml_with_every_default() -> None:
    written = yaml.safe_load("\n".join(lines({"service_gate": {"timeout": "1m"}})))
    assert written["service_gate"] == {"timeout": "1m", "stable_for": "10s", "before": [], "after": []}
    assert written["service_container"]["network_mode"] == "host"
    assert written["service_rollout"]["batch"] == 1
    assert written["service_once"] == []
    assert written.keys() == {key for key, option in SPEC.items() if "default" in option}


@pytest.mark.parametrize(
    ("values", "origins", "expected"),
    [
        pytest.param({}, {}, ["service_hosts: all  # default"], id="default"),
        pytest.param({"service_hosts": "web"}, {"service_hosts": "-e"}, ["service_hosts: web  # -e"], id="given"),
        pytest.param(
            {"service_image": {"context": "../app"}},
            {"service_image": "services/web.yml"},
            ["service_image:  # services/web.yml", "  context: ../app", "  name: web  # default"],
            id="in part",
        ),
        pytest.param(
            {"service_image": {"from": "web:1"}},
            {"service_image": "services/web.yml"},
            ["service_image:  # services/web.yml", "  from: web:1", "service_code: {}  # default"],
            id="an image built elsewhere",
        ),
        pytest.param(
            {"service_port": 80, "service_registrations": [{"name": "web", "port": 80}]},
            {"service_port": "services/web.yml", "service_check": "group_vars/all.yml"},
            [
                "service_registrations:  # service_port of services/web.yml, service_check of group_vars/all.yml",
                "- name: web",
                "  port: 80",
            ],
            id="the short form",
        ),
        pytest.param(
            {"service_secrets": {"A": "{{ vault_a }}", "B": "swordfish", "C": EncryptedString(ciphertext="x")}},
            {"service_secrets": "inventory"},
            ["service_secrets:  # inventory", "  A: '{{ vault_a }}'", "  B: '********'", "  C: '********'"],
            id="secrets",
        ),
        pytest.param(
            {"service_container": {"network": "backend"}},
            {"service_container": "services/web.yml"},
            ["service_container:  # services/web.yml", "  network: backend", "  restart_policy:  # default"],
            id="a network in the place of the default one",
        ),
    ],
)
def test_lines(values: dict[str, t.Any], origins: dict[str, str], expected: list[str]) -> None:
    written = lines(values, **origins)
    start = written.index(expected[0])
    assert written[start : start + len(expected)] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(True, True, id="true"),
        pytest.param(None, None, id="nothing"),
        pytest.param(1.5, 1.5, id="a number"),
        pytest.param(datetime.date(2030, 1, 2), "2030-01-02", id="a date"),
        pytest.param(("a", 1), ["a", 1], id="a tuple"),
        pytest.param({"a": {1: "b"}}, {"a": {"1": "b"}}, id="nested"),
    ],
)
def test_plain(value: t.Any, expected: t.Any) -> None:
    assert plain(value) == expected


def test_hosts_with_the_same_long_form_are_told_together() -> None:
    shown = {
        "node1": {"long_form": ["a: 1"], "shell": ["x 1"]},
        "node2": {"long_form": ["a: 2"], "shell": ["x 2"]},
        "node3": {"long_form": ["a: 1"], "shell": ["x 3"]},
    }
    told = [line for line in service_lines("web", shown) if line]
    assert told[:2] == ["# The service web in the long form, for node1, node3", "a: 1"]
    assert told[4:6] == ["# What a deploy comes to on node1, as a shell would say it", "x 1"]
    assert len(told) == 10
