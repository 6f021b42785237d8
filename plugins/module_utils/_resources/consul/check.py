# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check of a registration, by Consul's own names in snake_case."""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check_rules import refuse_wrong

# Option -> (Consul's key, type). Source: Consul's documentation of "Register Check" of the agent's API.
FIELDS: dict[str, tuple[str, type]] = {
    "name": ("Name", str),
    "notes": ("Notes", str),
    "status": ("Status", str),
    "http": ("HTTP", str),
    "method": ("Method", str),
    "header": ("Header", dict),
    "body": ("Body", str),
    "disable_redirects": ("DisableRedirects", bool),
    "tcp": ("TCP", str),
    "tcp_use_tls": ("TCPUseTLS", bool),
    "udp": ("UDP", str),
    "grpc": ("GRPC", str),
    "grpc_use_tls": ("GRPCUseTLS", bool),
    "h2ping": ("H2PING", str),
    "h2ping_use_tls": ("H2PingUseTLS", bool),
    "tls_server_name": ("TLSServerName", str),
    "tls_skip_verify": ("TLSSkipVerify", bool),
    "args": ("Args", list),
    "docker_container_id": ("DockerContainerID", str),
    "alias_node": ("AliasNode", str),
    "alias_service": ("AliasService", str),
    "os_service": ("OSService", str),
    "ttl": ("TTL", str),
    "interval": ("Interval", str),
    "timeout": ("Timeout", str),
    "success_before_passing": ("SuccessBeforePassing", int),
    "failures_before_warning": ("FailuresBeforeWarning", int),
    "failures_before_critical": ("FailuresBeforeCritical", int),
    "output_max_size": ("OutputMaxSize", int),
    "deregister_critical_service_after": ("DeregisterCriticalServiceAfter", str),
}
# The release of Consul that first has an option; all others are in 1.8. An older agent says nothing and ignores it.
SINCE = {
    "tls_server_name": (1, 10),
    "h2ping": (1, 10),
    "disable_redirects": (1, 11, 5),
    "failures_before_warning": (1, 11),
    "h2ping_use_tls": (1, 11),
    "udp": (1, 13),
    "os_service": (1, 14),
    "tcp_use_tls": (1, 16, 2),
}
# The value of docker_container_id that stands for the instance's own container.
SELF = "self"


@dataclass(frozen=True)
class Check:
    """One check; ``options`` are the user's, checked.

    ``id`` ends in a digest of the definition: an agent keeps the status of a check that is registered again with the
    same ID, even when it now asks something else.
    """

    id: str
    options: dict[str, t.Any]

    @classmethod
    def from_options(cls, options: t.Any, prefix: str, where: str, container: str = SELF) -> Check:
        """Return the check of an entry of ``checks``; ``prefix`` begins its ID, ``where`` names it in errors.

        ``container`` is the name of the instance's own, which stays while containers come and go.
        """
        refuse_wrong(options, {name: kind for name, (_key, kind) in FIELDS.items()}, where)
        if options.get("docker_container_id") == SELF:
            options = {**options, "docker_container_id": container}
        # The initial status matters once; another one is no other check.
        definition = {name: value for name, value in options.items() if name != "status"}
        digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:8]
        return cls(f"{prefix}-{digest}", options)

    @property
    def can_be_probed(self) -> bool:
        """Whether the gate can run it itself; of other kinds the agent's own result counts."""
        return self.connects or "docker_container_id" in self.options

    @property
    def connects(self) -> bool:
        """Tell whether nothing but a connection is needed to run it; TLS to a port is the agent's."""
        return "http" in self.options or ("tcp" in self.options and not self.options.get("tcp_use_tls"))

    @property
    def status(self) -> str:
        """The initial status; Consul's own default is critical too."""
        return str(self.options.get("status", "critical"))

    @property
    def timeout(self) -> float:
        """Seconds that one probe may take; Consul's own defaults."""
        return seconds(self.options.get("timeout", "30s" if "args" in self.options else "10s"), "timeout")

    @property
    def newer(self) -> dict[str, tuple[int, ...]]:
        """Its options that Consul 1.8 does not know: option -> the release that first has it."""
        return {name: SINCE[name] for name in self.options if name in SINCE}

    def to_api(self) -> dict[str, t.Any]:
        """Return Consul's definition, with our CheckID: automatic ones leave orphans when their number changes."""
        body = {FIELDS[name][0]: value for name, value in self.options.items() if name != "status"}
        return {"CheckID": self.id, "Name": body.pop("Name", self.id), **body}
