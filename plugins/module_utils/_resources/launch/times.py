# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times that cannot work, whatever the container does."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec


def impossible_times(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield one sentence for each time that can't be kept."""
    for check in checks_of(wanted.registrations):
        if check.can_be_probed or "interval" not in check.options:
            continue
        # The agent alone runs it, for the first time up to an interval after the registration.
        runs = max(1, check.options.get("success_before_passing", 0))
        needed = seconds(check.options["interval"], "interval") * runs + wanted.gate.stable_for
        if wanted.gate.timeout < needed:
            times = f" {runs} times" if runs > 1 else ""
            yield (
                f"service_gate.timeout: {wanted.gate.timeout:g} s is too short for the check {check.id}, which only"
                f" Consul runs: with its interval of {check.options['interval']}{times} and stable_for it takes up to"
                f" {needed:g} s; give the gate more, or the check a shorter interval"
            )
