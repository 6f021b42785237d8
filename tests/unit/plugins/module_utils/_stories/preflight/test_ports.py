# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may listen on a port that an instance is to have."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine import Refusal
from ansible_collections.longshore.fleet.plugins.module_utils._clients.sockets import Socket
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight import ports
from tests.unit.builders import found_container, instance_spec, observed

PORT, PID = 8000, 4558
WANTED = instance_spec(
    container={"network_mode": "host"}, registrations=[{"name": "web", "port": PORT, "checks": [{"ttl": "1m"}]}]
)


class Engine:
    """An engine with containers: ID -> (instance, processes); None for one that ended a moment ago."""

    def __init__(self, **containers: tuple[str, set[int] | None]) -> None:
        self._containers = containers

    def containers(self) -> list[dict[str, t.Any]]:
        return [
            {"Id": identity, "Labels": {INSTANCE: instance}, "State": "running"}
            for identity, (instance, _processes) in self._containers.items()
        ]

    def pids(self, container: str) -> set[int]:
        processes = self._containers[container][1]
        if processes is None:
            raise Refusal("Docker could not list the processes: it is not running", "it is not running")
        return processes


def host_with(engine: Engine) -> t.Any:
    return types.SimpleNamespace(docker=engine, agent=types.SimpleNamespace(services=dict))


@pytest.mark.parametrize(
    ("engine", "taken"),
    [
        pytest.param(Engine(), True, id="a process of no container"),
        pytest.param(Engine(other=("mysql", {PID})), True, id="another instance's container"),
        pytest.param(Engine(old=(WANTED.container.name, {PID})), False, id="its own container"),
        pytest.param(
            Engine(old=(WANTED.container.name, None), new=(WANTED.container.name, {PID})),
            False,
            id="its own, of which a rollout has started another meanwhile",
        ),
    ],
)
def test_who_listens(engine: Engine, taken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports.sockets, "listeners", lambda *_port: [Socket(PORT, "0A", "1")])
    monkeypatch.setattr(ports.sockets, "holder", lambda _socket: (PID, "httpd"))
    problems = list(
        ports.taken_ports(host_with(engine), WANTED, {WANTED.container.name: observed(found_container(WANTED))})
    )
    assert len(problems) == taken
    if taken:
        assert problems[0].startswith(f"port {PORT} is taken on this host by httpd (pid {PID}); stop it, or give")


def test_a_port_that_another_service_has_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports.sockets, "listeners", lambda *_port: [])
    meta = {"longshore-instance": "shop", "longshore-other-port": str(PORT)}
    host = host_with(Engine(other=("shop", {PID})))
    host.agent.services = lambda: {"shop-8100": {"ID": "shop-8100", "Service": "shop", "Port": 8100, "Meta": meta}}
    (problem,) = ports.taken_ports(host, WANTED, {WANTED.container.name: observed()})
    assert problem.startswith(f"port {PORT} is that of shop, which runs on this host too")
