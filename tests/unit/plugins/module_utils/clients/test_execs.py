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

from ansible_collections.longshore.fleet.plugins.module_utils.clients import execs


class Deadline:
    """One that is over at the second look."""

    def __init__(self) -> None:
        self.looks = [0.1, 0.0]

    @property
    def left(self) -> float:
        return self.looks.pop(0)


def test_time_is_up_just_before_more_is_read() -> None:
    reading, _writing = socket.socketpair()
    assert execs._read(reading, t.cast(t.Any, Deadline())) == ""


@pytest.mark.parametrize(("pid", "killed"), [(0, []), (1, []), (4711, [4711])])
def test_only_the_command_is_killed(pid: int, killed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a command without a process the engine tells 0, and group 0 is our own."""
    groups: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, _signal: groups.append(group))
    reading, writing = socket.socketpair()
    writing.sendall(bytes([1, 0, 0, 0, 0, 0, 0, 2]) + b"hi")
    api = SimpleNamespace(
        exec_create=lambda *_arguments: {"Id": "e"},
        exec_start=lambda *_arguments, **_options: reading,
        exec_inspect=lambda _exec: {"Running": True, "Pid": pid, "ExitCode": None},
    )
    docker = SimpleNamespace(api=api, explained=lambda _action: contextlib.nullcontext())
    assert execs.execute(t.cast(t.Any, docker), "web", ["sleep"], 0.05) == (None, "hi")
    assert groups == killed
