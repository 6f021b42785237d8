# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found on a host of one instance. Pure: the story reads it, ``decision`` says what is to be done about it."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Loaded
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import FoundRegistration
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer

# The reason that our own maintenance shows; somebody else's stays.
MAINTENANCE = "longshore: replacing the container"
# How the reason begins of a maintenance that drain.yml has set; only undrain.yml ends it.
DRAINED = "longshore: drained: "


@dataclass(frozen=True)
class ObservedInstance:
    """One instance on one host: its containers, and its registrations by ID.

    ``previous`` and ``next`` are what a launch that was killed leaves behind.
    """

    current: FoundContainer | None
    previous: FoundContainer | None
    next: FoundContainer | None
    registrations: dict[str, FoundRegistration]
    lost_secrets: tuple[str, ...] = ()  # files of its container that are not there, or not as they were written
    wanted_secrets: dict[str, str] = field(default_factory=dict)  # name -> digest of what its next container would get
    secrets_sealed: bool = False  # those of its container are on the host's disk too, encrypted
    secrets_left_behind: bool = False  # files of no container, of a launch that was killed
    loaded: Loaded | None = None  # the code that a container was last proved to have loaded, by its ID
    current_code: str = ""  # the folder of code that a container would load now
    code_owner: tuple[int, int] | None = None  # owner and group of that folder
    files: dict[str, str] = field(default_factory=dict)  # path -> digest
    passing: bool = False  # it runs, and all its checks and those of its node pass, as far as its agent knows
    owes_after: bool = False  # it was taken out under its gate's conditions, and those of after were not met since
    node_maintenance: str | None = None  # the reason; no instance of the node is in traffic then
    sidecars: dict[str, ObservedInstance] = field(default_factory=dict)  # by name; they have no registrations
    noted_drain: str = ""  # the reason as the host has noted it, should Consul's agent lose the maintenance

    @property
    def leftovers(self) -> tuple[FoundContainer, ...]:
        """Containers of a launch that did not end."""
        return tuple(container for container in (self.previous, self.next) if container)

    @property
    def drained(self) -> str:
        """The reason of the drain, with who has drained it and when; empty where the instance is not drained."""
        reasons = [r.maintenance for r in self.registrations.values() if r.maintenance]
        return self.noted_drain or next((why for why in reasons if why.startswith(DRAINED)), "")

    @property
    def held(self) -> dict[str, str]:
        """Registrations that are in maintenance and stay there: ID -> reason. Of a drained instance that is any."""
        reasons = {r.id: r.maintenance for r in self.registrations.values()}
        return {i: why for i, why in reasons.items() if why is not None and (why != MAINTENANCE or self.drained)}

    @property
    def visible_ports(self) -> frozenset[int]:
        """The registered ports whose connections the host can see: only those of a container on its own network."""
        seen = self.current is not None and self.current.on_host_network
        return frozenset(r.port for r in self.registrations.values() if r.port and seen)

    def can_pass(self, identity: str) -> bool:
        """Return whether nobody keeps the registration out of traffic."""
        return self.node_maintenance is None and not self.drained and identity not in self.held

    @property
    def warnings(self) -> list[str]:
        """What a launch leaves alone and its user should know."""
        warnings = [
            f"{i} is in maintenance, set by somebody else ({why}); it stays there"
            for i, why in self.held.items()
            if why != MAINTENANCE and not why.startswith(DRAINED)
        ]
        if self.drained:
            why = self.drained.removeprefix(DRAINED)
            warnings.append(f"the instance is drained ({why}) and stays out of traffic until undrain.yml ends that")
        if self.node_maintenance is not None:
            why = self.node_maintenance
            warnings.append(f"the whole node is in maintenance ({why}); its instances stay out of traffic")
        return warnings

    def to_result(self) -> dict[str, t.Any]:
        """Return it as a module does. No secret is in it: a container's labels have only digests, by the host's key."""
        return asdict(self)

    @classmethod
    def from_result(cls, result: dict[str, t.Any]) -> ObservedInstance:
        """Return the instance of a result of ``to_result``, after its way through JSON."""
        containers = {
            name: FoundContainer(**result[name]) if result[name] else None for name in ("current", "previous", "next")
        }
        registrations = {i: FoundRegistration.from_result(r) for i, r in result["registrations"].items()}
        loaded = Loaded(**result["loaded"]) if result["loaded"] else None
        owner = tuple(result["code_owner"]) if result["code_owner"] else None
        sidecars = {name: cls.from_result(found) for name, found in result["sidecars"].items()}
        fields = {**result, **containers, "registrations": registrations, "loaded": loaded, "sidecars": sidecars}
        return cls(**{**fields, "lost_secrets": tuple(result["lost_secrets"]), "code_owner": owner})
