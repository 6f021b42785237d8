# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launch asks of the local Consul agent: services, checks, maintenance, and what the catalog then says."""

from __future__ import annotations

import contextlib
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import ANY_NODE, service_read
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

# Seconds that one blocking query may hold.
WAIT = 5.0

UNKNOWN = re.compile(r"Unknown (?:service|check)\b")


class Agent:
    """The agent that owns this host's registrations; anti-entropy would undo writes to the catalog itself."""

    def __init__(self, consul: Consul) -> None:
        self.consul = consul

    def node(self) -> str:
        """Return the agent's own node name."""
        return str(self.consul.get("agent/self")["Config"]["NodeName"])

    def version(self) -> tuple[int, ...]:
        """Return the agent's own version, such as (1, 8, 7)."""
        version = str(self.consul.get("agent/self")["Config"]["Version"])
        return tuple(int(number) for number in re.findall(r"\d+", version)[:3])

    def takes_commands(self) -> bool:
        """Return whether checks that run a command may be registered."""
        return bool(self.consul.get("agent/self")["DebugConfig"]["EnableRemoteScriptChecks"])

    def services(self) -> dict[str, dict[str, t.Any]]:
        """Return service ID -> the service as the agent has it."""
        return dict(self.consul.get("agent/services") or {})

    def checks(self) -> dict[str, dict[str, t.Any]]:
        """Return CheckID -> check; definitions come back empty, Consul does not tell them."""
        return dict(self.consul.get("agent/checks") or {})

    def refuse_hidden(self, names: t.Collection[str]) -> None:
        """Refuse to take services for not registered here that the token may not see."""
        what = f"registration of {' or '.join(names)} on this host"
        self.consul.refuse_hidden(what, *map(service_read, names))

    def register(self, body: dict[str, t.Any]) -> None:
        """Register service and checks in one call, without replace-existing-checks, which would end a maintenance."""
        self.consul.put("agent/service/register", body)

    def deregister(self, identity: str) -> None:
        """Remove a service and its checks; unknown is done already."""
        with _unknown_is_done():
            self.consul.put(f"agent/service/deregister/{identity}")

    def deregister_check(self, identity: str) -> None:
        """Remove one check; unknown is done already."""
        with _unknown_is_done():
            self.consul.put(f"agent/check/deregister/{identity}")

    def maintain(self, identity: str, reason: str) -> None:
        """Take a service out of traffic: out of DNS and of the passing list, still in the catalog."""
        self.consul.put(f"agent/service/maintenance/{identity}", params=(("enable", "true"), ("reason", reason)))

    def end_maintenance(self, identity: str) -> None:
        """Put a service back into traffic."""
        self.consul.put(f"agent/service/maintenance/{identity}", params=(("enable", "false"),))

    def wait_passing(self, name: str, identity: str, node: str, passing: bool, deadline: Deadline) -> bool:
        """Wait until the catalog lists the instance as passing (or no longer does); False when the time is up.

        The agent's own state reaches the catalog a moment later, and clients ask the catalog.
        """
        index = 0
        while True:
            wait = min(WAIT, deadline.left)
            index, entries = self.consul.watch(f"health/service/{name}", index, wait, (("passing", "1"),))
            if not entries:
                self.consul.refuse_hidden(f"instance of {name} that passes", service_read(name), ANY_NODE)
            listed = any(e["Service"]["ID"] == identity and e["Node"]["Node"] == node for e in entries or ())
            if listed == passing:
                return True
            if not deadline.left:
                return False


@contextlib.contextmanager
def _unknown_is_done() -> t.Iterator[None]:
    """Pass over what the agent does not know: 200 in old agents, 404 in newer ones, and 500 in old ones with ACLs."""
    try:
        yield
    except Failure as failure:
        if not UNKNOWN.search(str(failure)):
            raise
