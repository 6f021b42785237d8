# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What three hosts of a lab never show: a rollout of many short turns."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.resources.release import Keys
from ansible_collections.longshore.fleet.plugins.module_utils.stories.lock import Lock


class Consul:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def put(self, path: str, *_arguments: t.Any) -> bool:
        self.asked.append(path)
        return True


def test_each_turn_renews_the_session_however_short_it_is() -> None:
    consul = Consul()
    lock = Lock(t.cast(t.Any, consul), Keys("longshore", "web"), "s-1")
    for _turn in range(3):
        with lock.kept():
            pass
    assert consul.asked == ["session/renew/s-1"] * 3
