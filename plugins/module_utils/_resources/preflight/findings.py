# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight of one instance has found out, as its module returns it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import with_ports_in_use
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.times import impossible_times


@dataclass(frozen=True)
class Preflight:
    """What was found out beforehand, one sentence each, and whether the image was pulled."""

    problems: list[str]
    warnings: list[str]
    pulled: bool = False

    def to_result(self, wanted: InstanceSpec, found: ObservedInstance, plan: Plan, check: bool) -> dict[str, t.Any]:
        """Return the module's result. Outside check mode the plan is still to come; only a pull changed anything."""
        result = plan.to_result()
        return {
            **result,
            "changed": result["changed"] if check else self.pulled,
            "diff": {},  # the rollout shows the plan of all hosts once
            "problems": self.problems,
            "warnings": [*found.warnings, *self.warnings],
            "pulled": self.pulled,
            "rendered": wanted.digest,
            "passing": found.passing,
            "leads": False,
        }


def at_rest(params: dict[str, t.Any], survey: dict[str, t.Any] | None, check: bool) -> dict[str, t.Any] | None:
    """Return the preflight's result where a survey alone shows that nothing is to do, else None: ask the host.

    ``params``: the options of launch; ``survey``: what service_info found of the instance.
    """
    if not survey or params["wanted"].get("problems"):
        return None
    found = ObservedInstance.from_result(survey)
    params = with_ports_in_use(params, found)
    if found.wanted_secrets.keys() != params["secrets"].keys() or found.warnings:
        return None
    wanted = InstanceSpec.from_options(params, found.wanted_secrets)
    if any(impossible_times(wanted)):
        return None
    plan = decide(wanted, found)
    return Preflight([], []).to_result(wanted, found, plan, check) if plan.action is Action.NONE else None
