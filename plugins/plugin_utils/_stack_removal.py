# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services of the stack a removal takes away, and in which order."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._reports import hosts_with
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack import Stack

Result = dict[str, t.Any]


def removal_of(stack: Stack, gathered: dict[str, Result]) -> tuple[Stack, list[str]]:
    """Return the stack with the services that run somewhere, the last first, and what is told of them.

    ``gathered``: host -> result of the module instance_info. Where a host cannot be asked nothing is removed.
    """
    unasked = [f"{host}: {message_of(result)}" for host, result in gathered.items() if "instances" not in result]
    if unasked:
        raise Failure("\n".join(["These hosts cannot be asked for what runs there; nothing was removed.", *unasked]))
    there = {name: hosts_with(name, gathered) for name in reversed(stack.waits)}
    turns = {name: "removed" for name, hosts in there.items() if hosts}
    if not turns:
        return stack.with_turns({}), ["No service of the stack runs on these hosts; nothing is removed."]
    lines = [f"{name}: remove from {', '.join(there[name])}" for name in turns]
    if not stack.confirmed:
        lines.append("Nothing is removed. To remove all this, in this order: -e state=absent -e confirm=true")
    return stack.with_turns(turns), [*lines, "Volumes, data and records stay."]
