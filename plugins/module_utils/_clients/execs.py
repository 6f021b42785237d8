# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container that runs, with an end: the engine itself never ends one."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import Output
from ansible_collections.longshore.fleet.plugins.module_utils._clients.processes import tree
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

# The engine tells that a command has ended a moment after its output has.
MOMENT = 2.0
# Seconds within which what is killed has ended.
ENDS_WITHIN = 5.0


def execute(
    docker: Docker, container: str, command: list[str], timeout: float, **options: t.Any
) -> tuple[int | None, str]:
    """Run a command as ``run_within`` does; return (exit code, end of the output)."""
    code, output = run_within(docker, container, command, timeout, **options)
    return code, output.text


def run_within(
    docker: Docker, container: str, command: list[str], timeout: float, **options: t.Any
) -> tuple[int | None, Output]:
    """Run a command; return (exit code, output). The code is None where it did not end in time, and it is killed.

    ``options``: of the SDK's ``exec_create``, such as ``workdir`` and ``environment``.

    The engine forgets the exec when its command has ended, so nothing is left in the container.
    """
    deadline = Deadline(timeout)
    with docker.explained(f"run {command[0]} in container {container}"):
        identity = docker.api.exec_create(container, command, **options)["Id"]
        output = _read(docker.api.exec_start(identity, socket=True), deadline)

        def ended() -> dict[str, t.Any] | None:
            answer = docker.api.exec_inspect(identity)
            return None if answer["Running"] else answer

        answer = Deadline(MOMENT if deadline.left else 0).wait_for(ended, 0.02)
        if answer:
            return answer["ExitCode"], output

        def killed() -> bool:
            """Kill it again until it is over: one that is only just starting has no process yet."""
            answer = docker.api.exec_inspect(identity)
            if answer["Running"]:
                _kill(answer["Pid"])
            return not answer["Running"]

        Deadline(ENDS_WITHIN).wait_for(killed, 0.05)
        return None, output


def _read(stream: t.Any, deadline: Deadline) -> Output:
    """Return the end of what the command writes until it ends or the time is up."""
    connection = getattr(stream, "_sock", stream)
    output = Output()
    with contextlib.closing(stream), contextlib.suppress(TimeoutError):
        while left := deadline.left:
            connection.settimeout(left)
            more = connection.recv(65536)
            if not more:
                break
            output.add(more)
    return output


def _kill(pid: int) -> None:
    """Kill the command and what it has started: the engine gives each command a process group of its own.

    Of one that has no process (yet, or any more) the engine tells 0, which would be our own group.
    """
    if pid <= 1:
        return
    try:
        for process in tree(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    except PermissionError as error:
        raise Failure(
            f"A command did not end in time and runs on as process {pid}, which the user {getpass.getuser()} may not"
            " end. End it (kill), and set become (ansible_become: true, or -b)."
        ) from error
