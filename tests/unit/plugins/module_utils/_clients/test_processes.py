# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of this machine: real ones, as there is nothing to compare a made-up /proc with."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import processes
from ansible_collections.longshore.fleet.plugins.module_utils._clients.processes import (
    command_line,
    end_marked,
    handles,
    master_and_workers,
    number_of,
    tree,
)
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline


@contextlib.contextmanager
def running(script: str, **environment: str) -> t.Iterator[subprocess.Popen[str]]:
    """Return a shell that has said that it is ready."""
    command = ["sh", "-c", script]
    pipe, environment = subprocess.PIPE, {**os.environ, **environment}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        t.cast(t.IO[str], process.stdout).readline()
        try:
            yield process
        finally:
            process.kill()


def test_workers_are_the_children_of_the_master() -> None:
    # A shell's child goes by the name of the shell until it has become what it is to be.
    become = "until [ $(cat /proc/$!/comm) = sleep ]; do :; done"
    with running(f"sleep 9 & {become}; sleep 9 & {become}; echo; wait") as process:
        master, workers = master_and_workers(process.pid)
        end_workers = [os.kill(worker.pid, 9) for worker in workers]
    assert master
    assert (master.pid, master.name) == (process.pid, "sh")
    assert len(end_workers) == 2
    assert {(worker.parent, worker.name) for worker in workers} == {(process.pid, "sleep")}


def test_one_that_renames_itself_stays_the_same() -> None:
    """Workers do so once they serve (setproctitle); here a shell becomes another program."""
    with running("exec 3<&0; (read x <&3; exec sleep 9) & echo; wait") as process:
        (before,) = master_and_workers(process.pid)[1]
        print(file=process.stdin, flush=True)
        after, end = before, time.monotonic() + 5
        while after.name == "sh" and time.monotonic() < end:
            (after,) = master_and_workers(process.pid)[1]
        os.kill(after.pid, 9)
    assert (before.name, after.name) == ("sh", "sleep")
    assert {after} == {before}


def test_one_that_has_ended_is_nobody() -> None:
    with running("echo") as process:
        process.wait()
    assert master_and_workers(process.pid) == (None, frozenset())
    assert command_line(process.pid) == ""
    assert not handles(process.pid, "HUP")


# Not HUP: who runs the tests by nohup has it ignored, and no shell can trap it then.
@pytest.mark.parametrize(("script", "is_handled"), [("trap : USR1; echo; read x", True), ("echo; read x", False)])
def test_who_handles_a_signal(script: str, is_handled: bool) -> None:
    with running(script) as process:
        assert handles(process.pid, "USR1") is is_handled


def test_signals_by_name_and_number() -> None:
    assert (number_of("HUP"), number_of("10")) == (1, 10)
    with pytest.raises(Failure, match="there is no signal HUPP"):
        number_of("HUPP")


def test_marked_ones_end_with_their_children() -> None:
    script = "sleep 99 & until [ $(cat /proc/$!/comm) = sleep ]; do :; done; echo; wait"
    with running(script, MARK="this") as process:
        ended = end_marked("MARK=this")
        process.wait(5)
    assert sorted(ended) == [f"sh -c {script}", "sleep 99"]


def test_marked_ones_that_start_others_all_the_time_end() -> None:
    """Each of them is seen starting, sooner or later, when it has no environment yet."""
    with running("echo; while :; do sleep 99 & kill $!; done", MARK="those") as process:
        end_marked("MARK=those")
        process.wait(5)
    assert end_marked("MARK=those") == []


def test_one_that_has_no_environment_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Made up: the moment between a program's start and its environment is too short to be met."""
    killed: list[int] = []
    looks = iter(["", "", "MARK=it\0"])
    (tmp_path / "4711").mkdir()
    (tmp_path / "4711/exe").symlink_to("/bin/sleep")
    (tmp_path / "4711/cmdline").write_text("", encoding="utf-8")

    def look() -> list[processes.Process]:
        if killed:
            return []
        (tmp_path / "4711/environ").write_text(next(looks), encoding="utf-8")
        return [processes.Process(4711, 1, "sleep", 1)]

    monkeypatch.setattr(processes, "PROC", str(tmp_path))
    monkeypatch.setattr(processes, "all_processes", look)
    monkeypatch.setattr(os, "kill", lambda pid, _signal: killed.append(pid))
    assert end_marked("MARK=it") == [""]
    assert killed == [4711]


def test_a_process_and_all_below_it() -> None:
    with running("echo ready; sh -c 'sleep 60; true'; true") as shell:
        # The kernel tells of the children a moment after their start.
        found = Deadline(5).wait_for(lambda: pids if len(pids := tree(shell.pid)) == 3 else None)
        assert found
        assert found[0] == shell.pid
        assert command_line(found[-1]) == "sleep 60"
        os.kill(found[-1], signal.SIGKILL)
