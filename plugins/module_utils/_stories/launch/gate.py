# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: what must hold before an instance counts as up and the rollout goes on."""

from __future__ import annotations

import calendar
import contextlib
import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.output import nobody_reads
from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import PASSING, probe, probe_inside
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._masking import ending
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.sidecars import running_beside
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

LOG_LINES = 20
# Seconds between two looks.
EVERY = 0.2
# Seconds for a container that crashes again and again to do so once more.
MOMENT = 1.0
# Seconds by which the first line of a container may be older than its start as the engine tells it, and the last one
# younger than its end.
EARLY_LINES, LATE_LINES = 1.0, 0.1
# Under this name a container's own HEALTHCHECK stands among the checks.
HEALTHCHECK = "HEALTHCHECK"
SHOWN = 500
ENDS_WELL = ". Its command does its work and ends: that is what service_once is for; a service's command stays"


class Attempt:
    """One container on its way through the gate."""

    def __init__(self, host: Host, container: str, checks: t.Sequence[Check], deadline: Deadline) -> None:
        self._host = host
        self._container = container
        self.checks = checks
        self._deadline = deadline
        self._restarts: int | None = None
        self._passing_since: float | None = None
        self._started = 0.0
        # Those of the sidecars by their names, as the first look finds them.
        self._sidecars: dict[str, Attempt] | None = None
        # The container that ended or crashed, of whose log a failure tells.
        self.culprit = container
        self.outputs: dict[str, str] = {}
        # Where the container crashed: when the start began in which it did, and when that ended (epoch).
        self.crashed = (0.0, 0.0)

    def stable_for(self) -> float | None:
        """Return seconds for which all has held without a break; None while something does not hold.

        A container that ended or was restarted is a ``Failure`` at once: waiting longer proves nothing.
        """
        answer = self._host.docker.inspect(self._container)
        if answer is None:
            raise Failure("the container was removed by somebody else")
        self._refuse_crash(answer["State"], answer["RestartCount"])
        # All are looked at every time, so that a failure tells of all.
        if not all((self._is_healthy(answer["State"]), self._sidecars_hold(answer), self._all_passing())):
            self._passing_since = None
            return None
        if self._passing_since is None:
            self._passing_since = time.monotonic()
        return time.monotonic() - self._passing_since

    def _sidecars_hold(self, answer: dict[str, t.Any]) -> bool:
        """Tell whether all sidecars run and are healthy; one that ended or was restarted is a ``Failure``."""
        if self._sidecars is None:
            there = running_beside(self._host.docker, answer)
            self._sidecars = {n: Attempt(self._host, i, (), self._deadline) for n, i in there.items()}
        well = True
        for name, sidecar in self._sidecars.items():
            try:
                well = sidecar.stable_for() is not None and well
            except Failure as failure:
                self.culprit, self.crashed = sidecar.culprit, sidecar.crashed
                raise Failure(f"sidecar {name}: {failure}") from failure
            self.outputs.pop(f"{name} {HEALTHCHECK}", None)
            self.outputs.update({f"{name} {key}": output for key, output in sidecar.outputs.items()})
        return well

    def _refuse_crash(self, state: dict[str, t.Any], restarts: int) -> None:
        if self._restarts is None:
            self._restarts, self._started = restarts, moment_of(state.get("StartedAt", ""))
        restarted = restarts > self._restarts or (restarts > 0 and state["Restarting"])
        if not restarted and state["Running"]:
            return
        began = max(0.0, self._started - EARLY_LINES)
        self.crashed = (began, moment_of(state.get("FinishedAt", "")) + LATE_LINES)
        if restarted:
            ended = state if state["Restarting"] else Deadline(MOMENT).wait_for(self._ended_again, 0.05)
            code = f" (exit code {ended['ExitCode']})" if ended else ""
            hint = ENDS_WELL if ended and ended["ExitCode"] == 0 else ""
            raise Failure(f"the container crashes: it was restarted {times(restarts)}{code}{hint}")
        ended_with = f"{state['Status']}, exit code {state['ExitCode']} {state['Error']}".rstrip()
        hint = ENDS_WELL if state["ExitCode"] == 0 and not state["Error"] else ""
        raise Failure(f"the container ended: {ended_with}{hint}")

    def _is_healthy(self, state: dict[str, t.Any]) -> bool:
        """Tell whether the container's own health check holds, where its image or its options have one."""
        health = state.get("Health") or {}
        status = health.get("Status") or "none"
        if status in ("none", "healthy"):
            self.outputs.pop(HEALTHCHECK, None)
            return True
        newest = (health.get("Log") or [{"Output": "it has not run yet"}])[-1]
        self.outputs[HEALTHCHECK] = f"{status}: {ending(newest['Output'].strip(), SHOWN)}"
        return False

    def _ended_again(self) -> dict[str, t.Any] | None:
        """Return the state of a container before its next restart: of one that runs the engine tells no exit code."""
        answer = self._host.docker.inspect(self._container)
        return answer["State"] if answer and answer["State"]["Restarting"] else None

    def _all_passing(self) -> bool:
        by_agent = {} if all(check.can_be_probed for check in self.checks) else self._host.agent.checks()
        passing = True
        for check in self.checks:
            limit = min(check.timeout, self._deadline.limit)
            at_most = max(0.1, min(limit, self._deadline.left))
            if check.connects:
                status, output = probe(check.options, at_most)
            elif check.can_be_probed:
                status, output = probe_inside(self._host.docker, check.options, at_most, limit)
            else:
                answer = by_agent.get(check.id, {"Status": "critical", "Output": "not registered"})
                status, output = answer["Status"], answer["Output"]
            # One that the end of the gate cuts short says less than the one before it.
            if self._deadline.left or status == PASSING or check.id not in self.outputs:
                self.outputs[check.id] = f"{status}: {output}"
            passing = passing and status == PASSING
        return passing


def pass_gate(host: Host, container: str, checks: t.Sequence[Check], gate: Gate) -> dict[str, float]:
    """Wait until all holds for ``stable_for``; seconds until the first passing probe and in all.

    Else a ``Failure`` with each check's last output and the container's last log lines (also in its details).
    """
    deadline = Deadline(gate.timeout)
    attempt = Attempt(host, container, checks, deadline)
    first: list[float] = []

    def is_stable() -> bool:
        stable = attempt.stable_for()
        if stable is not None and not first:
            first.append(deadline.elapsed)
        return stable is not None and stable >= gate.stable_for

    try:
        if not deadline.wait_for(is_stable, EVERY):
            lasting = f" for {gate.stable_for:g} s" if gate.stable_for else ""
            raise Failure(f"not all checks passed{lasting} within {gate.timeout:g} s")
    except Failure as failure:
        raise _explained(failure, host, container, attempt, "The gate was not passed") from failure
    return {"first_passing": round(first[0], 2), "gate": round(deadline.elapsed, 2)}


def keep_watch(host: Host, container: str, checks: t.Sequence[Check], seconds: float) -> None:
    """Look on for ``seconds``; a container that ends or is restarted and a check that fails are a ``Failure``."""
    deadline = Deadline(seconds)
    attempt = Attempt(host, container, checks, deadline)

    def is_wrong() -> bool:
        return attempt.stable_for() is None

    try:
        # Of an interrupted run nobody wants to know any more.
        if deadline.wait_for(lambda: is_wrong() or nobody_reads(), EVERY) and not nobody_reads():
            raise Failure(f"a check failed after {deadline.elapsed:.1f} s of {seconds:g} s of watching")
    except Failure as failure:
        raise _explained(failure, host, container, attempt, "The instance did not last") from failure


def times(number: int) -> str:
    """As people say it."""
    return "once" if number == 1 else f"{number} times"


def moment_of(text: str) -> float:
    """Return the epoch of a moment as the engine tells it (2026-01-31T12:00:00.123456789Z); 0 where it never was."""
    whole, _point, fraction = text.rstrip("Z").partition(".")
    if not whole or whole.startswith("0001"):
        return 0.0
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")


def _explained(failure: Failure, host: Host, container: str, attempt: Attempt, what: str) -> Failure:
    """Add each check's last output and the last log lines: of a crash, those of the start in which it happened."""
    logs: list[str] = []
    with contextlib.suppress(Failure):  # of an engine that does not answer any more
        if host.docker.inspect(attempt.culprit):
            logs = host.docker.last_lines(attempt.culprit, LOG_LINES, *attempt.crashed)
            logs = logs or host.docker.last_lines(attempt.culprit, LOG_LINES)
    checks = "".join(f"\n  check {name}: {' '.join(output.split())}" for name, output in attempt.outputs.items())
    why = f" {reasons}" if (reasons := _reasons(host, container, attempt)) else ""
    return Failure(f"{what}: {failure}.{why}{checks}{as_log(logs)}", checks=attempt.outputs, logs=logs)


def _reasons(host: Host, container: str, attempt: Attempt) -> str:
    """Return why checks do not pass, where the host can tell. Imported only here, as each call starts a Python."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate_reasons import reasons

    with contextlib.suppress(Failure):  # of a container that ended, or an engine that does not answer any more
        return reasons(host, container, attempt.checks, attempt.outputs)
    return ""
