# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service is reached through the gateway: the key ``service_gateway``, checked, with its defaults."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._durations import some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import NAME
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_doubles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    Kind,
    choice,
    is_address,
    is_host,
    list_of,
    mapping_with,
    number,
    text,
)

KEY = "service_gateway"
ONE, TCP, NO_CHECK = "one", "tcp", "none"
# Of server-template: how many instances there can be before the gateway needs a reload.
SLOTS = 20
# Short, as what one instance does not take goes to another one; longer than the first repeat of a lost packet, 1s.
CONNECT, QUEUE = "2s", "10s"
# What neither side sends anything for ends after it. Connections of a database are kept for long.
IDLE = {"http": "1m", "tcp": "1h"}
PATH = r"/[A-Za-z0-9._~%/-]*"
# What HAProxy takes for a timeout; 0 would be endless.
SHORTEST, LONGEST = 0.001, 24 * 86400


def _is_name(value: t.Any) -> bool:
    return is_host(value) and not is_address(value) and "_" not in value


PORT = number("a port", "3306", 1, 65535)
KINDS: dict[str, Kind] = {
    "http": mapping_with(
        {
            "names": list_of(
                Kind("a host's name", "app.example.com", _is_name), "a list of names", "[app.example.com]"
            ),
            "path": text("a path", "/api", PATH),
        },
        "a mapping",
        "{names: [app.example.com]}",
        "names",
    ),
    "tcp": mapping_with({"listen": PORT, "write": choice(ONE)}, "a mapping", "{listen: 3306, write: one}", "listen"),
    "registration": Kind("a name in Consul", "web", lambda v: isinstance(v, str) and bool(NAME.fullmatch(v))),
    "slots": number("a number of instances", "20", 1, 1000),
    "maxconn": number("a number of connections", "100", 1, 10**6),
    "check": text("tcp, none or a path", "/up", f"{TCP}|{NO_CHECK}|{PATH}"),
    "timeouts": mapping_with(
        {name: Kind("a duration", "30s", lambda _v: True) for name in ("connect", "client", "server", "queue")},
        "a mapping",
        "{server: 30s}",
    ),
}


@dataclass(frozen=True)
class Gateway:
    """One service behind the gateway. ``names`` and ``path``: of HTTP; ``listen``: the gateway's port for TCP.

    ``write_one``: whether one instance alone gets connections.
    ``registration``: the name in Consul, where it is given; ``slots``: room for instances; ``maxconn``: connections to
    each, None for any number; ``check``: what the gateway itself asks. ``timeouts``: in milliseconds.
    """

    timeouts: tuple[tuple[str, int], ...]
    names: tuple[str, ...] = ()
    path: str = "/"
    listen: int | None = None
    write_one: bool = False
    registration: str | None = None
    slots: int = SLOTS
    maxconn: int | None = None
    check: str = TCP

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Gateway | None:
        """Return what a service file says, rendered; None where it says nothing."""
        if not options:
            return None
        options = _with_list(options)
        mapping_with(KINDS, "a mapping", "{http: {names: [app.example.com]}}").refuse(options, KEY)
        _refuse_contradictions(options)
        http, tcp = options.get("http") or {}, options.get("tcp") or {}
        names = tuple(name.lower() for name in http.get("names", ()))
        refuse_doubles(names, f"{KEY}.http.names")
        return cls(
            timeouts=_timeouts(options.get("timeouts") or {}, "http" if http else "tcp"),
            names=names,
            path=http.get("path", "/").rstrip("/") or "/",
            listen=tcp.get("listen"),
            write_one=tcp.get("write") == ONE,
            registration=options.get("registration"),
            slots=options.get("slots", SLOTS),
            maxconn=options.get("maxconn"),
            check=options.get("check", NO_CHECK if tcp.get("write") == ONE else TCP),
        )


def _with_list(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the options with a list of names, as Ansible makes one of a single text."""
    http = options.get("http")
    if isinstance(http, dict) and isinstance(http.get("names"), str):
        return {**options, "http": {**http, "names": [http["names"]]}}
    return options


def _refuse_contradictions(options: dict[str, t.Any]) -> None:
    if ("http" in options) == ("tcp" in options):
        raise Failure(
            f"{KEY}: needs one of http and tcp; write {{http: {{names: [app.example.com]}}}} for what speaks HTTP, or"
            " {tcp: {listen: 3306}} for anything else"
        )
    if "http" in options and not options["http"]["names"]:
        raise Failure(f"{KEY}.http.names: is empty; name the hosts that clients ask for, such as app.example.com")
    tcp = options.get("tcp") or {}
    if "http" in options and "client" in (options.get("timeouts") or {}):
        raise Failure(f"{KEY}.timeouts.client: is for tcp, as all services share the gateway's port of HTTP; remove it")
    for key in ("check", "slots") if "write" in tcp else ():
        if key in options:
            raise Failure(
                f"{KEY}.{key}: does not go with write: one, where Consul's checks alone tell who may be written to,"
                " so that all gateways agree; remove it"
            )


def _timeouts(given: dict[str, t.Any], mode: str) -> tuple[tuple[str, int], ...]:
    """Return the four of them in milliseconds."""
    usual = {"connect": CONNECT, "queue": QUEUE, "client": IDLE[mode], "server": IDLE[mode]}
    return tuple((name, _milliseconds(given.get(name, value), name)) for name, value in usual.items())


def _milliseconds(duration: str | int | float, name: str) -> int:
    where = f"{KEY}.timeouts.{name}"
    found = some_seconds(duration, where)
    if not SHORTEST <= found <= LONGEST:
        raise Failure(f"{where}: {duration!r} is not between 1ms and 576h, as HAProxy needs it; write it like 30s")
    return int(found * 1000)
