# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._status_line import StatusLine


class Display:
    """Ansible's, as far as the line knows it; both write to one pipe."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def display(self, text: str) -> None:
        os.write(self.descriptor, f"{text}\n".encode())


@pytest.fixture
def screen() -> t.Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_line_makes_way_for_what_is_displayed(screen: tuple[int, int]) -> None:
    reading, writing = screen
    display = Display(writing)
    line = StatusLine(display, lambda: "waiting for node1", writing)
    line.draw()
    line.draw()
    display.display("node2: done")
    line.draw()
    line.end()
    line.draw()
    assert os.read(reading, 1000).decode() == (
        "\rwaiting for node1\x1b[K"  # drawn once: what does not change does not flicker
        "\r\x1b[Knode2: done\n"
        "\rwaiting for node1\x1b[K"
        "\r\x1b[K"
    )


def test_line_is_no_longer_than_the_terminal(screen: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = screen
    monkeypatch.setenv("COLUMNS", "10")
    line = StatusLine(Display(writing), lambda: "waiting for node1", writing)
    line.draw()
    assert os.read(reading, 1000).decode() == "\rwaiting f\x1b[K"
    line.end()


def test_forks_of_ansible_display_as_ever(screen: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = screen
    display = Display(writing)
    line = StatusLine(display, lambda: "waiting", writing)
    line.draw()
    with monkeypatch.context() as fork:
        fork.setattr(os, "getpid", lambda: -1)
        display.display("from a worker")
    assert os.read(reading, 1000).decode() == "\rwaiting\x1b[Kfrom a worker\n"
    line.end()
