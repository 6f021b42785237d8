# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's processes, read from /proc: a container's are among them, and no ``ps`` is needed in it."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

PROC = "/proc"
# First processes of a container that pass signals on to their only child, the one that matters.
INITS = ("docker-init", "tini", "tini-static", "dumb-init", "catatonit")

# Seconds for processes to end that are killed, with those that they start meanwhile.
ENDS_WITHIN = 5.0


@dataclass(frozen=True)
class Process:
    """One process; with ``started`` (clock ticks since the boot) two of the same number are told apart.

    It stays the same when it renames itself, as workers do once they serve (setproctitle), and when its parent ends.
    """

    pid: int
    parent: int = field(compare=False)
    name: str = field(compare=False)
    started: int


def all_processes() -> list[Process]:
    """Return every process of the host."""
    return [p for p in (_read(name) for name in os.listdir(PROC) if name.isdigit()) if p]


def master_and_workers(first: int) -> tuple[Process | None, frozenset[Process]]:
    """Return the master of a container, by its first process, and the master's children.

    Where the first process is a little init, its only child is the master.
    """
    there = all_processes()
    master = next((p for p in there if p.pid == first), None)
    workers = [p for p in there if p.parent == first]
    if master and master.name in INITS and len(workers) == 1:
        master = workers[0]
        workers = [p for p in there if p.parent == master.pid]
    return master, frozenset(workers)


def tree(first: int) -> list[int]:
    """Return the numbers of a process and of all that it and its children have started and that live under it."""
    children: dict[int, list[int]] = {}
    for process in all_processes():
        children.setdefault(process.parent, []).append(process.pid)
    found = [first]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def handles(pid: int, name: str) -> bool:
    """Return whether a process handles a signal (its name without SIG); a first process ignores all others."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"{PROC}/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number_of(name) - 1) & 1)
    return False


def number_of(name: str) -> int:
    """Return the number of a signal, by its name without SIG or by its number."""
    found = getattr(signal, f"SIG{name}", None)
    if name.isdecimal():
        return int(name)
    if not isinstance(found, signal.Signals):
        raise Failure(f"service_reload.signal: there is no signal {name}; write it like HUP or USR2")
    return int(found)


def command_line(pid: int) -> str:
    """Return a process's arguments, as people write them."""
    with contextlib.suppress(OSError):
        words = Path(f"{PROC}/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        return b" ".join(words).decode(errors="replace")
    return ""


def end_marked(marker: str) -> list[str]:
    """End every process that has ``marker`` (NAME=value) in its environment; their command lines.

    What such a process starts meanwhile has it too, and one that is only just starting shows no environment for a
    moment. So it is looked again until there is neither.
    """
    ended: dict[int, str] = {}
    deadline = Deadline(ENDS_WITHIN)
    while deadline.left:
        marked, starting = _marked(marker)
        for pid in marked:
            ended.setdefault(pid, command_line(pid))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not marked and not starting:
            break
        deadline.pause(0.02)
    return list(ended.values())


def _marked(marker: str) -> tuple[list[int], bool]:
    """Return the processes that have the marker, and whether any process is only just starting."""
    marked, starting = [], False
    for process in all_processes():
        with contextlib.suppress(OSError):
            environment = Path(f"{PROC}/{process.pid}/environ").read_bytes()
            if marker.encode() in environment.split(b"\0"):
                marked.append(process.pid)
            elif not environment and not command_line(process.pid):
                os.readlink(f"{PROC}/{process.pid}/exe")  # the kernel's own have none
                starting = True
    return marked, starting


def _read(pid: str) -> Process | None:
    """Read proc(5): the name stands in brackets and may hold anything, brackets too. A zombie is none any more."""
    try:
        text = Path(f"{PROC}/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    before, _bracket, after = text.rpartition(")")
    fields = after.split()
    if fields[0] in "ZX":
        return None
    return Process(int(pid), int(fields[1]), before.partition("(")[2], int(fields[19]))
