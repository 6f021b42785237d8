# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host as Consul's catalog knows it."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Node:
    """The local agent's own node."""

    name: str
    address: str
    datacenter: str
    meta: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_agent(cls, answer: dict[str, t.Any]) -> Node:
        """From the answer of ``GET /v1/agent/self``."""
        config = answer["Config"]
        return cls(config["NodeName"], answer["Member"]["Addr"], config["Datacenter"], dict(answer.get("Meta") or {}))

    def to_result(self) -> dict[str, t.Any]:
        """As templates see it."""
        return asdict(self)
