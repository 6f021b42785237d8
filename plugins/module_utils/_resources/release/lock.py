# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deploy lock of a service: who holds it, and why somebody else does not get it."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import asdict, dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import parsed

# Seconds that Consul keeps a lock back whose session ended without a release; its own default.
LOCK_DELAY = 15
# Seconds that a session lives unless renewed; Consul may let it live twice as long.
TTL = 30


def session_body(service: str) -> dict[str, t.Any]:
    """Return a session without checks of the node, as a flap of gossip must not end a rollout."""
    return {
        "Name": f"longshore deploy {service}",
        "TTL": f"{TTL}s",
        "LockDelay": f"{LOCK_DELAY}s",
        "Behavior": "release",
        "NodeChecks": [],
        "Checks": [],
    }


@dataclass(frozen=True)
class Holder:
    """What a lock says about itself. ``since`` is UTC in ISO 8601."""

    session: str
    who: str
    where: str
    since: str
    purpose: str

    def to_value(self) -> bytes:
        """Return the value as it stands in the KV."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_value(cls, value: bytes) -> Holder | None:
        """Return the holder of a value of the KV; None where the value is not one of ours."""
        try:
            return cls(**parsed(value))
        except (ValueError, TypeError):
            return None

    def __str__(self) -> str:
        return f"{self.who} on {self.where} since {self.since} ({self.purpose}), session {self.session}"


@dataclass(frozen=True)
class LockState:
    """The lock as the KV has it. ``session`` is empty where nobody holds it; ``holder`` is who held it last."""

    session: str
    holder: Holder | None

    @classmethod
    def from_entry(cls, entry: dict[str, t.Any] | None) -> LockState:
        """Return the state of Consul's entry of the key, None where there is none."""
        entry = entry or {}
        return cls(entry.get("Session", ""), Holder.from_value(base64.b64decode(entry.get("Value") or "")))

    @property
    def shown(self) -> str:
        """Who holds it, for people; empty where nobody does."""
        if not self.session:
            return ""
        return str(self.holder) if self.holder and self.holder.session == self.session else f"session {self.session}"

    def why_not(self, service: str) -> str:
        """Return why it could not be taken, and what to do."""
        if not self.session:
            return (
                f"The deploy lock of {service} is free, but Consul keeps it back for {LOCK_DELAY} s (its lock-delay),"
                " because the session of the last holder ended without a release. Run again then, or set"
                " service_rollout.lock_wait."
            )
        return (
            f"The deploy lock of {service} is held by {self.shown}. Wait for it (service_rollout.lock_wait). Where"
            f" nobody works there any more it frees itself within {2 * TTL + LOCK_DELAY} s, and at once by"
            f" unlock.yml -e service={service} -e session={self.session}"
        )
