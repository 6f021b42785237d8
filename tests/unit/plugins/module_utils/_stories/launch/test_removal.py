# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What killed preflights and commands have left of an instance goes with it."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE, ONE_OFF
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.removal import remove_one_offs


def container(name: str, state: str = "created", **labels: str) -> dict[str, t.Any]:
    return {"Id": name, "Names": [f"/{name}"], "State": state, "Labels": {**labels}}


class Engine:
    def __init__(self, *containers: dict[str, t.Any]) -> None:
        self.there = list(containers)
        self.removed: list[str] = []

    def containers(self) -> list[dict[str, t.Any]]:
        return self.there

    def remove(self, name: str) -> None:
        self.removed.append(name)


@pytest.mark.parametrize(
    ("there", "removed"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([container("web.preflight-1", **{ONE_OFF: "web"})], ["web.preflight-1"], id="a trial"),
        pytest.param([container("web.migrate", "running", **{ONE_OFF: "web"})], ["web.migrate"], id="a command"),
        pytest.param([container("db.preflight-1", **{ONE_OFF: "db"})], [], id="of another instance"),
        pytest.param([container("web.x", **{INSTANCE: "web"}), container("other")], [], id="no command, not ours"),
        pytest.param([{**container("x"), "Labels": None, "Names": None}], [], id="without labels and names"),
    ],
)
def test_what_is_left_goes(there: list[dict[str, t.Any]], removed: list[str]) -> None:
    engine = Engine(*there)
    assert remove_one_offs(t.cast(t.Any, SimpleNamespace(docker=engine)), "web") is bool(removed)
    assert engine.removed == removed
