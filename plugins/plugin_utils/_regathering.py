# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an instance's turn in a rollout asks Consul again, or goes by what the preflight found."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, action_of

# Changes of new code alone: neither configuration nor peers reach a container that stays.
CODE = ("code", "code.current")


def gathers_again(plan: Result, reads_consul: bool, first_boot: bool) -> bool:
    """Return whether other hosts' turns or other people may have changed what the service file renders to.

    ``plan``: of the preflight; ``reads_consul``: whether the file names peers or configuration; ``first_boot``: whether
    it was one then, which is over as soon as another host has begun.
    """
    if action_of(plan) is Action.SIGNAL and all(change["key"] in CODE for change in plan["changes"]):
        return False
    return reads_consul or first_boot
