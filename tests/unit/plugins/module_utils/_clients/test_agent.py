# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for the catalog, answer by answer; the rest of the client is tried on the lab."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import WAIT, Agent
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline
from tests.unit.consul_model import Hiding

pytestmark = pytest.mark.usefixtures("clock")
OURS = {"Service": {"ID": "web"}, "Node": {"Node": "node1"}}
OTHER_NODE = {"Service": {"ID": "web"}, "Node": {"Node": "node2"}}
OTHER_ID = {"Service": {"ID": "web-2"}, "Node": {"Node": "node1"}}


class Catalog(Hiding):
    """A Consul whose blocking queries answer in turn, each after two seconds; the last answer stays."""

    def __init__(self, answers: list[t.Any]) -> None:
        self._answers = answers
        self.asked: list[tuple[int, float]] = []

    def watch(self, path: str, index: int, wait: float, params: t.Any) -> tuple[int, t.Any]:
        assert (path, params) == ("health/service/web", (("passing", "1"),))
        self.asked.append((index, wait))
        time.sleep(2)
        return len(self.asked), self._answers[min(len(self.asked), len(self._answers)) - 1]


@pytest.mark.parametrize(
    ("answers", "passing", "reached", "asked"),
    [
        pytest.param([[OURS]], True, True, 1, id="passing already"),
        pytest.param([[]], False, True, 1, id="gone already"),
        pytest.param([None], False, True, 1, id="an unknown service is gone"),
        pytest.param([[], [OTHER_NODE], [OTHER_ID], [OTHER_NODE, OURS]], True, True, 4, id="ours among others"),
        pytest.param([[OURS, OTHER_NODE], [OTHER_NODE]], False, True, 2, id="others stay"),
        pytest.param([[OTHER_NODE]], True, False, 5, id="never passing"),
        pytest.param([[OURS]], False, False, 5, id="never gone"),
    ],
)
def test_wait(answers: list[t.Any], passing: bool, reached: bool, asked: int) -> None:
    catalog = Catalog(answers)
    agent = Agent(t.cast(t.Any, catalog))
    assert agent.wait_passing("web", "web", "node1", passing, Deadline(10)) == reached
    assert [index for index, _wait in catalog.asked] == list(range(asked))
    assert all(wait <= WAIT for _index, wait in catalog.asked)


def test_wait_is_never_longer_than_what_is_left() -> None:
    catalog = Catalog([[]])
    Agent(t.cast(t.Any, catalog)).wait_passing("web", "web", "node1", True, Deadline(7))
    assert [wait for _index, wait in catalog.asked] == [5, 5, 3, 1]
