# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container that runs, with an end: the engine itself never ends one."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils.waiting import Deadline

# The engine tells that a command has ended a moment after its output has.
MOMENT = 2.0
# The engine's frames of output: stream, three empty bytes, length.
HEADER = 8
# Bytes of output that are kept; the rest is read and dropped.
KEPT = 65536


def execute(
    docker: Docker, container: str, command: list[str], timeout: float, **options: t.Any
) -> tuple[int | None, str]:
    """(exit code, output) of a command; the exit code is None where it did not end in time, and it is killed.

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
        _kill(docker.api.exec_inspect(identity)["Pid"])
        return None, output


def _read(stream: t.Any, deadline: Deadline) -> str:
    """What the command writes until it ends or the time is up."""
    connection = getattr(stream, "_sock", stream)
    raw = b""
    with contextlib.closing(stream), contextlib.suppress(TimeoutError):
        while left := deadline.left:
            connection.settimeout(left)
            more = connection.recv(65536)
            if not more:
                break
            raw = (raw + more)[: KEPT + HEADER]
    return _without_headers(raw)


def _without_headers(raw: bytes) -> str:
    """The text of both streams, in the order in which they were written."""
    text = b""
    while len(raw) > HEADER:
        length = int.from_bytes(raw[4:HEADER], "big")
        text, raw = text + raw[HEADER : HEADER + length], raw[HEADER + length :]
    return text.decode(errors="replace").strip()


def _kill(pid: int) -> None:
    """The command and what it has started: the engine gives each command a process group of its own.

    Of one that has no process (yet, or any more) the engine tells 0, which would be our own group.
    """
    if pid <= 1:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
