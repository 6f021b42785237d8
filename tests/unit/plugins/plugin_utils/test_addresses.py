# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._addresses import Place, places_lines


@pytest.mark.parametrize(
    ("addresses", "port", "check", "lines"),
    [
        pytest.param(["10.0.0.1"], 80, "/up", ["  http://10.0.0.1:80/up"], id="a page"),
        pytest.param(["10.0.0.1"], "80", "tcp", ["  10.0.0.1:80"], id="a port"),
        pytest.param(["10.0.0.1"], 80, {"command": ["x"]}, ["  10.0.0.1:80"], id="a command"),
        pytest.param(["2001:db8::1"], 80, None, ["  [2001:db8::1]:80"], id="IPv6"),
        pytest.param(
            [f"h{n}" for n in range(7)],
            80,
            None,
            ["  h0:80", "  h1:80", "  h2:80", "  h3:80", "  h4:80", "  and 2 more"],
            id="many hosts",
        ),
    ],
)
def test_a_service_with_a_port(addresses: list[str], port: t.Any, check: t.Any, lines: list[str]) -> None:
    end = "  web.service.example, port 80: by Consul's DNS on the hosts"
    assert Place.from_keys("web", addresses, port, check).lines("example") == ["web:", *lines, end]


@pytest.mark.parametrize("port", [None, True, "{{ x }}", [80]])
def test_a_service_whose_port_is_not_told(port: t.Any) -> None:
    lines = Place.from_keys("web", ["a", "b"], port, None).lines("consul")
    assert lines == ["web: on 2 hosts; status.yml shows its instances"]


@pytest.mark.parametrize(("has_script", "first"), [(True, "  ./fleet status"), (False, "  ansible-playbook long")])
def test_three_commands_come_next(has_script: bool, first: str) -> None:
    lines = places_lines([Place("web", ("a",)), Place("db", ("b",))], "consul", has_script)
    following = lines[lines.index("Next:") + 1 :]
    assert len(following) == 3
    assert following[0].startswith(first)


def test_a_fleet_without_services_says_what_to_write() -> None:
    assert places_lines([], "consul", True) == ["There is no service yet: write services/NAME.yml (docs/service.md)."]
