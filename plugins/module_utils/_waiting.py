# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a condition, always with an end."""

from __future__ import annotations

import time
import typing as t

T = t.TypeVar("T")


class Deadline:
    """A point in time that waits may not pass; made from a number of seconds."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Seconds until the end, never below 0."""
        return max(0.0, self.limit - self.elapsed)

    def wait_for(self, condition: t.Callable[[], T | None], every: float = 0.1) -> T | None:
        """Return the first true answer of the condition, or None when the time is up.

        The condition is asked at least once, then every ``every`` seconds.
        """
        while True:
            answer = condition()
            if answer:
                return answer
            if not self.left:
                return None
            self.pause(every)

    def pause(self, seconds: float) -> None:
        """Sleep for so long, and not beyond the end."""
        time.sleep(min(seconds, self.left))


class Laps:
    """What each of several steps takes, in ``seconds`` by the names of the steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def end(self, step: str) -> None:
        """End a step here, and begin the next one."""
        now = time.monotonic()
        self.seconds[step] = round(now - self._last, 2)
        self._last = now
