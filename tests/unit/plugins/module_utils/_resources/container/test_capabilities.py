# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.capabilities import (
    NAMES,
    asked_for,
    missing,
)

ALL_BITS = (1 << len(NAMES)) - 1
WITHOUT_SYS_RESOURCE = ALL_BITS & ~(1 << 24)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param({"cap_add": ["cap_net_admin"]}, [("cap_add", "NET_ADMIN")], id="plain"),
        pytest.param({"privileged": True, "cap_add": ["ALL"]}, [("cap_add", "ALL"), ("privileged", "ALL")], id="all"),
        pytest.param({"privileged": False}, [], id="not privileged"),
    ],
)
def test_asked_for(options: dict[str, t.Any], found: list[tuple[str, str]]) -> None:
    assert asked_for(options) == found


@pytest.mark.parametrize(
    ("name", "given", "asks_for_all", "found"),
    [
        pytest.param("SYS_RESOURCE", WITHOUT_SYS_RESOURCE, True, ["SYS_RESOURCE"], id="that is not there"),
        pytest.param("SYS_RESOURCE", ALL_BITS, True, [], id="that is there"),
        pytest.param("ALL", WITHOUT_SYS_RESOURCE, True, ["SYS_RESOURCE"], id="all, of an engine that asks for all"),
        pytest.param("ALL", WITHOUT_SYS_RESOURCE, False, [], id="all, of an engine that gives what it has"),
        pytest.param("ALL", ALL_BITS >> 3, True, [], id="all, of a kernel that has no newer ones"),
        pytest.param("BANANA", 0, True, [], id="unknown, which is told elsewhere"),
    ],
)
def test_missing(name: str, given: int, asks_for_all: bool, found: list[str]) -> None:
    assert missing(name, given, asks_for_all) == found
