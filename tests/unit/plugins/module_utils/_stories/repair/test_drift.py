# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.drift import record_drift
from tests.unit.consul_model import ConsulModel

KEYS = Keys("longshore", "web")
KEY = KEYS.drift("node1", "web-1")


class Kv(ConsulModel):
    """A KV that anybody writes to; ``written`` counts how often."""

    written = 0

    def put(self, path: str, body: t.Any = None, _params: t.Any = ()) -> t.Any:
        self.written += 1
        self.set(path.removeprefix("kv/"), body)


def record(consul: Kv, state: str, *what: str) -> None:
    record_drift(t.cast(t.Any, consul), KEYS, "node1", "web-1", state, what)


def test_what_is_left_stands_in_the_kv_and_is_written_once() -> None:
    consul = Kv()
    for _time in range(2):
        record(consul, "drift", "mem_limit: 64m, not (not there)")
    assert json.loads(consul.values()[KEY]) == {"state": "drift", "what": ["mem_limit: 64m, not (not there)"]}
    assert consul.written == 1


def test_something_else_that_is_left_takes_its_place() -> None:
    consul = Kv()
    record(consul, "drift", "a")
    record(consul, "failed", "b")
    assert json.loads(consul.values()[KEY]) == {"state": "failed", "what": ["b"]}


@pytest.mark.parametrize("state", ["well", "mended"])
def test_nothing_stands_there_of_what_is_well(state: str) -> None:
    consul = Kv({KEYS.drift("node2", "web-1"): b"{}"})
    record(consul, state)
    record(consul, "drift", "a")
    record(consul, state)
    assert consul.values().keys() == {KEYS.drift("node2", "web-1")}
