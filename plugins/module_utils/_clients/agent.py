# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the local Consul agent: services, checks, maintenance, members, and what the catalog then says."""

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
# How Serf counts the states of its members.
ALIVE, LEAVING, LEFT, FAILED = 1, 2, 3, 4
# The CheckID of a maintenance of the whole node.
NODE_MAINTENANCE = "_node_maintenance"

UNKNOWN = re.compile(r"Unknown (?:service|check)\b")
HAS_NO_TTL = re.compile(r"does not have associated TTL")


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
        """Remove a service and its checks; unknown is done already.

        Of what they do not know old agents say 200, newer ones 404, and old ones with ACLs 500.
        """
        with _passed_over(UNKNOWN):
            self.consul.put(f"agent/service/deregister/{identity}")

    def deregister_check(self, identity: str) -> None:
        """Remove one check; unknown is done already."""
        with _passed_over(UNKNOWN):
            self.consul.put(f"agent/check/deregister/{identity}")

    def ask_to_write(self, identity: str, check: str | None) -> None:
        """Ask for a change of the service that changes nothing; ``Denied`` where the token may not register it.

        ``check``: a CheckID of the service without a TTL, which the agent refuses to pass once it has looked at the
        token; without one the end of a maintenance is asked for, which the service must then not be in.
        """
        if check is None:
            self.end_maintenance(identity)
        else:
            with _passed_over(HAS_NO_TTL):
                self.consul.put(f"agent/check/pass/{check}")

    def maintain(self, identity: str, reason: str) -> None:
        """Take a service out of traffic: out of DNS and of the passing list, still in the catalog."""
        self.consul.put(f"agent/service/maintenance/{identity}", params=(("enable", "true"), ("reason", reason)))

    def end_maintenance(self, identity: str) -> None:
        """Put a service back into traffic."""
        self.consul.put(f"agent/service/maintenance/{identity}", params=(("enable", "false"),))

    def maintain_node(self, reason: str) -> None:
        """Take all services of this node out of traffic; the agent remembers it when it starts again."""
        self.consul.put("agent/maintenance", params=(("enable", "true"), ("reason", reason)))

    def end_node_maintenance(self) -> None:
        """Put the services of this node back into traffic, unless they are in a maintenance of their own."""
        self.consul.put("agent/maintenance", params=(("enable", "false"),))

    def members(self) -> dict[str, dict[str, t.Any]]:
        """Return node -> member of the agent's datacenter, those that have failed or left among them."""
        datacenter = self.consul.get("agent/self")["Config"]["Datacenter"]
        members = self.consul.get("agent/members") or ()
        return {member["Name"]: member for member in members if (member.get("Tags") or {}).get("dc") == datacenter}

    def leave(self) -> None:
        """Leave the cluster and end the agent, which may be gone before it has answered."""
        self.consul.put("agent/leave")

    def force_leave(self, node: str) -> None:
        """Tell the cluster that a failed node has left for good."""
        self.consul.put(f"agent/force-leave/{node}")

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
def _passed_over(said: re.Pattern[str]) -> t.Iterator[None]:
    """Pass over a refusal of the agent that says this."""
    try:
        yield
    except Failure as failure:
        if not said.search(str(failure)):
            raise
