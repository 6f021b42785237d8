# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each action implies, from the mildest to the last."""

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action

# Word -> whether it takes out of traffic, starts a process, makes a new container.
IMPLIED = {
    "none": (False, False, False),
    "watch": (False, False, False),
    "register": (False, False, False),
    "update": (False, False, False),
    "signal": (False, False, False),
    "restart": (True, True, False),
    "replace": (True, True, True),
    "create": (False, True, True),
    "remove": (False, False, False),
}


@pytest.mark.parametrize(("word", "implied"), IMPLIED.items())
def test_what_an_action_implies(word: str, implied: tuple[bool, bool, bool]) -> None:
    action = Action(word)
    assert (action.takes_out, action.starts_process, action.makes_container) == implied


def test_actions_come_in_order() -> None:
    assert [action.value for action in sorted(Action, reverse=True)] == [*reversed(IMPLIED)]
    assert Action.SIGNAL < Action.RESTART < Action.REPLACE
    assert Action.RESTART >= Action.RESTART >= Action.SIGNAL
