# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host may mend by itself, and what it only reports. Pure: the story observes and acts."""

from __future__ import annotations

import enum
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec

# The keys of changes that give back what was lost, and take nothing from a running container.
HARMLESS = ("registrations.", "leftover.", "secrets.", "name")


# A sidecar that ended or is gone, and what a killed launch has left of one.
OF_SIDECAR = re.compile(r"sidecars\.[^.]+\.(state|leftover.*)")


class Course(enum.Enum):
    """What a repair does about an instance."""

    NOTHING = "nothing"
    MEND = "mend"
    GO_BACK = "go back"
    REPORT = "report"


def course_of(wanted: InstanceSpec, found: ObservedInstance, plan: Plan) -> Course:
    """Return what a host may do about an instance: ``plan`` is what a launch of ``wanted`` would do.

    A container that does not run is started, one that is gone is made again, and what Consul's agent has lost is
    registered. A container that runs is neither replaced nor restarted nor changed.
    """
    if plan.action is Action.NONE:
        return Course.NOTHING
    container = found.current or found.previous
    if container is None:
        has_secrets = wanted.secrets.keys() == wanted.container.secrets.keys()
        return Course.MEND if has_secrets and not wanted.container.first_start else Course.REPORT
    if found.current is None or (plan.action is Action.RESTART and container.state != "running"):
        # The first start of a cluster is for a rollout, which knows of the other hosts.
        if container.first_start or _lacks_secrets(wanted, found):
            return Course.REPORT
        return Course.MEND if found.current else Course.GO_BACK
    is_harmless = plan.action in (Action.REGISTER, Action.UPDATE) and all(map(_is_harmless, plan.changes))
    return Course.MEND if is_harmless and _mends(wanted, found, plan) else Course.REPORT


def matching(candidates: t.Iterable[InstanceSpec], found: ObservedInstance) -> InstanceSpec | None:
    """Return the first spec that the container was made of; without a container, the last one.

    ``candidates``: that of a launch which was killed before that of the last one that came to its end.
    """
    specs, container = list(candidates), found.current or found.previous
    if container is None:
        return specs[-1] if specs else None
    return next((spec for spec in specs if spec.container.made(container)), None)


def remaining(wanted: InstanceSpec, found: ObservedInstance, plan: Plan) -> list[str]:
    """Return, as sentences, what differs and what to do about it."""
    lost = [f"{path} is lost, as secret files lie in memory" for path in found.lost_secrets]
    if lost and not wanted.secrets:
        return [*lost, "deploy again; service_secrets_at_rest: systemd-creds would keep them over a reboot"]
    return [str(change) for change in plan.changes]


def _lacks_secrets(wanted: InstanceSpec, found: ObservedInstance) -> bool:
    return bool(found.lost_secrets) and not wanted.secrets


def _is_harmless(change: Change) -> bool:
    return change.key.startswith(HARMLESS) or bool(OF_SIDECAR.fullmatch(change.key))


def _mends(wanted: InstanceSpec, found: ObservedInstance, plan: Plan) -> bool:
    """Return whether anything of the plan can be mended: lost secrets only where they are sealed."""
    lost = {f"secrets.{path}" for path in found.lost_secrets} if _lacks_secrets(wanted, found) else set()
    return any(change.key not in lost for change in plan.changes)
