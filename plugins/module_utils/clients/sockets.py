# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets of this host, as the kernel lists them in /proc/net (proc(5))."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
import typing as t

ESTABLISHED, LISTEN = "01", "0A"


# The state of a UDP socket that waits for what comes.
UNCONNECTED = "07"
TABLES = {"tcp": ("/proc/net/tcp", "/proc/net/tcp6"), "udp": ("/proc/net/udp", "/proc/net/udp6")}
WAITING = {"tcp": LISTEN, "udp": UNCONNECTED}


class Socket(t.NamedTuple):
    """One line of /proc/net/tcp: port in decimal, state as the kernel's hex code, its own address in plain form."""

    port: int
    state: str
    inode: str
    address: str = ""


def listeners(port: int, protocol: str = "tcp") -> list[Socket]:
    """Sockets that wait on a port of any address."""
    return [s for s in _sockets(protocol) if s.port == port and s.state == WAITING[protocol]]


def clash(one: str, other: str) -> bool:
    """Whether two sockets cannot have the same port, the one at one address and the other at the other.

    An address that is none, such as a name, may be any.
    """
    try:
        addresses = [ipaddress.ip_address(address or "0.0.0.0") for address in (one, other)]
    except ValueError:
        return True
    plain = [getattr(address, "ipv4_mapped", None) or address for address in addresses]
    return any(address.is_unspecified for address in plain) or plain[0] == plain[1]


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


def _sockets(protocol: str = "tcp") -> t.Iterator[Socket]:
    for table in TABLES[protocol]:
        with contextlib.suppress(FileNotFoundError), open(table, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                address, _colon, port = fields[1].rpartition(":")
                yield Socket(int(port, 16), fields[3], fields[9], _address(address))


def _address(text: str) -> str:
    """The kernel writes words of four bytes, each in the order of the machine."""
    words = [int(text[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
