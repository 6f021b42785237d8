# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.filter.first_reached import first_reached

REACHED = {"reached": {"ping": "pong"}}
UNREACHABLE = {"reached": {"unreachable": True}}


@pytest.mark.parametrize(
    ("hostvars", "found"),
    [
        pytest.param({"a": REACHED, "b": REACHED}, "a", id="all"),
        pytest.param({"a": UNREACHABLE, "b": REACHED}, "b", id="not the first"),
        pytest.param({"a": {}, "b": REACHED}, "b", id="the first was not asked"),
        pytest.param({"a": UNREACHABLE, "b": {}}, "a", id="none"),
    ],
)
def test_the_first_that_has_answered(hostvars: dict[str, dict[str, object]], found: str) -> None:
    assert first_reached(["a", "b"], hostvars, "reached") == found
