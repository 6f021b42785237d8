# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import time

import pytest

from tests.unit.builders import Clock

# What is imported and collected stays until the end: the garbage collector would go through all of it again and again,
# which took a quarter of the CPU time.
gc.disable()


def pytest_collection_finish() -> None:
    """Have only what the tests make collected."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock that only sleeping moves in the place of the real one."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock
