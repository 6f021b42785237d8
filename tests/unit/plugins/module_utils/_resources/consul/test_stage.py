# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.stage import stage_of


def seen(**settings: t.Any) -> dict[str, t.Any]:
    """Return what an agent gives of itself."""
    return {"DebugConfig": settings}


@pytest.mark.parametrize(
    ("status", "answer", "stage"),
    [
        (None, {}, ""),  # nobody listens
        (500, {}, ""),
        (403, {}, "required"),
        (200, {}, "open"),
        (200, seen(ACLsEnabled=False, VerifyOutgoing=False), "open"),
        (200, seen(ACLsEnabled=True, VerifyOutgoing=False), "offered"),
        (200, seen(ACLsEnabled=True, VerifyOutgoing=True), "used"),
        # As from Consul 1.12 on.
        (200, seen(ACLsEnabled=True, TLS={"InternalRPC": {"VerifyOutgoing": False}}), "offered"),
        (200, seen(ACLsEnabled=True, TLS={"InternalRPC": {"VerifyOutgoing": True}}), "used"),
    ],
)
def test_stage_of(status: int | None, answer: dict[str, t.Any], stage: str) -> None:
    assert stage_of(status, answer) == stage
