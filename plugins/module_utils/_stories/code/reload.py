# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reload that is proven: a signal to the running container, and then new processes alone take new connections."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._clients import processes, sockets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import PASSING, page, probe
from ansible_collections.longshore.fleet.plugins.module_utils._clients.processes import Process
from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import Trust
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._masking import beginning
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec

# Log lines that a failure shows.
LINES = 30
# Seconds between two looks, and for how long the new workers must then stay the same.
EVERY, STABLE = 0.1, 0.3
# The same where neither a check nor a page tells that they serve: without its code one may take a second to fail.
STABLE_UNANSWERED = 2.0
# Seconds for one probe or one page.
PROBE = 2.0
OK = 200
# What ends old workers that go on.
BOUNDS = (
    "the server's own settings bound that (worker-reload-mercy of uWSGI, graceful_timeout of gunicorn,"
    " worker_shutdown_timeout of nginx, hard-stop-after of HAProxy)"
)
NO_WORKER = "a process beside the workers that stays is named in service_reload.not_workers"
# Characters of a page that a failure shows.
SHOWN = 300


@dataclass(frozen=True)
class Running:
    """A container at one moment: its first process, the master's children, and which of them accept connections."""

    container: str
    first: int
    started: str
    restarts: int
    master: Process
    workers: frozenset[Process]
    accepting: frozenset[Process] = frozenset()

    @property
    def counted(self) -> frozenset[Process]:
        """The processes whose renewal proves something: those that accept connections; where none does, all children.

        A child that only stands beside them, or only ends what it has, proves nothing.
        """
        return self.accepting or self.workers


def observe_processes(engine: Docker, container: str, ports: t.Collection[int], how: Reload) -> Running:
    """Return the processes of a container, whose service is at these ports; one that does not run is a ``Failure``.

    Children that ``service_reload.not_workers`` names are left out.
    """
    answer = engine.inspect(container)
    if answer is None or not answer["State"]["Running"] or answer["State"].get("Restarting"):
        status = answer["State"]["Status"] if answer else "removed"
        raise Failure(f"the container does not run any more: it is {status}")
    state = answer["State"]
    master, children = processes.master_and_workers(state["Pid"])
    if master is None:
        raise Failure("the container's first process has just ended")
    workers = frozenset(child for child in children if not _is_named(child, how.not_workers))
    listening = sockets.listening(master.pid, ports)
    accepting = frozenset(worker for worker in workers if _accepts(worker, listening)) if listening else frozenset()
    return Running(answer["Id"], state["Pid"], state["StartedAt"], answer["RestartCount"], master, workers, accepting)


def _is_named(child: Process, beginnings: tuple[str, ...]) -> bool:
    """Tell whether the command line of a process begins with one of these."""
    return bool(beginnings) and processes.command_line(child.pid).startswith(beginnings)


def _accepts(worker: Process, listening: t.Collection[str]) -> bool:
    """Tell whether a worker, or a process below it, as where it is a shell, has one of the sockets that listen."""
    return any(not sockets.held(pid).isdisjoint(listening) for pid in processes.tree(worker.pid))


def refuse_unprovable(running: Running, how: Reload, version: str) -> None:
    """Refuse what makes a reload fail or prove nothing, before anything is touched; ``version`` of the code, if any."""
    if not processes.handles(running.master.pid, how.signal):
        raise Failure(
            f"service_reload.signal: the container's first process ({processes.command_line(running.master.pid)}) has"
            f" no handler for {how.signal} and would ignore it. Where it is a shell, start the server by exec; a server"
            " without a graceful reload takes service_reload.action: restart."
        )
    if not running.workers and not (how.url and version):
        raise Failure(
            f"service_reload: the container's first process ({processes.command_line(running.master.pid)}) has no"
            " worker processes, so new workers cannot prove the reload. Give service_reload.url, a page that shows the"
            " code's release, or take a restart (service_reload.action, or on_change of service_files)."
        )


@dataclass(frozen=True)
class Reloaded:
    """A proven reload: what it took, in seconds, and what there is to say of it."""

    seconds: dict[str, float]
    warnings: tuple[str, ...] = ()


def reload(
    engine: Docker, container: str, how: Reload, checks: t.Sequence[Check], version: str, ports: t.Collection[int]
) -> Reloaded:
    """Send the signal and wait for the proof; no proof in time is a ``Failure``."""
    before = observe_processes(engine, container, ports, how)
    refuse_unprovable(before, how, version)
    deadline = Deadline(how.timeout)
    engine.kill(container, processes.number_of(how.signal))
    proof = Proof(engine, before, how, checks, version, ports)
    try:
        proven = deadline.wait_for(lambda: proof.holds(deadline), EVERY)
    except Failure as failure:
        raise _explained(engine, container, str(failure)) from failure
    if not proven:
        raise _explained(engine, container, f"{proof.missing} (after {how.timeout:g} s)")
    return Reloaded({"reload": round(deadline.elapsed, 2)}, _draining_warnings(proof.draining))


def _draining_warnings(draining: t.Collection[Process]) -> tuple[str, ...]:
    if not draining:
        return ()
    pids = ", ".join(str(pid) for pid in sorted(process.pid for process in draining))
    return (
        f"the reload is proven; {len(draining)} processes from before it ({pids}) accept no more connections and end"
        " those that they have",
    )


def prove_release(wanted: InstanceSpec) -> None:
    """Wait after a start until ``service_reload.url`` shows the release, where there is one; else raise ``Failure``."""
    how, version = wanted.reload, wanted.code.version if wanted.code else ""
    if how is None or not how.url or not version:
        return
    deadline, missing = Deadline(how.timeout), ""

    def is_proven() -> bool:
        nonlocal missing
        missing = release_missing(how, version, _patience(deadline))
        return not missing

    if not deadline.wait_for(is_proven, EVERY):
        raise Failure(f"service_reload.url: {missing} (after {how.timeout:g} s)")


def _patience(deadline: Deadline) -> float:
    """Return seconds for one probe or page before the deadline; also a last look has a moment."""
    return max(0.1, min(PROBE, deadline.left))


def release_missing(how: Reload, version: str, timeout: float) -> str:
    """Return what the page lacks that is to tell a release; empty where it does."""
    answer = page(how.url, timeout, Trust(ca_file=how.ca_file, verify=how.verify))
    if answer.status == OK and version in answer.text:
        return ""
    said = f"HTTP {answer.status}: {beginning(answer.text, SHOWN)}" if answer.status else answer.text
    return f"{how.url} does not tell release {version}{'' if answer.is_whole else ' in its first MB'}: {said}"


class Proof:
    """All that must hold after the signal; ``missing`` says what does not hold yet."""

    def __init__(
        self,
        engine: Docker,
        before: Running,
        how: Reload,
        checks: t.Sequence[Check],
        version: str,
        ports: t.Collection[int],
    ) -> None:
        self._engine = engine
        self._ports = ports
        self._before = before
        self._how = how
        self._checks = [check for check in checks if check.connects]
        self._version = version
        is_answered = bool(self._checks or (how.url and version))
        self._stable = STABLE if is_answered else STABLE_UNANSWERED
        self._workers: frozenset[Process] = frozenset()
        self._since = 0.0
        self.draining: frozenset[Process] = frozenset()
        self.missing = "nothing has been looked at yet"

    def holds(self, deadline: Deadline) -> bool:
        """Return whether one look proves it; a container that ended or was started again is a ``Failure`` at once."""
        now = observe_processes(self._engine, self._before.container, self._ports, self._how)
        self._refuse_another(now)
        self.missing = self._workers_missing(now) or self._answers_missing(deadline)
        if self.missing:
            self._workers = frozenset()
            return False
        workers = self._new(now) or frozenset({now.master})
        self.draining = self._before.accepting & now.workers
        if workers != self._workers:
            self._workers, self._since = workers, deadline.elapsed
        self.missing = f"the new workers have not stayed the same for {self._stable:g} s"
        return deadline.elapsed - self._since >= self._stable

    def _refuse_another(self, now: Running) -> None:
        if (now.first, now.started, now.restarts) != (
            self._before.first,
            self._before.started,
            self._before.restarts,
        ) or now.master.pid != self._before.master.pid:
            raise Failure("the container was started anew: its first process ended instead of reloading")

    def _new(self, now: Running) -> frozenset[Process]:
        """Return the workers that came after the signal; where those before accepted connections, these must too."""
        return (now.accepting if self._before.accepting else now.workers) - self._before.workers

    def _workers_missing(self, now: Running) -> str:
        left = self._before.counted & (now.accepting if self._before.accepting else now.workers)
        if left:
            old = sorted(worker.pid for worker in left)
            accept = f", and accept connections: {BOUNDS}; {NO_WORKER}" if self._before.accepting else f"; {NO_WORKER}"
            return (
                f"{len(old)} of {len(self._before.counted)} workers from before the signal are left"
                f" ({processes.command_line(old[0])}): {', '.join(map(str, old))}{accept}"
            )
        if self._before.counted and not self._new(now):
            return "there is no new worker"
        return ""

    def _answers_missing(self, deadline: Deadline) -> str:
        timeout = _patience(deadline)
        for check in self._checks:
            status, output = probe(check.options, timeout)
            if status != PASSING:
                return f"check {check.id} is {status}: {output}"
        return release_missing(self._how, self._version, timeout) if self._how.url else ""


def _explained(engine: Docker, container: str, reason: str) -> Failure:
    logs = engine.last_lines(container, LINES) if engine.inspect(container) else []
    lines = as_log(logs)
    return Failure(f"The reload is not proven: {reason}.{lines}", logs=logs)
