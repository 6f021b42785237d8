# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host and its Consul, as far as its departure, a patch day and a drain need them."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import ALIVE, LEFT
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import NoAgent
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import By, Fleet
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import found_container, instance_spec, observed
from tests.unit.consul_model import ConsulModel, Params

BY = By("anna", "desk")
FLEET = Fleet("longshore", {})
NOTE = json.dumps({"release": "r-1", "action": "none", "when": "then"}).encode()


class Consul(ConsulModel):
    """Consul's KV, and the catalog's nodes."""

    def __init__(self, *services: str) -> None:
        super().__init__(dict.fromkeys((f"longshore/services/{s}/nodes/node1/{s}" for s in services), NOTE))
        for service in services:
            self.set(f"longshore/services/{service}/current", b"r-1")
            self.set(f"longshore/services/{service}/nodes/node2/{service}", NOTE)
        self.passing = {service: ["node1", "node2"] for service in services}
        self.nodes = {"node1", "node2"}
        self.catalog = {"node2": list(services)}

    def get(self, path: str, params: Params = ()) -> t.Any:
        if path == "catalog/nodes":
            return [{"Node": node} for node in sorted(self.nodes)]
        if path == "catalog/node/node1":
            return {"Node": {}, "Services": {}} | ({"Node": {"Node": "node1"}} if "node1" in self.nodes else {})
        return super().get(path, params)

    def noted(self, node: str = "node1") -> list[str]:
        return [key for key in self.values("longshore/services/") if f"/nodes/{node}/" in key]

    def holders(self) -> list[str]:
        return [key for key, entry in self.entries.items() if entry.get("Session")]


class World:
    """One host: its agent, its engine, and in ``steps`` what was done to them."""

    def __init__(self, *services: str) -> None:
        self.consul = Consul(*services)
        self.steps: list[str] = []
        self.running = dict.fromkeys(services, "running")
        self.held: dict[str, str] = {}
        self.up = True
        self.status = ALIVE
        self.fails_at = ""

    def step(self, what: str) -> None:
        if what == self.fails_at:
            raise Failure(f"killed at {what}")
        self.steps.append(what)

    @property
    def host(self) -> Host:
        return Host(t.cast(t.Any, self), t.cast(t.Any, self))

    # The engine
    def containers(self) -> list[dict[str, t.Any]]:
        return [{"Labels": {"longshore.instance": name, "longshore.service": name}} for name in self.running]

    # The agent
    def node(self) -> str:
        if not self.up:
            raise NoAgent("The Consul agent cannot be reached.")
        return "node1"

    def services(self) -> dict[str, dict[str, t.Any]]:
        bodies = {name: registrations([{"port": 80}], name)[0].to_api("passing") for name in self.running}
        return {name: {**body, "Service": name} for name, body in bodies.items()}

    def checks(self) -> dict[str, dict[str, t.Any]]:
        return {
            name: {
                "CheckID": name,
                "ServiceID": name.partition(":")[2],
                "Status": "critical",
                "Notes": reason,
            }
            for name, reason in self.held.items()
        }

    def members(self) -> dict[str, dict[str, t.Any]]:
        return {"node1": {"Status": self.status, "Tags": {}}}

    def maintain(self, identity: str, reason: str) -> None:
        self.step(f"maintain {identity}")
        self.held[f"_service_maintenance:{identity}"] = reason

    def end_maintenance(self, identity: str) -> None:
        self.step(f"end {identity}")
        del self.held[f"_service_maintenance:{identity}"]

    def maintain_node(self, reason: str) -> None:
        self.step("maintain node")
        self.held["_node_maintenance"] = reason

    def end_node_maintenance(self) -> None:
        self.step("end node")
        self.held.pop("_node_maintenance", None)

    def wait_passing(self, *_arguments: t.Any) -> bool:
        return True

    def leave(self) -> None:
        self.step("leave")
        self.up, self.status = False, LEFT
        self.consul.nodes.discard("node1")

    def force_leave(self, node: str) -> None:
        self.step(f"force-leave {node}")
        self.status = LEFT
        self.consul.nodes.discard(node)

    def survey(self, instance: str, noted_drain: str = "") -> ObservedInstance:
        """Return what is there of an instance; ``noted_drain``: as the host has noted it."""
        container = found_container(instance_spec(name=instance, registrations=[{"port": 80}]))
        found = FoundRegistration.from_api(self.services()[instance], self.checks())
        return observed(container, found, noted_drain=noted_drain)
