# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check of a registration, by Consul's own names in snake_case."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils.durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.naming import refuse_unknown

# Option -> (Consul's key, type). Source: Consul's documentation of "Register Check" of the agent's API.
FIELDS: dict[str, tuple[str, type]] = {
    "name": ("Name", str),
    "notes": ("Notes", str),
    "http": ("HTTP", str),
    "method": ("Method", str),
    "header": ("Header", dict),
    "body": ("Body", str),
    "tls_server_name": ("TLSServerName", str),
    "tls_skip_verify": ("TLSSkipVerify", bool),
    "tcp": ("TCP", str),
    "args": ("Args", list),
    "docker_container_id": ("DockerContainerID", str),
    "shell": ("Shell", str),
    "grpc": ("GRPC", str),
    "grpc_use_tls": ("GRPCUseTLS", bool),
    "alias_node": ("AliasNode", str),
    "alias_service": ("AliasService", str),
    "ttl": ("TTL", str),
    "interval": ("Interval", str),
    "timeout": ("Timeout", str),
    "success_before_passing": ("SuccessBeforePassing", int),
    "failures_before_critical": ("FailuresBeforeCritical", int),
    "deregister_critical_service_after": ("DeregisterCriticalServiceAfter", str),
}
KINDS = ("http", "tcp", "args", "grpc", "alias_service", "alias_node", "ttl")
WITHOUT_INTERVAL = ("alias_service", "alias_node", "ttl")
DURATIONS = ("ttl", "interval", "timeout", "deregister_critical_service_after")
WORDS = {str: "text", dict: "a mapping", list: "a list of texts", bool: "true or false", int: "a number"}


@dataclass(frozen=True)
class Check:
    """One check; ``options`` are the user's, checked.

    ``id`` ends in a digest of the definition: an agent keeps the status of a check that is registered again with the
    same ID, even when it now asks something else.
    """

    id: str
    options: dict[str, t.Any]

    @classmethod
    def from_options(cls, options: t.Any, prefix: str, where: str) -> Check:
        """From an entry of ``checks``; ``prefix`` begins its ID, ``where`` names it in errors."""
        if not isinstance(options, dict):
            raise Failure(f"{where}: expected a mapping such as {{http: ..., interval: 10s}}, got {options!r}")
        refuse_unknown(options, tuple(FIELDS), where)
        _refuse_mixture(options, where)
        for name, value in options.items():
            if name in DURATIONS:
                _check_duration(value, f"{where}.{name}")
            else:
                _check_type(value, FIELDS[name][1], f"{where}.{name}")
        _check_target(options, where)
        digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:8]
        return cls(f"{prefix}-{digest}", options)

    @property
    def can_be_probed(self) -> bool:
        """Whether the gate can run it itself; of other kinds the agent's own result counts."""
        return "tcp" in self.options or ("http" in self.options and "tls_server_name" not in self.options)

    @property
    def timeout(self) -> float:
        """Seconds that one probe may take; Consul's own default is 10."""
        return seconds(self.options.get("timeout", "10s"), "timeout")

    def to_api(self) -> dict[str, t.Any]:
        """Consul's definition, with our CheckID: Consul's automatic ones leave orphans when their number changes."""
        body = {FIELDS[name][0]: value for name, value in self.options.items()}
        return {"CheckID": self.id, "Name": body.pop("Name", self.id), **body}


# What follows is refused by Consul too, but only when the old container has stopped.


def _refuse_mixture(options: dict[str, t.Any], where: str) -> None:
    """Each entry is one check: of one kind, and with an interval where Consul runs it."""
    kinds = [kind for kind in KINDS if kind in options]
    if not kinds:
        raise Failure(f"{where}: says not what to check; give one of {', '.join(KINDS)}")
    if len(kinds) > 1 and kinds != ["alias_service", "alias_node"]:
        raise Failure(f"{where}: {' and '.join(kinds)} are two checks; give each an entry of its own")
    if kinds[0] not in WITHOUT_INTERVAL and "interval" not in options:
        raise Failure(f"{where}.interval: missing; say how often to check, for example 10s")
    if kinds == ["ttl"] and "interval" in options:
        raise Failure(f"{where}.interval: a ttl has none; remove it")


def _check_duration(value: t.Any, where: str) -> None:
    """Consul wants a unit, and more than nothing."""
    if not re.fullmatch(r"([\d.]+(ms|s|m|h))+", str(value)) or not seconds(value, where):
        raise Failure(f"{where}: {value!r} is no duration of Consul's; write it like 10s")


def _check_type(value: t.Any, kind: type, where: str) -> None:
    wrong = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
    if wrong or (kind is list and not all(isinstance(element, str) for element in value)):
        raise Failure(f"{where}: expected {WORDS[kind]}, got {value!r}")
    if kind is dict:  # a header has a list of values
        for name, values in value.items():
            _check_type(values, list, f"{where}.{name}")


def _check_target(options: dict[str, t.Any], where: str) -> None:
    """What the gate's own probe connects to."""
    if "http" in options and not options["http"].startswith(("http://", "https://")):
        raise Failure(f"{where}.http: {options['http']!r} is no URL; write it like http://127.0.0.1:8080/health")
    if "tcp" in options:
        _host, colon, port = options["tcp"].rpartition(":")
        if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
            raise Failure(f"{where}.tcp: {options['tcp']!r} names no port; write it like 127.0.0.1:8080")
