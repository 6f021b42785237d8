# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds, some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        pytest.param("10s", 10, id="seconds"),
        pytest.param("500ms", 0.5, id="milliseconds"),
        pytest.param("5m", 300, id="minutes"),
        pytest.param("2h", 7200, id="hours"),
        pytest.param("1m30s", 90, id="minutes and seconds"),
        pytest.param("1h1m1s1ms", 3661.001, id="all units"),
        pytest.param("1.5m", 90, id="fraction"),
        pytest.param(" 10s\n", 10, id="blanks around it"),
        pytest.param("0s", 0, id="nothing"),
        pytest.param("30", 30, id="bare number as text"),
        pytest.param("0.5", 0.5, id="bare fraction as text"),
        pytest.param(30, 30, id="bare number"),
        pytest.param(0.2, 0.2, id="bare fraction"),
    ],
)
def test_seconds(duration: t.Any, expected: float) -> None:
    assert seconds(duration, "service_gate.timeout") == pytest.approx(expected)


@pytest.mark.parametrize(
    "duration",
    [
        "",
        " ",
        "s",
        "10x",
        "10 s",
        "10s ago",
        "-5s",
        "1m-30s",
        "10S",
        "ten",
        "1.s",
        ".5s",
        True,
        False,
        -1,
        -0.5,
        float("inf"),
        float("nan"),
    ],
)
def test_what_is_no_duration_names_option_and_form(duration: t.Any) -> None:
    with pytest.raises(Failure) as failure:
        seconds(duration, "service_gate.timeout")
    assert (
        str(failure.value) == f"service_gate.timeout: {duration!r} is not a valid duration; write it like 30s or 1m30s"
    )


@pytest.mark.parametrize("duration", [0, 0.0, "0", "0s", "0m0s"])
def test_no_time_at_all_is_refused_where_something_is_to_be_done_in_it(duration: t.Any) -> None:
    assert some_seconds("1ms", "service_reload.timeout") == 0.001
    with pytest.raises(Failure, match=r"^service_reload.timeout: .* must be longer than 0; write it like 30s or"):
        some_seconds(duration, "service_reload.timeout")
