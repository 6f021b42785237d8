# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file of a service says of how its instances leave a host and come back."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate

# Of the module node: one entry for each service.
OPTIONS: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": "longshore"},
    "drain": {"type": "str", "default": "10s"},
    "min_healthy": {"type": "int", "default": 0},
    "lock_wait": {"type": "str", "default": "0s"},
    "gate": {
        "type": "dict",
        "default": {},
        "options": {
            "timeout": {"type": "str", "default": "5m"},
            "stable_for": {"type": "str", "default": "10s"},
        },
    },
    "problem": {"type": "str", "default": ""},
}


@dataclass(frozen=True)
class Settings:
    """Times in seconds. ``problem``: why the service file can't tell them; empty where it can."""

    prefix: str
    drain: float = 10
    min_healthy: int = 0
    lock_wait: float = 0
    gate: Gate = field(default_factory=lambda: Gate(300, 10))
    problem: str = ""

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Settings:
        """Return the settings of an entry of the module's option ``services``."""
        return cls(
            prefix=options["prefix"],
            drain=seconds(options["drain"], "service_rollout.drain"),
            min_healthy=options["min_healthy"],
            lock_wait=seconds(options["lock_wait"], "service_rollout.lock_wait"),
            gate=Gate.from_options(options["gate"]),
            problem=options["problem"],
        )
