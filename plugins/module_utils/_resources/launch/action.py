# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to an instance, and what that implies."""

from __future__ import annotations

import enum
import functools


@functools.total_ordering
class Action(enum.Enum):
    """In order from the mildest; the values are the words of results, plans and records."""

    NONE = "none"
    WATCH = "watch"
    REGISTER = "register"
    UPDATE = "update"
    SIGNAL = "signal"
    RESTART = "restart"
    REPLACE = "replace"
    CREATE = "create"
    REMOVE = "remove"

    def __lt__(self, other: Action) -> bool:
        order = list(Action)
        return order.index(self) < order.index(other)

    @property
    def makes_container(self) -> bool:
        """Whether there is a new container afterwards."""
        return self in (Action.REPLACE, Action.CREATE)

    @property
    def takes_out(self) -> bool:
        """Whether a running instance is taken out of traffic and comes back."""
        return self in (Action.RESTART, Action.REPLACE)

    @property
    def starts_process(self) -> bool:
        """Whether the engine starts the service's process anew."""
        return self.makes_container or self.takes_out
