# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A catalog that does not follow its agent; the rest is shown on the lab, and by test_launch.py."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    Registration,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    DRAINED,
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import Clock, found_registration, observed

WANTED = Registration.from_options({"port": 80}, "web", "test")


class Agent:
    """An agent whose changes never reach the catalog."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def node(self) -> str:
        return "node1"

    def maintain(self, identity: str, _reason: str) -> None:
        self.said.append(f"maintenance of {identity}")

    def register(self, body: dict[str, t.Any]) -> None:
        self.said.append(f"register {body['ID']}")

    def wait_passing(self, *_arguments: t.Any) -> bool:
        return False


def found(**differing: t.Any) -> FoundRegistration:
    return replace(found_registration(WANTED), **differing)


def there(maintenance: str | None = None, node_maintenance: str | None = None) -> ObservedInstance:
    return observed(None, found(maintenance=maintenance), node_maintenance=node_maintenance)


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def host(agent: Agent) -> Host:
    return Host(t.cast(t.Any, None), t.cast(t.Any, agent))


def test_instance_is_not_stopped_while_the_catalog_lists_it(host: Host, agent: Agent) -> None:
    with pytest.raises(Failure) as failure:
        traffic.take_out(host, [found()], {80}, drain=0)
    assert agent.said == ["maintenance of web"]
    assert str(failure.value) == (
        "Consul's catalog still lists web on node1 as passing after 60 s."
        " Look at the agent's log on node1: it cannot reach its servers."
    )


def test_instance_does_not_count_as_up_before_the_catalog_lists_it(host: Host, agent: Agent) -> None:
    with pytest.raises(Failure, match="catalog does not list web on node1 as passing after 60 s"):
        traffic.mark_passing(host, [WANTED], there())
    assert agent.said == ["register web"]


@pytest.mark.parametrize(
    "survey",
    [
        pytest.param(there(maintenance="disk"), id="of the service"),
        pytest.param(there(node_maintenance="disk"), id="of the node"),
    ],
)
def test_maintenance_of_somebody_else_is_not_waited_for(host: Host, agent: Agent, survey: ObservedInstance) -> None:
    traffic.mark_passing(host, [WANTED], survey)
    assert agent.said == ["register web"]


WITH_CHECK = Registration.from_options({"port": 80, "checks": [{"tcp": "127.0.0.1:80", "interval": "5s"}]}, "web", "x")
DRAIN = f"{DRAINED}leak (by anna on desk, since then)"


@pytest.mark.parametrize(
    ("register", "wanted", "survey", "said"),
    [
        pytest.param(
            traffic.register_fresh, WITH_CHECK, observed(noted_drain=DRAIN), ["forget", "critical", "drain"], id="fresh"
        ),
        pytest.param(
            traffic.register_again,
            WITH_CHECK,
            observed(noted_drain=DRAIN),
            ["forget", "critical", "drain", "passing", "drain"],
            id="lost by the agent: never in traffic in between",
        ),
        pytest.param(traffic.register_again, WANTED, there(maintenance=DRAIN), ["passing", "drain"], id="changed"),
        pytest.param(
            traffic.register_again, WANTED, there(maintenance=MAINTENANCE), ["passing", "end"], id="not drained"
        ),
        pytest.param(
            traffic.mark_passing, WANTED, there(maintenance=DRAIN), ["passing", "drain"], id="passed its gate"
        ),
        pytest.param(traffic.mark_passing, WANTED, observed(noted_drain=DRAIN), ["passing", "drain"], id="another ID"),
    ],
)
def test_what_is_drained_stays_out(
    register: t.Callable[..., None], wanted: Registration, survey: ObservedInstance, said: list[str]
) -> None:
    calls: list[str] = []

    class Told:
        def deregister(self, _identity: str) -> None:
            calls.append("forget")

        def deregister_check(self, _identity: str) -> None:
            calls.append("forget check")

        def register(self, body: dict[str, t.Any]) -> None:
            calls.append("critical" if "longshore-gate" in body["Meta"] else "passing")

        def maintain(self, _identity: str, reason: str) -> None:
            assert reason == DRAIN
            calls.append("drain")

        def end_maintenance(self, _identity: str) -> None:
            calls.append("end")

    register(Host(t.cast(t.Any, None), t.cast(t.Any, Told())), [wanted], survey)
    assert calls == said


@pytest.mark.parametrize(
    ("registered", "open_connections", "ports", "waited"),
    [
        pytest.param(False, lambda _: 5, {80}, 0, id="never in traffic"),
        pytest.param(True, lambda _: 0, {80}, traffic.QUIET, id="no connection is open"),
        pytest.param(True, lambda s: s < 1.5, {80}, 1.5 + traffic.QUIET, id="connections that end"),
        pytest.param(True, lambda s: 0.5 < s < 1, {80}, 1 + traffic.QUIET, id="one that comes late"),
        pytest.param(True, lambda _: 5, {80}, 3, id="connections that do not end"),
        pytest.param(True, lambda _: 0, (), 3, id="connections that cannot be seen"),
    ],
)
def test_draining(
    host: Host,
    agent: Agent,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    registered: bool,
    open_connections: t.Callable[[float], int],
    ports: t.Collection[int],
    waited: float,
) -> None:
    began = clock.now
    monkeypatch.setattr(traffic.sockets, "connections", lambda _ports: open_connections(clock.now - began))
    monkeypatch.setattr(agent, "wait_passing", lambda *_arguments: True)
    traffic.take_out(host, [found()] if registered else [], ports, drain=3)
    assert clock.now - began == pytest.approx(waited, abs=0.21)


def test_maintenance_of_somebody_else_is_left_as_it_is(
    host: Host, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "wait_passing", lambda *_arguments: True)
    traffic.take_out(host, [found(maintenance="disk")], {80}, drain=0)
    assert agent.said == []
