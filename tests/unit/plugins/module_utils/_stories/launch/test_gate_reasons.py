# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a check does not pass, by what listens on the host."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.sockets import LISTEN, Socket
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import gate_reasons
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

OWN, STRANGER = 7, 9
PAGE = {"http": "http://10.0.0.1:8000/up"}
PORT = {"tcp": "10.0.0.1:8000"}
LOOPBACK = {"http": "http://127.0.0.1:8000/up"}
REFUSED = "critical: http://10.0.0.1:8000/up: [Errno 111] Connection refused"
RESET = "critical: http://10.0.0.1:8000/up: Connection reset by peer"
BRIDGE = {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8000"}], "81/tcp": None}


def listens(port: int, address: str, pid: int = OWN) -> Socket:
    """Return a socket whose inode is the process that holds it."""
    return Socket(port, LISTEN, str(pid), address)


class Engine:
    """One container, on the host's network or with published ports."""

    def __init__(self, ports: dict[str, t.Any] | None, running: bool, is_local: bool) -> None:
        self.is_local = is_local
        self._answer = {
            "Id": "web",
            "State": {"Running": running, "Pid": OWN},
            "HostConfig": {"NetworkMode": "bridge" if ports is not None else "host"},
            "NetworkSettings": {"Ports": ports},
        }

    def inspect(self, _container: str) -> dict[str, t.Any]:
        return self._answer

    def pids(self, _container: str) -> set[int]:
        return {OWN}


def told(
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    output: str,
    listening: list[Socket],
    ports: dict[str, t.Any] | None = None,
    running: bool = True,
    is_local: bool = True,
) -> str:
    monkeypatch.setattr(gate_reasons.sockets, "listening_at", lambda _pid: listening)
    monkeypatch.setattr(gate_reasons.sockets, "held", lambda pid: frozenset([str(pid)]))
    monkeypatch.setattr(gate_reasons.sockets, "holder", lambda found: (int(found.inode), "nginx"))
    check = Check.from_options({**options, "interval": "10s"}, "web:0", "test")
    host = Host(t.cast(t.Any, Engine(ports, running, is_local)), t.cast(t.Any, None))
    return gate_reasons.reasons(host, "web", [check], {check.id: output})


@pytest.mark.parametrize(
    ("options", "output", "listening", "ports", "says"),
    [
        pytest.param(
            PAGE,
            REFUSED,
            [listens(8000, "127.0.0.1")],
            None,
            "Port 8000 is open on 127.0.0.1 only, and the check asks 10.0.0.1: let the application listen on all",
            id="listens on 127.0.0.1 only",
        ),
        pytest.param(PORT, REFUSED, [listens(8000, "::1")], None, "Port 8000 is open on ::1 only", id="on ::1 only"),
        pytest.param(PAGE, REFUSED, [listens(8000, "127.0.0.1"), listens(8000, "0.0.0.0")], None, "", id="on both"),
        pytest.param(LOOPBACK, RESET, [listens(8000, "127.0.0.1")], None, "", id="the check asks 127.0.0.1 too"),
        pytest.param(
            PAGE,
            RESET,
            [listens(80, "127.0.0.1")],
            BRIDGE,
            "Port 80 in the container is open on 127.0.0.1 only, and what comes from outside does not reach it",
            id="a published port whose application listens on 127.0.0.1",
        ),
        pytest.param(
            PAGE,
            REFUSED,
            [listens(3000, "0.0.0.0"), listens(3000, "::"), listens(22, "0.0.0.0", STRANGER)],
            None,
            "Nothing listens on port 8000; the application listens on 3000: correct service_port",
            id="listens on another port",
        ),
        pytest.param(
            PAGE,
            RESET,
            [listens(8000, "0.0.0.0")],
            BRIDGE,
            "Nothing listens on port 80 in the container; the application listens on 8000",
            id="a published port that leads to another one",
        ),
        pytest.param(
            PAGE,
            REFUSED,
            [listens(22, "0.0.0.0", STRANGER)],
            None,
            "Nothing listens on port 8000, and the application on no other port: it is not ready yet (service_gate",
            id="listens nowhere",
        ),
        pytest.param(PAGE, RESET, [listens(80, "0.0.0.0")], {}, "", id="no published port"),
        pytest.param(
            PAGE,
            "critical: http://10.0.0.1:8000/up: HTTP 404: no",
            [listens(8000, "0.0.0.0")],
            None,
            "http://10.0.0.1:8000/up answers HTTP 404, and a check wants 2xx: correct its path (service_check, or",
            id="no such page",
        ),
        pytest.param(
            PAGE,
            "critical: http://10.0.0.1:8000/up: HTTP 500: no",
            [listens(8000, "0.0.0.0")],
            None,
            "http://10.0.0.1:8000/up answers HTTP 500, and a check wants 2xx: see what the application wrote",
            id="an error of the application",
        ),
        pytest.param(
            PAGE,
            "critical: http://10.0.0.1:8000/up: HTTP 404: no",
            [listens(8000, "0.0.0.0", STRANGER)],
            None,
            "Port 8000 is that of nginx (pid 9), which is not in this container",
            id="somebody else answers",
        ),
        pytest.param(PAGE, "passing: HTTP 200", [listens(8000, "127.0.0.1")], None, "", id="passes"),
    ],
)
def test_reason(
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    output: str,
    listening: list[Socket],
    ports: dict[str, t.Any] | None,
    says: str,
) -> None:
    said = told(monkeypatch, options, output, listening, ports)
    assert said.startswith(says) if says else said == ""


@pytest.mark.parametrize("state", [{"running": False}, {"is_local": False}])
def test_nothing_can_be_seen(monkeypatch: pytest.MonkeyPatch, state: dict[str, bool]) -> None:
    assert told(monkeypatch, PAGE, REFUSED, [listens(8000, "127.0.0.1")], **state) == ""
