# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.host_state import (
    is_loopback,
    observe,
    version_in,
)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("6.1.0-18-amd64", (6, 1, 0)),
        ("Consul v1.8.7", (1, 8, 7)),
        ("5.4", (5, 4)),
        ("", ()),
        ("none", ()),
    ],
)
def test_version_in(text: str, version: tuple[int, ...]) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("::ffff:192.0.2.7", False),
    ],
)
def test_is_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_any_host_can_be_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one without any of the commands that are asked."""
    monkeypatch.setattr("os.defpath", "/nonexistent")
    monkeypatch.setenv("PATH", "/nonexistent")
    host = observe()
    assert host.kernel.version >= (4,)
    assert host.python >= (3, 9)
