# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets of this host, as the kernel lists them in /proc/net (proc(5))."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
import typing as t

ESTABLISHED, LISTEN = "01", "0A"
# The flag of a Unix socket that listens (__SO_ACCEPTCON).
ACCEPTS = 0x10000
# The state of a UDP socket that waits for what comes.
UNCONNECTED = "07"
WAITING = {"tcp": LISTEN, "udp": UNCONNECTED}
# Protocol -> the type and number of its sockets (socket(2)); those of SCTP are the kernel's module's.
KINDS = {
    "tcp": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "udp": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "sctp": (socket.SOCK_STREAM, 132),
}


class Socket(t.NamedTuple):
    """One line of /proc/net/tcp: port in decimal, state as the kernel's hex code, its own address in plain form."""

    port: int
    state: str
    inode: str
    address: str = ""


def listeners(port: int, protocol: str = "tcp") -> list[Socket]:
    """Return the sockets that wait on a port of any address."""
    return [s for s in _sockets(protocol) if s.port == port and s.state == WAITING[protocol]]


def can_bind(address: str, protocol: str = "tcp") -> bool:
    """Return whether a socket of this host can have an address (empty for all of IPv4), whatever the port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind, number = KINDS[protocol]
    try:
        with socket.socket(family, kind, number) as one:
            one.bind((address, 0))
    except OSError:
        return False
    return True


def clash(one: str, other: str) -> bool:
    """Return whether two sockets cannot have the same port, the one at one address and the other at the other.

    An address that is none, such as a name, may be any.
    """
    try:
        addresses = [ipaddress.ip_address(address or "0.0.0.0") for address in (one, other)]
    except ValueError:
        return True
    plain = [getattr(address, "ipv4_mapped", None) or address for address in addresses]
    return any(address.is_unspecified for address in plain) or plain[0] == plain[1]


def connections(ports: t.Collection[int]) -> int:
    """Return how many connections to these ports are open."""
    return sum(1 for s in _sockets() if s.port in ports and s.state == ESTABLISHED)


def holder(found: Socket) -> tuple[int, str]:
    """Return (pid, name) of a process that holds the socket; (0, "") where none can be seen."""
    wanted = f"socket:[{found.inode}]"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if any(os.readlink(f"/proc/{pid}/fd/{fd}") == wanted for fd in os.listdir(f"/proc/{pid}/fd")):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    return int(pid), file.read().strip()
    return 0, ""


def listening(pid: int, ports: t.Collection[int]) -> frozenset[str]:
    """Return the inodes of the sockets that listen on these ports where a process is, in its network namespace.

    Where none does, as where the host's ports lead to others of the container: those of all that listen there.
    """
    found = [s for s in _sockets(net=f"/proc/{pid}/net") if s.state == LISTEN]
    on_ports = frozenset(s.inode for s in found if s.port in ports)
    return on_ports or frozenset(s.inode for s in found) | frozenset(_listening_unix(pid))


def listening_at(pid: int) -> list[Socket]:
    """Return the sockets that wait for TCP where a process is, in its network namespace."""
    return [s for s in _sockets(net=f"/proc/{pid}/net") if s.state == LISTEN]


def held(pid: int) -> frozenset[str]:
    """Return the inodes of the sockets that a process has open; none where it has just ended."""
    found = set()
    with contextlib.suppress(OSError):
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
    return frozenset(name[8:-1] for name in found if name.startswith("socket:["))


def _listening_unix(pid: int) -> t.Iterator[str]:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/net/unix", encoding="utf-8", errors="replace") as file:
        for line in file.readlines()[1:]:
            fields = line.split()
            if int(fields[3], 16) & ACCEPTS:
                yield fields[6]


def _sockets(protocol: str = "tcp", net: str = "/proc/net") -> t.Iterator[Socket]:
    for table in (f"{net}/{protocol}", f"{net}/{protocol}6"):
        with contextlib.suppress(OSError), open(table, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                address, _colon, port = fields[1].rpartition(":")
                yield Socket(int(port, 16), fields[3], fields[9], _address(address))


def _address(text: str) -> str:
    """Return the kernel writes words of four bytes, each in the order of the machine."""
    words = [int(text[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
