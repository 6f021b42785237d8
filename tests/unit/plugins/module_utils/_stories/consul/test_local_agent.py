# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul import local_agent
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.local_agent import look

TIMER = "consul-snapshot.timer"


class Model:
    """A host, by what differs from one on which all is well."""

    def __init__(self, idle: tuple[str, ...] = (), stale: tuple[str, ...] = (), answers: bool = True) -> None:
        self.idle, self.stale, self.answers = idle, stale, answers

    def of(self, _path: str) -> str:
        return "d1gest"

    def agree_with(self, note: str) -> bool:
        return note not in self.stale

    def request(self, path: str) -> tuple[int | None, t.Any]:
        if not self.answers:
            return None, None
        return (403, None) if path == "agent/self" else (200, "192.0.2.1:8300")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (Model(), {"started": True, "loaded": True, "idle": [], "stage": "required", "leader": "192.0.2.1:8300"}),
        (Model(idle=("consul.service",)), {"started": False, "loaded": True, "idle": []}),
        (Model(idle=(TIMER,)), {"started": True, "idle": [TIMER]}),
        (Model(stale=("/run/consul/started",)), {"started": False, "loaded": True}),
        (Model(stale=("/run/consul/loaded",)), {"started": True, "loaded": False}),
        (Model(answers=False), {"stage": "", "leader": ""}),
    ],
)
def test_look(host: Model, expected: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_agent, "Digests", lambda: host)
    monkeypatch.setattr(local_agent, "idle_units", lambda units: [unit for unit in units if unit in host.idle])
    monkeypatch.setattr(local_agent, "request", host.request)
    found = look("/nonexistent/consul", [TIMER])
    assert {key: found[key] for key in expected} == expected
    assert (found["changed"], found["version"], found["sha256"]) == (False, "", "d1gest")
