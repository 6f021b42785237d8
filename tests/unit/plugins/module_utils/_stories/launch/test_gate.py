# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a container while it is in the gate, moment by moment; a real one can't be made to do it on time."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

pytestmark = pytest.mark.usefixtures("clock")
PROBED = Check.from_options({"http": "http://127.0.0.1:80/", "interval": "10s"}, "web:0", "test")
TOLD = Check.from_options({"ttl": "30s"}, "web:1", "test")
RUNNING = {"Running": True, "Restarting": False, "Status": "running", "ExitCode": 0, "Error": ""}
ENDED = {"Running": False, "Restarting": False, "Status": "exited", "ExitCode": 3, "Error": ""}
REFUSED = {**ENDED, "Error": "no such file"}
RESTARTING = {"Running": True, "Restarting": True, "Status": "restarting", "ExitCode": 3, "Error": ""}
ENDED_WELL = {**ENDED, "ExitCode": 0}
REFUSED_BY_THE_ENGINE = {**ENDED, "ExitCode": 0, "Error": "no such file"}
LOG = [{"Output": "fine"}, {"Output": "curl: (7) refused\n"}]
HEALTHY = {**RUNNING, "Health": {"Status": "healthy", "Log": LOG}}
NO_HEALTHCHECK = {**RUNNING, "Health": {"Status": "none"}}
STARTING = {**RUNNING, "Health": {"Status": "starting", "Log": []}}
UNHEALTHY = {**RUNNING, "Health": {"Status": "unhealthy", "Log": LOG}}
# The start in which it crashed, and the newest one.
FIRST = {**RUNNING, "StartedAt": "2026-01-01T00:00:10.5Z", "FinishedAt": "0001-01-01T00:00:00Z"}
SECOND = {**RUNNING, "StartedAt": "2026-01-01T00:00:13.123456789Z", "FinishedAt": "2026-01-01T00:00:12.25Z"}
MIDNIGHT = 1767225600.0

Moment = dict[str, t.Any]


class World:
    """Engine, agent and probe, in which every look at the container is the next moment; the last one stays."""

    is_local = False  # what listens on this host says nothing of it

    def __init__(self, moments: list[Moment]) -> None:
        self._moments = moments
        self._looks = -1
        self.asked = (0.0, 0.0)  # between which moments the log lines were asked for

    @property
    def now(self) -> Moment:
        moment = self._moments[min(max(self._looks, 0), len(self._moments) - 1)]
        return {"state": RUNNING, "restarts": 0, "probe": "passing", "told": "passing", **moment}

    def inspect(self, container: str) -> dict[str, t.Any] | None:
        assert container == "new"
        self._looks += 1
        if self.now["state"] is None:
            return None
        return {"State": self.now["state"], "RestartCount": self.now["restarts"]}

    def last_lines(self, container: str, lines: int, since: float, until: float) -> list[str]:
        assert (container, lines) == ("new", 20)
        self.asked = (since, until)
        return ["no config", "bye"]

    def checks(self) -> dict[str, t.Any]:
        told = self.now["told"]
        return {} if told is None else {TOLD.id: {"Status": told, "Output": "by its ttl"}}

    def probe(self, options: dict[str, t.Any], timeout: float) -> tuple[str, str]:
        assert options == PROBED.options
        assert 0 < timeout <= 10
        return self.now["probe"], "HTTP"


def enter(monkeypatch: pytest.MonkeyPatch, moments: list[Moment], checks: t.Sequence[Check], options: Gate) -> t.Any:
    world = World(moments)
    monkeypatch.setattr(gate, "probe", world.probe)
    return gate.pass_gate(Host(t.cast(t.Any, world), t.cast(t.Any, world)), "new", checks, options)


@pytest.mark.parametrize(
    ("moments", "stable_for", "first_passing", "whole"),
    [
        pytest.param([{}], 0, 0, 0, id="at once"),
        pytest.param([{}], 1, 0, 1, id="stable"),
        pytest.param([{"probe": "critical"}, {"probe": "critical"}, {}], 0, 0.4, 0.4, id="up after a while"),
        pytest.param([{"probe": "warning"}, {}], 0, 0.2, 0.2, id="a warning is not passing"),
        pytest.param([{"told": None}, {"told": "critical"}, {}], 0, 0.4, 0.4, id="what only the agent tells"),
        pytest.param([{}, {"probe": "critical"}, {}], 1, 0, 1.4, id="a break starts it anew"),
        pytest.param([{"restarts": 4}], 1, 0, 1, id="restarts of long ago"),
        pytest.param([{"state": HEALTHY}], 1, 0, 1, id="its own health check holds"),
        pytest.param([{"state": NO_HEALTHCHECK}], 1, 0, 1, id="its own health check is switched off"),
        pytest.param([{"state": STARTING}, {"state": HEALTHY}], 1, 0.2, 1.2, id="its own health check comes later"),
        pytest.param([{"state": UNHEALTHY}, {"state": HEALTHY}], 0, 0.2, 0.2, id="unhealthy at first"),
    ],
)
def test_passed(
    monkeypatch: pytest.MonkeyPatch, moments: list[Moment], stable_for: float, first_passing: float, whole: float
) -> None:
    took = enter(monkeypatch, moments, [PROBED, TOLD], Gate(10, stable_for))
    assert took == {"first_passing": pytest.approx(first_passing), "gate": pytest.approx(whole)}


def test_without_checks_the_container_must_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert enter(monkeypatch, [{}], [], Gate(10, 1))["gate"] == pytest.approx(1)
    with pytest.raises(Failure, match="the container ended"):
        enter(monkeypatch, [{}, {"state": ENDED}], [], Gate(10, 1))


@pytest.mark.parametrize(
    ("moments", "reason"),
    [
        pytest.param([{"state": ENDED}], "the container ended: exited, exit code 3", id="ended"),
        pytest.param([{"state": REFUSED}], "the container ended: exited, exit code 3 no such file", id="never began"),
        pytest.param([{}, {}, {"state": ENDED}], "the container ended: exited, exit code 3", id="ended while stable"),
        pytest.param(
            [{"state": RESTARTING, "restarts": 1}],
            "the container crashes: it was restarted once (exit code 3)",
            id="restarting at the first look",
        ),
        pytest.param(
            [{}, {"restarts": 1}],
            "the container crashes: it was restarted once",
            id="restarted between",
        ),
        pytest.param([{}, {"probe": "critical"}], "not all checks passed for 1 s within 10 s", id="no longer healthy"),
        pytest.param([{"told": None}], "not all checks passed for 1 s within 10 s", id="never told of"),
        pytest.param([{"state": UNHEALTHY}], "not all checks passed for 1 s within 10 s", id="unhealthy"),
        pytest.param([{"state": STARTING}], "not all checks passed for 1 s within 10 s", id="never healthy"),
        pytest.param(
            [{"state": ENDED_WELL}],
            "the container ended: exited, exit code 0. Its command does its work and ends: that is what service_once",
            id="a command that does its work and ends",
        ),
        pytest.param(
            [{}, {"state": {**RESTARTING, "ExitCode": 0}, "restarts": 1}],
            "the container crashes: it was restarted once (exit code 0). Its command does its work and ends",
            id="a command that does its work and ends, again and again",
        ),
        pytest.param(
            [{"state": REFUSED_BY_THE_ENGINE}],
            "the container ended: exited, exit code 0 no such file.",
            id="a command that never began",
        ),
    ],
)
def test_refused(monkeypatch: pytest.MonkeyPatch, moments: list[Moment], reason: str) -> None:
    with pytest.raises(Failure) as failure:
        enter(monkeypatch, moments, [PROBED, TOLD], Gate(10, 1))
    message = str(failure.value)
    assert message.startswith(f"The gate was not passed: {reason}")
    assert message.endswith("\n  log: no config\n  log: bye")
    assert failure.value.details["logs"] == ["no config", "bye"]
    for check, output in failure.value.details["checks"].items():
        assert f"\n  check {check}: {output}\n" in message


@pytest.mark.parametrize(
    ("moments", "asked"),
    [
        pytest.param([{"probe": "critical"}], (0, 0), id="no crash: the newest lines"),
        pytest.param([{"state": FIRST}, {"state": SECOND, "restarts": 1}], (9.5, 12.35), id="started again since"),
        pytest.param([{"state": {**SECOND, **ENDED}}], (12.123456, 12.35), id="ended before the first look"),
        pytest.param(
            [{"state": {**FIRST, **RESTARTING, "FinishedAt": "2026-01-01T00:00:11Z"}, "restarts": 1}],
            (9.5, 11.1),
            id="about to be started again",
        ),
    ],
)
def test_a_crash_is_explained_by_the_start_in_which_it_happened(
    monkeypatch: pytest.MonkeyPatch, moments: list[Moment], asked: tuple[float, float]
) -> None:
    world = World(moments)
    monkeypatch.setattr(gate, "probe", world.probe)
    with pytest.raises(Failure):
        gate.pass_gate(Host(t.cast(t.Any, world), t.cast(t.Any, world)), "new", [PROBED], Gate(3, 1))
    expected = [moment + MIDNIGHT if moment else 0 for moment in asked]
    assert list(world.asked) == pytest.approx(expected, abs=0.001)


def test_the_last_output_of_its_own_health_check_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure) as failure:
        enter(monkeypatch, [{"state": UNHEALTHY}], [PROBED], Gate(2, 1))
    assert failure.value.details["checks"] == {
        "HEALTHCHECK": "unhealthy: curl: (7) refused",
        PROBED.id: "passing: HTTP",
    }


def test_watching_ends_where_its_own_health_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World([{"state": HEALTHY}, {"state": HEALTHY}, {"state": UNHEALTHY}])
    monkeypatch.setattr(gate, "probe", world.probe)
    with pytest.raises(Failure, match=r"The instance did not last: a check failed after 0.4 s of 5 s of watching"):
        gate.keep_watch(Host(t.cast(t.Any, world), t.cast(t.Any, world)), "new", [PROBED], 5)


def test_every_check_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure) as failure:
        enter(monkeypatch, [{"probe": "critical", "told": None}], [PROBED, TOLD], Gate(1, 0))
    assert failure.value.details["checks"] == {PROBED.id: "critical: HTTP", TOLD.id: "critical: not registered"}


@pytest.mark.parametrize("stable_for", [0, "0s", 0.0])
def test_no_time_to_last_is_not_told(monkeypatch: pytest.MonkeyPatch, stable_for: t.Any) -> None:
    options = Gate.from_options({"timeout": "10s", "stable_for": stable_for, "before": [], "after": []})
    with pytest.raises(Failure, match=r"The gate was not passed: not all checks passed within 10 s\."):
        enter(monkeypatch, [{"probe": "critical"}], [PROBED], options)


def test_command_is_told_with_the_time_it_was_to_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with what was left of it: nobody asked for 2.5 s."""
    told: list[tuple[float, float]] = []

    def probe_inside(_docker: t.Any, _options: t.Any, timeout: float, limit: float) -> tuple[str, str]:
        told.append((timeout, limit))
        time.sleep(timeout)
        return "critical", "slow"

    monkeypatch.setattr(gate, "probe_inside", probe_inside)
    monkeypatch.setattr(World, "inspect", slow(World.inspect))
    command = Check.from_options({"args": ["x"], "docker_container_id": "self", "interval": "9s"}, "web:2", "test")
    with pytest.raises(Failure, match="not all checks passed within 3 s"):
        enter(monkeypatch, [{}], [command], Gate(3, 0))
    assert told[0] == (pytest.approx(2.5), 3)


def slow(inspect: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    def later(*arguments: t.Any) -> t.Any:
        time.sleep(0.5)
        return inspect(*arguments)

    return later


def test_container_that_somebody_removed_has_no_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure) as failure:
        enter(monkeypatch, [{}, {"state": None}], [PROBED], Gate(10, 1))
    assert "the container was removed by somebody else" in str(failure.value)
    assert failure.value.details["logs"] == []


def test_a_probe_that_the_end_of_the_gate_cuts_short_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(_options: dict[str, t.Any], timeout: float) -> tuple[str, str]:
        if timeout > 0.15:
            return "critical", "exit code 127"
        time.sleep(timeout)
        return "critical", "did not end"

    world = World([{}])
    monkeypatch.setattr(gate, "probe", probe)
    with pytest.raises(Failure, match="exit code 127"):
        gate.pass_gate(Host(t.cast(t.Any, world), t.cast(t.Any, world)), "new", [PROBED], Gate(2.1, 1))
