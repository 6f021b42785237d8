# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_state, local_agent, sockets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.host_state import (
    is_loopback,
    observe,
    public_address,
    registered_ports,
    version_in,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import Listener


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("6.1.0-18-amd64", (6, 1, 0)),
        ("Consul v1.8.7", (1, 8, 7)),
        ("5.4", (5, 4)),
        ("", ()),
        ("none", ()),
    ],
)
def test_version_in(text: str, version: tuple[int, ...]) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("::ffff:192.0.2.7", False),
    ],
)
def test_is_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("listens", "own", "reached"),
    [
        ("127.0.0.1", ["8.8.8.8"], ""),
        ("10.0.0.7", ["8.8.8.8"], ""),
        ("8.8.4.4", ["10.0.0.7"], "8.8.4.4"),
        ("::ffff:8.8.4.4", [], "8.8.4.4"),
        ("0.0.0.0", ["10.0.0.7"], ""),
        ("0.0.0.0", ["10.0.0.7", "2606:4700::1"], ""),  # listens on IPv4 alone
        ("0.0.0.0", ["8.8.8.8"], "8.8.8.8"),
        ("::", ["8.8.8.8"], "8.8.8.8"),
        ("::", ["10.0.0.7", "2606:4700::1"], "2606:4700::1"),
        ("::1", ["2606:4700::1"], ""),
    ],
)
def test_public_address(listens: str, own: list[str], reached: str) -> None:
    assert public_address(listens, own) == reached


@pytest.mark.parametrize(
    ("answer", "ports"),
    [
        (None, {}),
        ({}, {}),
        ({"web-1": {"Service": "web", "Port": 8000}, "job": {"Service": "job", "Port": 0}}, {8000: "web"}),
    ],
)
def test_registered_ports(answer: object, ports: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_agent, "request", lambda _path: (200, answer))
    assert registered_ports() == ports


def test_what_listens_where_others_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sensitive port on any address but the loopback; a registered one on a public address only."""
    there = {8500: ["127.0.0.1"], 8600: ["10.0.0.7", "10.0.0.7"], 8000: ["10.0.0.7"], 9200: ["0.0.0.0"]}
    monkeypatch.setattr(host_state, "registered_ports", lambda: {8000: "web", 9200: "search"})
    monkeypatch.setattr(host_state, "own_addresses", lambda: ["8.8.8.8"])
    monkeypatch.setattr(sockets, "holder", lambda _socket: (1, "java"))
    monkeypatch.setattr(
        sockets,
        "listeners",
        lambda port, protocol="tcp": [
            sockets.Socket(port, "0A", "1", address) for address in there.get(port, []) if protocol == "tcp"
        ],
    )
    assert list(host_state._listeners()) == [
        Listener(8600, "10.0.0.7", "java"),
        Listener(9200, "8.8.8.8", "java", "search"),
    ]


def test_any_host_can_be_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one without any of the commands that are asked."""
    monkeypatch.setattr("os.defpath", "/nonexistent")
    monkeypatch.setenv("PATH", "/nonexistent")
    host = observe()
    assert host.kernel.version >= (4,)
    assert host.python >= (3, 9)
