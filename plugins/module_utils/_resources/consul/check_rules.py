# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Consul would refuse of a check, but only when the old container has stopped; or would silently ignore."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_unknown
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    HEADER_NAME,
    METHOD,
    is_host,
    is_url,
)

# Each check has one of these, and it tells the check's kind.
KINDS = ("http", "tcp", "udp", "grpc", "h2ping", "args", "os_service", "alias_service", "alias_node", "ttl")
ALIASES = ("alias_service", "alias_node")
# Kinds that Consul does not run itself.
WITHOUT_INTERVAL = (*ALIASES, "ttl")
RUN_BY_CONSUL = tuple(kind for kind in KINDS if kind not in WITHOUT_INTERVAL)
# Option -> the kinds of check it belongs to; options not named here belong to all.
BELONGS_TO = {
    "method": ("http",),
    "header": ("http",),
    "body": ("http",),
    "disable_redirects": ("http",),
    "tcp_use_tls": ("tcp",),
    "grpc_use_tls": ("grpc",),
    "h2ping_use_tls": ("h2ping",),
    "tls_server_name": ("http", "tcp", "grpc", "h2ping"),
    "tls_skip_verify": ("http", "tcp", "grpc", "h2ping"),
    "docker_container_id": ("args",),
    "interval": RUN_BY_CONSUL,
    "timeout": RUN_BY_CONSUL,
    "success_before_passing": RUN_BY_CONSUL,
    "failures_before_warning": RUN_BY_CONSUL,
    "failures_before_critical": RUN_BY_CONSUL,
    "output_max_size": ("http", "args", "ttl"),
}
DURATIONS = ("ttl", "interval", "timeout", "deregister_critical_service_after")
STATUSES = ("passing", "warning", "critical")
# Seconds below which Consul silently takes its own minimum.
LEAST = {"interval": 1.0, "deregister_critical_service_after": 60.0}
WORDS = {str: "text", dict: "a mapping", list: "a list of texts", bool: "true or false", int: "a number"}

Options = dict[str, t.Any]


def refuse_wrong(options: t.Any, known: dict[str, type], where: str) -> None:
    """Raise ``Failure`` for the first thing that is wrong; ``known``: option -> type."""
    if not isinstance(options, dict):
        raise Failure(f"{where}: expected a mapping such as {{http: ..., interval: 10s}}, got {options!r}")
    if "shell" in options:
        raise Failure(f"{where}.shell: Consul ignores it beside args; write args: [sh, -c, ...] instead")
    refuse_unknown(options, tuple(known), where)
    _refuse_mixture(options, where)
    for name, value in options.items():
        if name in DURATIONS:
            _refuse_duration(name, value, f"{where}.{name}")
        else:
            _refuse_type(value, known[name], f"{where}.{name}")
    _refuse_target(options, where)
    _refuse_thresholds(options, where)


def _refuse_mixture(options: Options, where: str) -> None:
    """Refuse an entry that is not one check of one kind, or has no interval where Consul runs it."""
    kinds = [kind for kind in KINDS if kind in options]
    if not kinds:
        raise Failure(f"{where}: does not say what to check; set one of {', '.join(KINDS)}")
    kind = kinds[0]
    if len(kinds) > 1 and kinds != list(ALIASES):
        raise Failure(f"{where}: {' and '.join(kinds)} are two checks; give each an entry of its own")
    if kind in RUN_BY_CONSUL and "interval" not in options:
        raise Failure(f"{where}.interval: missing; say how often to check, for example 10s")
    for name in options:
        if kind not in BELONGS_TO.get(name, KINDS):
            raise Failure(f"{where}.{name}: is not valid in a check by {kind}; remove it")
    for name in ("tls_server_name", "tls_skip_verify"):
        if kind == "tcp" and name in options and not options.get("tcp_use_tls"):
            raise Failure(f"{where}.{name}: a check by tcp has no TLS; add tcp_use_tls: true, or remove it")
    if "docker_container_id" in options and "timeout" in options:
        raise Failure(
            f"{where}.timeout: Consul never ends a command in a container;"
            ' remove it, and let the command end itself: args: [timeout, "5", ...]'
        )


def _refuse_duration(name: str, value: t.Any, where: str) -> None:
    """Refuse a duration without a unit, or of nothing, as Consul does."""
    if not re.fullmatch(r"([\d.]+(ms|s|m|h))+", str(value)) or not seconds(value, where):
        raise Failure(f"{where}: {value!r} is not a valid duration for Consul; write it like 10s")
    least = LEAST.get(name, 0.0)
    if seconds(value, where) < least:
        raise Failure(f"{where}: {value!r} is less than Consul takes; write {least:g}s or more")


def _refuse_type(value: t.Any, kind: type, where: str) -> None:
    wrong = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
    if wrong or (kind is list and not all(isinstance(element, str) for element in value)):
        raise Failure(f"{where}: expected {WORDS[kind]}, got {value!r}")
    if kind is int and value < 0:
        raise Failure(f"{where}: {value!r} is less than 0; write 0 or more")
    if kind is list and not value:
        raise Failure(f"{where}: is empty; write a command and its arguments, such as [/bin/true]")
    if kind is dict:  # a header has a list of values
        for name, values in value.items():
            HEADER_NAME.refuse(name, where)
            _refuse_type(values, list, f"{where}.{name}")
            if any({"\r", "\n"} & set(line) for line in values):
                raise Failure(f"{where}.{name}: {values!r} has more than one line; write one")


def _refuse_target(options: Options, where: str) -> None:
    """Refuse a target that neither the gate's own probe nor Consul could connect to."""
    if "http" in options and not is_url(options["http"]):
        raise Failure(
            f"{where}.http: {options['http']!r} is not a valid URL; write it like http://127.0.0.1:8080/health"
        )
    if "method" in options:
        METHOD.refuse(options["method"], f"{where}.method")
    for name in ALIASES:
        if options.get(name) == "":
            raise Failure(f"{where}.{name}: is empty; name one, or remove it")
    for kind in ("tcp", "udp", "grpc", "h2ping"):
        target = options.get(kind)
        # The service that is asked for by gRPC follows a slash.
        address = target.partition("/")[0] if target and kind == "grpc" else target
        if address is not None and not _has_port(address):
            raise Failure(f"{where}.{kind}: {target!r} names no port; write it like 127.0.0.1:8080")


def _has_port(address: str) -> bool:
    host, colon, port = address.rpartition(":")
    named = not host or is_host(host.removeprefix("[").removesuffix("]"))  # without a host it is this one
    return bool(colon) and named and port.isdecimal() and 0 < int(port) < 65536


def _refuse_thresholds(options: Options, where: str) -> None:
    status = options.get("status", "critical")
    if status not in STATUSES:
        raise Failure(f"{where}.status: {status!r} is not known; write {', '.join(STATUSES[:-1])} or {STATUSES[-1]}")
    warning, critical = options.get("failures_before_warning", 0), options.get("failures_before_critical", 0)
    if warning > critical:
        raise Failure(
            f"{where}.failures_before_warning: {warning} is more than failures_before_critical ({critical});"
            " write a smaller number, or raise failures_before_critical"
        )
