# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new fleet is made from: its name, its hosts, and the folder that it goes into."""

from __future__ import annotations

import ipaddress
import re
import socket
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

# Lies in each folder that was made here: only there may anything be added.
MARKER = ".longshore-fleet"
INVENTORY = "hosts.yml"
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
SHAPE = re.compile(r"(?:(?P<user>[^@]*)@)?(?:\[(?P<bracketed>[^]]*)\]|(?P<plain>[^:\[\]]*))(?::(?P<port>[^:]*))?")
EXAMPLE = "-e hosts=root@10.0.0.1,root@10.0.0.2"
# The address that a name leads to, None where it leads nowhere.
Resolve = t.Callable[[str], str | None]


@dataclass(frozen=True)
class NewHost:
    """A host as it goes into the inventory; ``consul_address`` only where SSH goes by a name."""

    name: str
    address: str
    user: str | None = None
    port: int | None = None
    consul_address: str | None = None

    def variables(self) -> dict[str, t.Any]:
        """Return its variables in the inventory. Whoever is not root becomes root there."""
        given = {
            "ansible_host": self.address,
            "ansible_port": self.port,
            "ansible_user": self.user,
            "ansible_become": True if self.user not in (None, "root") else None,
            "consul_address": self.consul_address,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class NewFleet:
    """The fleet that a folder is made for."""

    name: str
    folder: Path
    hosts: tuple[NewHost, ...]

    def servers(self) -> list[str]:
        """Return the hosts that are to be Consul's servers: three of them hold a majority where one is lost."""
        return [host.name for host in self.hosts[: 3 if len(self.hosts) >= 3 else 1]]


def new_fleet(given: dict[str, t.Any], resolve: Resolve) -> NewFleet:
    """Return the fleet that is asked for. ``given``: the variables of the run, of which no template is rendered."""
    name = _name(given.get("fleet"))
    folder = _folder(given.get("folder", name))
    there = (folder / INVENTORY).exists()
    hosts = () if there and "hosts" not in given else hosts_of(given.get("hosts"), name, resolve)
    return NewFleet(name, folder, hosts)


def hosts_of(text: t.Any, fleet: str, resolve: Resolve) -> tuple[NewHost, ...]:
    """Return the hosts of a list such as ``root@10.0.0.1,admin@web.example.com:2222,root@[2001:db8::1]``."""
    if not isinstance(text, str) or not text.strip(", "):
        raise Failure(f"hosts: say which hosts the fleet has, such as {EXAMPLE}")
    entries = [entry.strip() for entry in text.split(",")]
    hosts = tuple(_host(entry, f"{fleet}{number}", resolve) for number, entry in enumerate(entries, start=1))
    for number, host in enumerate(hosts):
        if (host.address, host.port) in [(other.address, other.port) for other in hosts[:number]]:
            raise Failure(f"hosts: {host.address} is there twice; name each host once")
    return hosts


def address_behind(name: str) -> str | None:
    """Return the address that the controller's resolver knows for a name."""
    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return None


def _name(name: t.Any) -> str:
    if name is None:
        raise Failure("fleet: say what the fleet is called, such as -e fleet=shop; its folder gets that name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Failure(
            f"fleet: {name!r} cannot be its name; take up to 40 lower-case letters, digits and hyphens, a letter first"
        )
    return name


def _folder(given: t.Any) -> Path:
    """Return the folder, which is new, empty, or one that was made here before."""
    if not isinstance(given, str) or not given or not given.isprintable() or "{{" in given or "{%" in given:
        raise Failure(f"folder: {given!r} is not the path of a folder; write one such as ../shop")
    folder = Path(given).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise Failure(f"folder: {folder} is a file; name another folder by -e folder=PATH")
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if there and MARKER not in there:
        listed = ", ".join(there[:5]) + (" ..." if len(there) > 5 else "")
        raise Failure(
            f"folder: {folder} is not empty ({listed}) and was not made by init, so nothing is written there; name"
            " another one by -e folder=PATH"
        )
    return folder


def _host(entry: str, name: str, resolve: Resolve) -> NewHost:
    shape = SHAPE.fullmatch(entry)
    if not shape:
        hint = "; an IPv6 address stands in brackets: root@[2001:db8::1]" if entry.count(":") > 1 else ""
        raise Failure(f"hosts: {entry!r} is not a host; write user@address or user@address:port{hint}")
    user, port = shape["user"], shape["port"]
    if user is not None and not USER.fullmatch(user):
        raise Failure(f"hosts: {entry!r} has the user {user!r}, which is not the name of one")
    if port is not None and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise Failure(f"hosts: {entry!r} has the port {port!r}; a port is a number from 1 to 65535")
    number = None if port is None else int(port)
    if shape["bracketed"] is not None:
        return NewHost(name, _ip(entry, shape["bracketed"], 6), user, number)
    address = shape["plain"]
    if re.fullmatch(r"[0-9.]+", address):
        return NewHost(name, _ip(entry, address, 4), user, number)
    if not all(LABEL.fullmatch(label) for label in address.split(".")):
        raise Failure(f"hosts: {entry!r} has neither an address nor a host's name; write user@address")
    if address == "localhost":
        raise Failure("hosts: localhost is what Ansible calls the controller; write an address of that host")
    found = resolve(address)
    if found is None:
        raise Failure(
            f"hosts: {address} leads to no address from here, and Consul needs one; correct the name, or write the"
            " address itself"
        )
    return NewHost(address, address, user, number, consul_address=found)


def _ip(entry: str, address: str, version: int) -> str:
    try:
        return str({4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}[version](address))
    except ValueError as error:
        raise Failure(f"hosts: {entry!r} has the address {address!r}, which is not one of IPv{version}") from error
