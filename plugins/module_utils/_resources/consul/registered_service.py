# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service as an agent has kept it on its disk: with the token that it was registered with, which no request tells."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RegisteredService:
    """One registration of an agent; ``token`` is empty where it was made without one."""

    identity: str
    name: str
    token: str = field(repr=False)

    @classmethod
    def from_disk(cls, kept: dict[str, t.Any]) -> RegisteredService:
        """Return the service of a file below ``services`` in an agent's data_dir, as Consul 1.8 to 1.13 write it."""
        service = kept["Service"]
        return cls(service["ID"], service["Service"], kept.get("Token") or "")


def check_to_ask_by(checks: t.Iterable[dict[str, t.Any]], identity: str) -> str | None:
    """Return a CheckID of the service that no request can pass, as it has no TTL; None where it has no such check."""
    own = (check for check in checks if check.get("ServiceID") == identity and check.get("Type") != "ttl")
    return min((check["CheckID"] for check in own), default=None)
