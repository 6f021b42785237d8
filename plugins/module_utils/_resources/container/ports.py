# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of its host that a container needs, each with its address and its protocol."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import Registration

Options = dict[str, t.Any]
# The options of a check that connects to something.
CONNECTING = ("http", "tcp", "udp", "grpc", "h2ping")
LOCALHOST = "127.0.0.1"


class Port(t.NamedTuple):
    """A port of the host; an empty address stands for all of them."""

    number: int
    address: str = ""
    protocol: str = "tcp"


def published(options: Options) -> list[Port]:
    """Return the ports of the host that ``ports`` asks for; those that the engine chooses are not known."""
    ports = options.get("ports")
    found: list[Port] = []
    for inner, outer in ports.items() if isinstance(ports, dict) else ():
        protocol = str(inner).partition("/")[2] or "tcp"
        found += [Port(number, address, protocol) for address, number in _bindings(outer)]
    return found


def _bindings(outer: t.Any) -> t.Iterator[tuple[str, int]]:
    """Yield (address, port) of a port as the SDK takes it: a number, an address with a number, or a list of them."""
    if isinstance(outer, (list, tuple)):
        is_pair = len(outer) == 2 and isinstance(outer[0], str) and not outer[0].isdecimal()
        if is_pair and str(outer[1]).isdecimal():
            yield outer[0], int(outer[1])
        else:
            for part in outer:
                yield from _bindings(part)
    elif str(outer).isdecimal():
        yield "", int(outer)


def registered(registrations: t.Iterable[Registration]) -> list[Port]:
    """Return the registered ports, for a container on the host's network, at the addresses that are known to be asked.

    Where it listens it tells nobody: known are the registered address and those of the checks, else it may be any.
    """
    found: list[Port] = []
    for registration in registrations:
        if registration.port is None:
            continue
        asked = [*_asked(registration)]
        protocol = "udp" if asked and all(kind == "udp" for kind, _address in asked) else "tcp"
        address = str(registration.body.get("Address") or "")
        addresses = {*([address] if address else []), *(host for _kind, host in asked)} or {""}
        found += [Port(registration.port, one, protocol) for one in sorted(addresses)]
    return found


def _asked(registration: Registration) -> t.Iterator[tuple[str, str]]:
    """Yield (kind, address) of each check that connects to the registered port."""
    for check in registration.checks:
        for kind in CONNECTING:
            target = str(check.options.get(kind) or "")
            parts = urlsplit(target if "://" in target else f"//{target}")
            if parts.hostname and _port_of(target, parts.netloc) == registration.port:
                yield kind, LOCALHOST if parts.hostname == "localhost" else parts.hostname


def _port_of(target: str, place: str) -> int:
    """Return the port that a check names, or that of its scheme."""
    port = place.rpartition(":")[2]
    return int(port) if port.isdecimal() else 443 if target.startswith("https:") else 80
