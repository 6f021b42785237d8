# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of an older container would be today, as far as it can be told."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.first_start import options_of_today

STAND_INS = "192.0.2.1:65001,192.0.2.2:65002"
COMPARED: dict[str, t.Any] = {
    "command": ["serve", f"--peers={STAND_INS}"],
    "environment": {"HEAP": "1g", "PEERS": STAND_INS, "ALONE": "no"},
    "user": "1",
    "ports": {"80/tcp": 80},
}
OPTIONS: dict[str, t.Any] = {
    "command": ["serve", "--peers=b,c"],
    "environment": {"HEAP": "1g", "PEERS": "b,c"},
    "user": "1",
    "ports": {"80/tcp": 80},
}


@pytest.mark.parametrize(
    ("last", "today"),
    [
        pytest.param({}, {}, id="all alike"),
        pytest.param({"user": "2"}, {"user": "2"}, id="another value without peers"),
        pytest.param({"hostname": "web"}, {"hostname": "web"}, id="an option that is gone"),
        pytest.param({"command": ["serve"]}, {"command": ["serve"]}, id="another command without peers"),
        pytest.param({"command": ["serve", "-v", STAND_INS]}, None, id="another command with peers"),
        pytest.param(
            {"environment": {**COMPARED["environment"], "HEAP": "2g"}},
            {"environment": {"HEAP": "2g", "PEERS": "b,c"}},
            id="another entry of the environment",
        ),
        pytest.param({"environment": {"PEERS": f"tcp:{STAND_INS}"}}, None, id="another entry with peers"),
        pytest.param({"environment": {"HEAP": "1g"}}, {"environment": {"HEAP": "1g"}}, id="an entry less"),
        pytest.param({"extra_hosts": {"one": "192.0.2.1"}}, None, id="an option that is gone, with peers"),
    ],
)
def test_options_of_today(last: dict[str, t.Any], today: dict[str, t.Any] | None) -> None:
    container = t.cast(t.Any, SimpleNamespace(compared=COMPARED, options=OPTIONS))
    expected = None if today is None else {**OPTIONS, **today}
    assert options_of_today({**COMPARED, **last}, container) == expected
