# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.lock import (
    Holder,
    LockState,
    session_body,
)

ANNA = Holder("s-1", "anna", "desk", "2026-11-21T10:00:00Z", "deploy")


def entry(session: str | None, value: bytes) -> dict[str, str]:
    """As Consul has it: without a key Session where nobody holds it."""
    return {"Value": base64.b64encode(value).decode(), **({"Session": session} if session else {})}


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        pytest.param(None, "", id="never held"),
        pytest.param(entry(None, ANNA.to_value()), "", id="given back"),
        pytest.param(
            entry("s-1", ANNA.to_value()), "anna on desk since 2026-11-21T10:00:00Z (deploy), session s-1", id="held"
        ),
        pytest.param(entry("s-2", ANNA.to_value()), "session s-2", id="held by one that says nothing of itself"),
        pytest.param(entry("s-2", b"by hand"), "session s-2", id="held by somebody with a tool of their own"),
        pytest.param(entry("s-2", b""), "session s-2", id="held, without a word"),
    ],
)
def test_shown(state: dict[str, str] | None, shown: str) -> None:
    assert LockState.from_entry(state).shown == shown


@pytest.mark.parametrize(
    ("state", "says"),
    [
        pytest.param(entry("s-1", ANNA.to_value()), "held by anna on desk", id="held"),
        pytest.param(entry("s-1", ANNA.to_value()), "frees itself within 75 s, and at once by", id="and how long"),
        pytest.param(entry("s-1", ANNA.to_value()), "unlock.yml -e service=web -e session=s-1", id="and what to do"),
        pytest.param(entry(None, ANNA.to_value()), "is free, but Consul keeps it back for 15 s", id="lock-delay"),
    ],
)
def test_why_not(state: dict[str, str], says: str) -> None:
    assert says in LockState.from_entry(state).why_not("web")


def test_session_has_no_checks_but_its_ttl() -> None:
    body = session_body("web")
    assert (body["NodeChecks"], body["Checks"], body["TTL"]) == ([], [], "30s")
