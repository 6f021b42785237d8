# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host has of Consul, and how its agent runs: all that the role asks before it acts, in one call."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.local_agent import (
    Digests,
    has_user,
    request,
    version_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._clients.units import idle_units
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.stage import stage_of

UNIT, USER, CONFIGURATION = "consul.service", "consul", "/etc/consul.d/consul.json"
# Written by the unit when it starts the agent, and when the agent has read its files again.
STARTED, LOADED = "/run/consul/started", "/run/consul/loaded"


def look(program: str, units: t.Sequence[str]) -> dict[str, t.Any]:
    """Return the module's result; nothing is changed."""
    digests = Digests()
    idle = idle_units([UNIT, *units])
    status, answer = request("agent/self")
    leader = request("status/leader")[1] if status else None
    return {
        "changed": False,
        "version": version_of(program),
        "sha256": digests.of(program),
        "user": has_user(USER),
        "configured": os.path.exists(CONFIGURATION),
        "stage": stage_of(status, answer if isinstance(answer, dict) else {}),
        "leader": leader if isinstance(leader, str) else "",
        "started": UNIT not in idle and digests.agree_with(STARTED),
        "loaded": digests.agree_with(LOADED),
        "idle": [unit for unit in idle if unit != UNIT],
    }
