# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments that no real engine can be made to have on time; the rest is shown on the lab."""

from __future__ import annotations

import contextlib
import os
import socket
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import execs
from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import KEPT
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


class Deadline:
    """One that is over at the second look."""

    def __init__(self) -> None:
        self.looks = [0.1, 0.0]

    @property
    def left(self) -> float:
        return self.looks.pop(0)


def test_time_is_up_just_before_more_is_read() -> None:
    reading, _writing = socket.socketpair()
    assert execs._read(reading, t.cast(t.Any, Deadline())).text == ""


class Connection:
    """A socket that gives its bytes in pieces of a size, and then an end, or nothing until the time is up."""

    def __init__(self, raw: bytes, size: int, ends: bool) -> None:
        self._pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
        self._ends = ends

    def settimeout(self, _seconds: float) -> None:
        pass

    def recv(self, _size: int) -> bytes:
        if not self._pieces and not self._ends:
            raise TimeoutError
        return self._pieces.pop(0) if self._pieces else b""

    def close(self) -> None:
        pass


def frames(*texts: str) -> bytes:
    """As the engine sends them: standard output and standard error in turn."""
    raw = [text.encode() for text in texts]
    return b"".join(bytes([1 + n % 2, 0, 0, 0]) + len(text).to_bytes(4, "big") + text for n, text in enumerate(raw))


def read(raw: bytes, size: int, ends: bool = True) -> str:
    return execs._read(Connection(raw, size, ends), execs.Deadline(9)).text


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 65536])
def test_frames_may_be_cut_anywhere(size: int) -> None:
    assert read(frames("one\n", "", "twö\n", "three"), size) == "one\ntwö\nthree"


@pytest.mark.parametrize("size", [1000, 65536])
def test_the_end_of_a_long_output_is_kept(size: int) -> None:
    lines = [f"line {number}\n" for number in range(20_000)]
    text = read(frames(*lines, "Traceback"), size)
    assert text.endswith("line 19998\nline 19999\nTraceback")
    assert text.startswith("...")
    assert len(text) == KEPT


def test_a_frame_larger_than_what_is_kept() -> None:
    text = read(frames("a" * 100_000 + "b" * KEPT), 65536)
    assert text == "..." + "b" * (KEPT - 3)


@pytest.mark.parametrize(("missing", "text"), [(2, "one\nth"), (4, "one"), (8, "one")])
def test_what_has_come_of_a_frame_counts(missing: int, text: str) -> None:
    """A command that does not end in time has said half a line."""
    assert read(frames("one\n", "thre")[:-missing], 65536, ends=False) == text


@pytest.mark.parametrize(
    ("pids", "killed"),
    [
        pytest.param([0], [], id="no process"),
        pytest.param([1], [], id="never the first one"),
        pytest.param([4711], [4711], id="a process"),
        pytest.param([0, 0, 4711], [4711], id="one that only just starts"),
        pytest.param([4711, 4711], [4711, 4711], id="one that takes its time"),
    ],
)
def test_only_the_command_is_killed(pids: list[int], killed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a command without a process the engine tells 0, and group 0 is our own."""
    groups: list[int] = []
    processes: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, _signal: groups.append(group))
    monkeypatch.setattr(os, "kill", lambda process, _signal: processes.append(process))
    monkeypatch.setattr(execs, "tree", lambda pid: [pid, pid + 1])
    reading, writing = socket.socketpair()
    writing.sendall(bytes([1, 0, 0, 0, 0, 0, 0, 2]) + b"hi")
    running = [{"Running": True, "Pid": pid, "ExitCode": None} for pid in (0, *pids)]  # the first is asked before
    answers = iter([*running, {"Running": False, "Pid": 0, "ExitCode": 137}])
    api = SimpleNamespace(
        exec_create=lambda *_arguments: {"Id": "e"},
        exec_start=lambda *_arguments, **_options: reading,
        exec_inspect=lambda _exec: next(answers),
    )
    docker = SimpleNamespace(api=api, explained=lambda _action: contextlib.nullcontext())
    assert execs.execute(t.cast(t.Any, docker), "web", ["sleep"], 0.05) == (None, "hi")
    assert groups == killed
    assert processes == [process for pid in killed for process in (pid, pid + 1)]
    assert next(answers, None) is None


def test_one_of_another_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_process: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(execs, "tree", lambda pid: [pid])
    with pytest.raises(Failure, match=r"runs on as process 4711, which the user .* may not end\. .*set become"):
        execs._kill(4711)
