# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import registrations
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.ports import (
    Port,
    published,
    registered,
)


@pytest.mark.parametrize(
    ("ports", "found"),
    [
        pytest.param(None, [], id="nothing"),
        pytest.param({"80/tcp": 8080, "81": "8081"}, [Port(8080), Port(8081)], id="numbers"),
        pytest.param({"80/tcp": None}, [], id="the engine chooses"),
        pytest.param({"53/udp": 53, "53/tcp": 53}, [Port(53, "", "udp"), Port(53)], id="both protocols"),
        pytest.param({"80": ("127.0.0.1", 80)}, [Port(80, "127.0.0.1")], id="an address"),
        pytest.param({"80": ["127.0.0.1", 80]}, [Port(80, "127.0.0.1")], id="an address, as JSON has it"),
        pytest.param({"80": ("::1", "80")}, [Port(80, "::1")], id="IPv6"),
        pytest.param({"80": ("127.0.0.1",)}, [], id="an address, and the engine chooses"),
        pytest.param({"80": [80, ("10.0.0.1", 81)]}, [Port(80), Port(81, "10.0.0.1")], id="several"),
        pytest.param({"80": ["80", "81"]}, [Port(80), Port(81)], id="numbers as texts"),
    ],
)
def test_published(ports: t.Any, found: list[Port]) -> None:
    assert published({"ports": ports}) == found


def check(**target: str) -> dict[str, str]:
    return {**target, "interval": "10s"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param({}, [], id="no port"),
        pytest.param({"port": 80}, [Port(80)], id="any address"),
        pytest.param({"port": 80, "address": "10.0.0.1"}, [Port(80, "10.0.0.1")], id="its own address"),
        pytest.param({"port": 80, "checks": [check(http="http://127.0.0.1/x")]}, [Port(80, "127.0.0.1")], id="http"),
        pytest.param({"port": 443, "checks": [check(http="https://[::1]/")]}, [Port(443, "::1")], id="https, IPv6"),
        pytest.param({"port": 80, "checks": [check(tcp="localhost:80")]}, [Port(80, "127.0.0.1")], id="localhost"),
        pytest.param({"port": 80, "checks": [check(tcp="10.0.0.1:81")]}, [Port(80)], id="a check of another port"),
        pytest.param(
            {"port": 80, "address": "10.0.0.1", "checks": [check(tcp="127.0.0.1:80")]},
            [Port(80, "10.0.0.1"), Port(80, "127.0.0.1")],
            id="both",
        ),
        pytest.param(
            {"port": 53, "checks": [check(udp="127.0.0.1:53")]}, [Port(53, "127.0.0.1", "udp")], id="UDP alone"
        ),
        pytest.param(
            {"port": 53, "checks": [check(udp="127.0.0.1:53"), check(tcp="127.0.0.1:53")]},
            [Port(53, "127.0.0.1")],
            id="UDP and TCP",
        ),
    ],
)
def test_registered(options: dict[str, t.Any], found: list[Port]) -> None:
    assert registered(registrations([{"name": "web", **options}], "web")) == found
