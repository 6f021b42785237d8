# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container that runs, with an end: the engine itself never ends one."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

# The engine tells that a command has ended a moment after its output has.
MOMENT = 2.0
# The engine's frames of output: stream, three empty bytes, length.
HEADER = 8
# Bytes of text that are kept, the last ones: what failed stands at the end.
KEPT = 65536


class Output:
    """The text of both streams, in the order in which it was written; ``add`` takes the engine's frames as they come.

    A frame may be cut anywhere, in its header too.
    """

    def __init__(self) -> None:
        self._kept = b""
        self._header = b""
        # Bytes of the frame that are still to come.
        self._left = 0

    def add(self, raw: bytes) -> None:
        """Add the next bytes of the connection."""
        while raw:
            if self._left:
                piece, raw = raw[: self._left], raw[self._left :]
                self._left -= len(piece)
                self._kept = (self._kept + piece)[-KEPT:]
                continue
            missing = HEADER - len(self._header)
            self._header, raw = self._header + raw[:missing], raw[missing:]
            if len(self._header) == HEADER:
                self._left, self._header = int.from_bytes(self._header[4:], "big"), b""

    @property
    def text(self) -> str:
        """What has come so far."""
        return self._kept.decode(errors="replace").strip()


def execute(
    docker: Docker, container: str, command: list[str], timeout: float, **options: t.Any
) -> tuple[int | None, str]:
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
        _kill(docker.api.exec_inspect(identity)["Pid"])
        return None, output


def _read(stream: t.Any, deadline: Deadline) -> str:
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
    return output.text


def _kill(pid: int) -> None:
    """Kill the command and what it has started: the engine gives each command a process group of its own.

    Of one that has no process (yet, or any more) the engine tells 0, which would be our own group.
    """
    if pid <= 1:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
