# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP sockets of this host, as the kernel lists them in /proc/net (proc(5))."""

from __future__ import annotations

import contextlib
import os
import typing as t

ESTABLISHED, LISTEN = "01", "0A"


class Socket(t.NamedTuple):
    """One line of /proc/net/tcp: port in decimal, state as the kernel's hex code."""

    port: int
    state: str
    inode: str


def listeners(port: int) -> list[Socket]:
    """Sockets that listen on a port of any address."""
    return [s for s in _sockets() if s.port == port and s.state == LISTEN]


def connections(ports: t.Collection[int]) -> int:
    """How many connections to these ports are open."""
    return sum(1 for s in _sockets() if s.port in ports and s.state == ESTABLISHED)


def holder(found: Socket) -> tuple[int, str]:
    """(pid, name) of a process that holds the socket; (0, "") where none can be seen."""
    wanted = f"socket:[{found.inode}]"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if any(os.readlink(f"/proc/{pid}/fd/{fd}") == wanted for fd in os.listdir(f"/proc/{pid}/fd")):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    return int(pid), file.read().strip()
    return 0, ""


def _sockets() -> t.Iterator[Socket]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(table, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                yield Socket(int(fields[1].rpartition(":")[2], 16), fields[3], fields[9])
