# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a container, as its logging driver keeps it: the newest lines, with their times."""

from __future__ import annotations

import re
import typing as t
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker, Refusal
from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import (
    KEPT,
    NO_TEXT,
    Frames,
    Output,
)
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import CUT
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

# Seconds that reading may take: with a pattern all lines are read.
READ_WITHIN = 60.0
# Bytes of one line.
LONGEST = 32768
# The engine sends what is longer as several messages, each with a time of its own.
PART = 16384
# Where the engine itself keeps the lines.
READABLE = ("json-file", "local", "journald")
TIME = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?")


class Line(t.NamedTuple):
    """One line; its time in UTC, with nine digits of a second, so that times sort as texts."""

    time: str
    text: str


@dataclass(frozen=True)
class Extent:
    """Which lines are wanted: the newest ``lines`` that match, since a moment (epoch), of ``most`` bytes together."""

    lines: int
    since: float | None = None
    grep: re.Pattern[str] | None = None
    most: int = 262144

    def parameters(self) -> dict[str, t.Any]:
        """Return what the engine is asked for."""
        since = {} if self.since is None else {"since": f"{self.since:.3f}"}
        return {"timestamps": 1, "tail": "all" if self.grep else self.lines, **since}


def read_log(docker: Docker, answer: dict[str, t.Any], extent: Extent) -> tuple[list[Line], bool]:
    """Return lines of a container, by the engine's answer to ``inspect``, and whether ``most`` has cut some off."""
    name, kept, deadline = answer["Name"].lstrip("/"), Newest(extent), Deadline(READ_WITHIN)
    lines = TerminalLines() if answer["Config"].get("Tty") else FramedLines()
    try:
        with docker.explained(f"read the log of container {name}"):
            for raw in docker.api.log(answer["Id"], **extent.parameters()):
                kept.add(lines.add(raw))
                if not deadline.left:
                    raise Failure(
                        f"The log of container {name} is too long: after {deadline.limit:g} s it was not read to its"
                        " end. Ask for less of it, with a shorter since, or have the logging driver rotate it"
                        " (service_container.log_config)."
                    )
    except Refusal as refusal:
        raise _unreadable(name, answer, refusal) from refusal
    kept.add(lines.rest())
    return list(kept.lines), kept.is_cut


def read_output(docker: Docker, container: str, has_terminal: bool) -> Output:
    """Return the end of what a container has written; where it cannot be read, the output says so."""
    output = Output(framed=not has_terminal)
    try:
        with docker.explained("read them"):
            for raw in docker.api.log(container, tail=KEPT):
                output.add(raw)
    except Failure as failure:
        output = Output(framed=False)
        output.add(f"(the container's log lines are not available: {failure})".encode())
    return output


def _unreadable(name: str, answer: dict[str, t.Any], refusal: Refusal) -> Failure:
    driver = answer["HostConfig"]["LogConfig"]["Type"]
    if driver in READABLE:
        return refusal
    return Failure(
        f"The log of container {name} cannot be read on its host: its logging driver is {driver} ({refusal.answer})."
        " Read it where that driver sends it, or take another one (service_container.log_config: {type: local})."
    )


class FramedLines:
    """Puts lines together of frames, each of which is a message, or a part of a long one, that begins with its time."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._open: dict[int, bytes] = {}

    def add(self, raw: bytes) -> list[bytes]:
        """Return the lines that are whole with these bytes."""
        whole = []
        for stream, content in self._frames.add(raw):
            before = self._open.pop(stream, b"")
            line = before + (TIME.sub(b"", content, count=1) if before else content)
            if line.endswith(b"\n"):
                whole.append(line)
            else:
                self._open[stream] = line[: LONGEST + PART]
        return whole

    def rest(self) -> list[bytes]:
        """Return the lines that have come to no end."""
        return [line for _stream, line in sorted(self._open.items())]


class TerminalLines:
    """Takes lines out of the log of a container with a terminal, which comes as plain text."""

    def __init__(self) -> None:
        self._open = b""

    def add(self, raw: bytes) -> list[bytes]:
        """Return the lines that are whole with these bytes."""
        *whole, rest = (self._open + raw).split(b"\n")
        self._open = rest[: LONGEST + PART]
        return [_joined(line) for line in whole]

    def rest(self) -> list[bytes]:
        """Return the line that has come to no end."""
        return [_joined(self._open)] if self._open else []


def _joined(line: bytes) -> bytes:
    """Return a long line without the times of its parts but the first."""
    time = TIME.match(line)
    at = (time.end() if time else 0) + PART
    while time := TIME.match(line, at):
        line = line[:at] + line[time.end() :]
        at += PART
    return line


class Newest:
    """The newest lines that are wanted, of those that are added in their order."""

    def __init__(self, extent: Extent) -> None:
        self.lines: deque[Line] = deque()
        self.is_cut = False
        self._extent = extent
        self._bytes = 0
        self._time = ""

    def add(self, raw: t.Iterable[bytes]) -> None:
        """Add what begins with its time."""
        for message in raw:
            for text in self._texts(message):
                if not self._extent.grep or self._extent.grep.search(text):
                    self._append(Line(self._time, text))

    def _texts(self, message: bytes) -> list[str]:
        """Note the time of a message, and return its text; a driver may have several lines in one."""
        time = TIME.match(message)
        if time:
            self._time, message = in_utc(*time.groups()), message[time.end() :]
        return [_text(line.rstrip(b"\r")) for line in message.rstrip(b"\r\n").split(b"\n")]

    def _append(self, line: Line) -> None:
        self.lines.append(line)
        self._bytes += len(line.text.encode())
        while len(self.lines) > 1 and self._bytes > self._extent.most:
            self._drop()
            self.is_cut = True
        if len(self.lines) > self._extent.lines:
            self._drop()

    def _drop(self) -> None:
        self._bytes -= len(self.lines.popleft().text.encode())


def _text(line: bytes) -> str:
    """Return a line as text; one that is too long ends so that ``masked`` finds a part of a secret there."""
    if len(line) <= LONGEST:
        return line.decode(errors="replace")
    return line[:LONGEST].decode(errors="replace").rstrip(NO_TEXT) + CUT


def in_utc(seconds: bytes, fraction: bytes | None, zone: bytes) -> str:
    """Return a time as the engine writes it, of any time zone, in UTC."""
    offset = "+0000" if zone == b"Z" else zone.decode().replace(":", "")
    moment = datetime.strptime(seconds.decode() + offset, "%Y-%m-%dT%H:%M:%S%z").astimezone(timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{(fraction or b'').decode().ljust(9, '0')}Z"
