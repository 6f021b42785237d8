# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.placed import (
    DIRECTORY,
    FILE,
    MISSING,
    OTHER,
    Placed,
    Seen,
)

DEFAULTS: dict[str, t.Any] = {
    "path": "/etc/app.conf",
    "state": "file",
    "content": "a",
    "owner": "",
    "group": "",
    "mode": "0644",
    "force": True,
    "validate": [],
}


def placed(**options: t.Any) -> Placed:
    return Placed.from_options({**DEFAULTS, **options}, lambda _owner, _group: (0, 0))


@pytest.mark.parametrize(
    ("options", "seen", "different"),
    [
        pytest.param({}, Seen(FILE, b"a", mode=0o644), (), id="the same"),
        pytest.param({}, Seen(MISSING), ("state",), id="missing"),
        pytest.param({}, Seen(OTHER), ("state",), id="a link in the place of a file"),
        pytest.param({}, Seen(FILE, b"b", mode=0o644), ("content",), id="content"),
        pytest.param({"force": False}, Seen(FILE, b"b", mode=0o600), ("mode",), id="kept content, and a mode"),
        pytest.param({}, Seen(FILE, b"a", 1, 2, 0o644), ("owner", "group"), id="owner and group"),
        pytest.param({"state": "directory", "mode": "0750"}, Seen(DIRECTORY, mode=0o750), (), id="a folder"),
    ],
)
def test_difference(options: dict[str, t.Any], seen: Seen, different: tuple[str, ...]) -> None:
    assert placed(**options).difference(seen) == different


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        pytest.param({}, Seen(DIRECTORY), id="a folder in the place of a file"),
        pytest.param({"state": "directory"}, Seen(FILE), id="a file in the place of a folder"),
        pytest.param({"state": "directory"}, Seen(OTHER), id="a socket in the place of a folder"),
    ],
)
def test_what_is_not_replaced(options: dict[str, t.Any], seen: Seen) -> None:
    with pytest.raises(Failure, match="look what made it"):
        placed(**options).difference(seen)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"path": "app.conf"}, "not an absolute path", id="path"),
        pytest.param({"content": None}, "has no content", id="content"),
        pytest.param({"mode": "rw"}, "octal mode", id="mode"),
        pytest.param({"validate": ["true"]}, "says nowhere %s", id="validate"),
    ],
)
def test_refused(options: dict[str, t.Any], says: str) -> None:
    with pytest.raises(Failure, match=says):
        placed(**options)
