# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and tokens of Consul's ACLs as they are wanted, compared with what Consul has."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Data = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Policy:
    """Rules under a name."""

    name: str
    description: str
    rules: str

    @classmethod
    def from_options(cls, options: Data) -> Policy:
        """Return an entry of the module's ``policies``."""
        return cls(options["name"], options["description"], options["rules"].strip())

    @classmethod
    def from_api(cls, found: Data) -> Policy:
        """Return what ``GET /v1/acl/policy/ID`` says."""
        return cls(found["Name"], found.get("Description", ""), found.get("Rules", "").strip())

    def to_api(self) -> dict[str, t.Any]:
        """Return the body of a PUT."""
        return {"Name": self.name, "Description": self.description, "Rules": self.rules}


@dataclass(frozen=True)
class Token:
    """A token, known by its accessor; its secret is made by Consul. ``nodes``: pairs of a node and its datacenter."""

    accessor: str
    description: str
    policies: frozenset[str]
    nodes: frozenset[tuple[str, str]]

    @classmethod
    def from_options(cls, options: Data) -> Token:
        """Return an entry of the module's ``tokens``."""
        nodes = frozenset((node["name"], node["datacenter"]) for node in options["nodes"])
        return cls(options["accessor"].lower(), options["description"], frozenset(options["policies"]), nodes)

    @classmethod
    def from_api(cls, found: Data) -> Token:
        """Return an entry of ``GET /v1/acl/tokens``."""
        policies = frozenset(policy["Name"] for policy in found.get("Policies") or ())
        nodes = frozenset((node["NodeName"], node["Datacenter"]) for node in found.get("NodeIdentities") or ())
        return cls(found["AccessorID"], found.get("Description", ""), policies, nodes)

    def to_api(self) -> dict[str, t.Any]:
        """Return the body of a PUT."""
        return {
            "AccessorID": self.accessor,
            "Description": self.description,
            "Policies": [{"Name": name} for name in sorted(self.policies)],
            "NodeIdentities": [{"NodeName": name, "Datacenter": place} for name, place in sorted(self.nodes)],
        }
