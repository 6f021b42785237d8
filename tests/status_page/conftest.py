# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One driver of Chromium for all tests, and an agent of each version of Consul that $CONSULS names by its program."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from tests.status_page import browser, seeds
from tests.status_page.agent import Agent

PROGRAMS = os.environ.get("CONSULS", "").split()
Open = t.Callable[..., browser.Browser]


@pytest.fixture(scope="session")
def port() -> t.Iterator[int]:
    with browser.driver() as port:
        yield port


@pytest.fixture
def window(port: int, tmp_path: Path) -> t.Iterator[Open]:
    """Return what opens a window, which is closed at the end."""
    opened: list[browser.Browser] = []

    def open_one(**options: t.Any) -> browser.Browser:
        opened.append(browser.Browser(port, tmp_path / f"profile{len(opened)}", **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda program: Path(program).name)
def agent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Agent]:
    """Return an agent with the small fleet, once for each version."""
    yield from started(request.param, tmp_path_factory, seeds.small_fleet)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Agent]:
    """Return an agent, of the last version, with 200 hosts that have 30 services each."""
    yield from started(PROGRAMS[-1], tmp_path_factory, lambda agent: agent.apply(seeds.fleet_of(200, 30)))


def started(program: str, factory: pytest.TempPathFactory, fill: t.Callable[[Agent], None]) -> t.Iterator[Agent]:
    agent = Agent(program, factory.mktemp("agent"))
    try:
        agent.start()
        fill(agent)
        yield agent
    finally:
        agent.stop()


@pytest.fixture
def live(agent: Agent, window: Open) -> browser.Browser:
    """Return a window with the page of the small fleet, let in by the token of status.yml."""
    return let_in(window(), agent)


def let_in(page: browser.Browser, agent: Agent) -> browser.Browser:
    page.open(f"{agent.url}/ui/")
    page.type("#token", agent.token)
    page.click("#access button")
    page.wait("#state", "Live")
    return page
