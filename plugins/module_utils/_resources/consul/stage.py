# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How safe the agents of a fleet are with each other: the stages from one that runs open to ACLs that deny, and TLS."""

from __future__ import annotations

import typing as t

OPEN, OFFERED, USED, REQUIRED = "open", "offered", "used", "required"
ANSWERED, DENIED = 200, 403


def stage_of(status: int | None, answer: t.Mapping[str, t.Any]) -> str:
    """Return the stage by what an agent gives of itself (``agent/self``) without a token; empty where none answers."""
    if status == DENIED:
        return REQUIRED
    if status != ANSWERED:
        return ""
    seen = answer.get("DebugConfig") or {}
    if _uses_tls(seen):
        return USED
    return OFFERED if seen.get("ACLsEnabled") else OPEN


def _uses_tls(seen: t.Mapping[str, t.Any]) -> bool:
    """Tell whether the agent asks for TLS where it connects; since Consul 1.12 that stands below ``TLS``."""
    newer = (seen.get("TLS") or {}).get("InternalRPC") or {}
    return bool(seen.get("VerifyOutgoing", newer.get("VerifyOutgoing")))
