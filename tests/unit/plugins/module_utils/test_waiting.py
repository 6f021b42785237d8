# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline
from tests.unit.builders import Clock


@pytest.mark.parametrize(
    ("answers", "limit", "expected", "slept"),
    [
        pytest.param(["yes"], 0.0, "yes", [], id="asked once even without time"),
        pytest.param([None, "yes"], 0.0, None, [], id="not twice without time"),
        pytest.param(["yes"], 9.0, "yes", [], id="no sleep before the first answer"),
        pytest.param([None, "", "yes"], 9.0, "yes", [2, 2], id="asked again until it is true"),
        pytest.param([None] * 9, 5.0, None, [2, 2, 1], id="the last sleep ends with the time"),
    ],
)
def test_wait_for(
    clock: Clock, answers: list[str | None], limit: float, expected: str | None, slept: list[float]
) -> None:
    given = iter(answers)
    assert Deadline(limit).wait_for(lambda: next(given), every=2) == expected
    assert clock.slept == slept


def test_time_left_never_goes_below_nothing(clock: Clock) -> None:
    deadline = Deadline(5)
    clock.sleep(3)
    assert (deadline.elapsed, deadline.left) == (3, 2)
    clock.sleep(3)
    assert (deadline.elapsed, deadline.left) == (6, 0)
