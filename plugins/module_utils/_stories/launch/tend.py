# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done about single sidecars, as the main container of their instance runs on."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import gate_changes
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar_changes import (
    needs_of_sidecars,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing_with_report

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

Seconds = dict[str, float]


def tend(host: Host, wanted: InstanceSpec, found: ObservedInstance, main: str) -> Seconds:
    """Replace the sidecars that differ, start those that do not run, and have all pass the gate together.

    Where they do not, the old ones come back. The main container stays in traffic.
    """
    names = needs_of_sidecars(wanted, found)
    if not names:
        return {}
    host.guard.step("sidecars", wanted.gate.timeout)
    took: Seconds = {}

    def back() -> str:
        sidecars.remove_new(host, wanted, found)
        with sidecars.starting_old(host, wanted.gate.timeout, found):
            pass
        return "The main container runs on, with the sidecars from before."

    with sidecars.made(host, wanted, found, whole=False), undoing_with_report(back, "the sidecars from before"):
        with sidecars.leaving(found, sidecars.going(wanted, found, whole=False), sidecars.setting_aside(host)):
            pass
        with sidecars.written_files(host, wanted):
            with sidecars.starting(host, wanted, main, names):
                pass
            if not gate_changes(found):
                probed = [check for check in checks_of(wanted.registrations) if check.can_be_probed]
                took = pass_gate(host, main, probed, wanted.gate)
    sidecars.tidy(host, wanted, found)
    return took
