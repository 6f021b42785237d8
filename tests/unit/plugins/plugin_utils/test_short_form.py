# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the short keys expand to: every row of the table in docs/service.md, and what is refused."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import registrations
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import registrations_of

GUIDE = (Path(__file__).parents[4] / "docs/service.md").read_text(encoding="utf-8")
NODE = "{{ node.address }}"
ROWS = re.findall(r"^\| `(service_(?:port|check).*?)` \| `(.*?)` \|$", GUIDE, re.MULTILINE)
LONG = [{"name": "db", "port": 5432}]


def keys_of(cell: str) -> dict[str, t.Any]:
    """Return the keys of a row's first cell, which are separated by ``br`` tags."""
    return {key: value for line in cell.split("`<br>`") for key, value in yaml.safe_load(line).items()}


def test_the_guide_has_a_row_for_every_way() -> None:
    assert len(ROWS) == 5


@pytest.mark.parametrize(("short", "long"), ROWS)
def test_rows_of_the_guide(short: str, long: str) -> None:
    assert registrations_of("web", keys_of(short), NODE) == [yaml.safe_load(long)]
    registrations(registrations_of("web", keys_of(short), "192.0.2.1"), "web")  # which Consul takes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"service_registrations": LONG}, LONG, id="the long form"),
        pytest.param({"service_registrations": LONG, "service_check": None}, LONG, id="a short key left empty"),
        pytest.param(
            {"service_registrations": [], "service_port": "80"},
            [{"name": "web", "port": 80, "checks": [{"tcp": "[2001:db8::1]:80", "interval": "10s"}]}],
            id="a port that a template made, on a node with IPv6",
        ),
        pytest.param(
            {"service_check": {"command": "pg_isready --quiet"}},
            [
                {
                    "name": "web",
                    "checks": [
                        {"args": ["pg_isready", "--quiet"], "docker_container_id": "self", "interval": "10s"},
                    ],
                }
            ],
            id="a command as a text",
        ),
    ],
)
def test_expands(values: dict[str, t.Any], expected: list[t.Any]) -> None:
    assert registrations_of("web", values, "2001:db8::1") == expected


@pytest.mark.parametrize(
    ("service", "values", "says"),
    [
        pytest.param(
            "web", {"service_port": 80, "service_registrations": LONG}, "service_port: is the short", id="both"
        ),
        pytest.param("web", {"service_check": "/up"}, "service_check: '/up' needs a port to ask", id="no port"),
        pytest.param("web", {"service_check": "tcp"}, "service_check: 'tcp' needs a port to ask", id="no port for tcp"),
        pytest.param("web", {"service_port": 0}, "service_port: 0 is not a valid port", id="port 0"),
        pytest.param("web", {"service_port": 80, "service_check": 5}, "service_check: 5 is not a check", id="a number"),
        pytest.param("web_1", {"service_port": 80}, "service_port: registers the service as 'web_1', which", id="name"),
    ],
)
def test_refuses(service: str, values: dict[str, t.Any], says: str) -> None:
    with pytest.raises(Failure) as failure:
        registrations_of(service, values, "192.0.2.1")
    assert str(failure.value).startswith(says)
