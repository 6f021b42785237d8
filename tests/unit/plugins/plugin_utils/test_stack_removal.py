# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack import Stack
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_removal import removal_of

ENTRIES: list[dict[str, t.Any]] = [
    {"service": {"name": name}, "hosts": ["n1", "n2"], "waits": waits, "peers": []}
    for name, waits in (("db", {}), ("web", {"db": "service_after"}), ("gone", {}))
]
RUNS = {
    "n1": {"instances": [{"service": "db"}, {"service": "web"}]},
    "n2": {"instances": [{"service": "web"}, {"service": "other"}]},
}


def test_the_last_goes_first() -> None:
    stack, lines = removal_of(Stack.of(ENTRIES, {"state": "absent"}), RUNS)
    assert (list(stack.turns), stack.goes) == (["web", "db"], False)
    assert lines[:2] == ["web: remove from n1, n2", "db: remove from n1"]
    assert "-e confirm=true" in lines[2]
    stack, lines = removal_of(Stack.of(ENTRIES, {"state": "absent", "confirm": True}), RUNS)
    assert stack.goes
    assert "Nothing is removed" not in "".join(lines)
    assert stack.idle == {"gone": "runs nowhere"}


def test_where_nothing_runs() -> None:
    stack, lines = removal_of(Stack.of(ENTRIES, {"state": "absent"}), {"n1": {"instances": []}})
    assert (list(stack.turns), lines) == ([], ["No service of the stack runs on these hosts; nothing is removed."])


def test_a_host_that_cannot_be_asked() -> None:
    with pytest.raises(Failure, match="nothing was removed\\.\nn2: timed out"):
        removal_of(Stack.of(ENTRIES, {"state": "absent"}), {**RUNS, "n2": {"msg": "timed out"}})
