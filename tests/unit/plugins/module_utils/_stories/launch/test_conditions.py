# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a condition that does not hold says, and that it ends."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import conditions
from tests.unit.builders import instance_spec

NEVER = {"http": "http://127.0.0.1:9/", "timeout": "100ms"}


def wanted(before: list[t.Any], after: list[t.Any]) -> InstanceSpec:
    return instance_spec(gate={"before": before, "after": after})


def test_before_names_the_way_on() -> None:
    with pytest.raises(
        Failure, match=r"^service_gate.before\[0\] does not hold after 0.1 s: .*\n.*-e skip_before=true"
    ):
        conditions.hold_before(t.cast(t.Any, None), "c-1", wanted([NEVER], []))


def test_after_has_no_such_way() -> None:
    with pytest.raises(Failure, match=r"^service_gate.after\[0\] does not hold") as raised:
        conditions.hold_after(t.cast(t.Any, None), "c-1", wanted([], [NEVER]))
    assert "skip_before" not in str(raised.value)


def test_without_before_nothing_is_asked() -> None:
    conditions.hold_before(t.cast(t.Any, None), "c-1", wanted([], []))
