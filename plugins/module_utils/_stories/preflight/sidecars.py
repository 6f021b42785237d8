# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps the sidecars of an instance from being launched, told before anything is touched."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import Sidecar
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar_changes import (
    container_changes,
    current_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.preflight.findings import Preflight
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.preflight import run_preflight
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, other_owner

KEYS = ("service_container", "service_image", "service_files")
NOTHING = ObservedInstance(None, None, None, {})


def with_sidecars(
    ahead: Preflight, host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan, check: bool
) -> Preflight:
    """Return what was found out of the main container, and of each sidecar that is to be made."""
    for sidecar in wanted.sidecars:
        there = found.sidecars.get(sidecar.name, NOTHING)
        if _comes(sidecar, there, plan):
            one = _ahead(host, wanted, sidecar, there, found, check)
            ahead = Preflight(
                [*ahead.problems, *_named(sidecar.name, one.problems)],
                [*ahead.warnings, *_named(sidecar.name, one.warnings)],
                ahead.pulled or one.pulled,
            )
    return ahead


def _comes(sidecar: Sidecar, there: ObservedInstance, plan: Plan) -> bool:
    current = current_of(there)
    if plan.action.makes_container and not sidecar.alone:
        return True
    return not sidecar.once and (current is None or bool(container_changes(sidecar, current, there)))


def _ahead(
    host: Host, wanted: InstanceSpec, sidecar: Sidecar, there: ObservedInstance, found: ObservedInstance, check: bool
) -> Preflight:
    spec = wanted.of_sidecar(sidecar)
    foreign = other_owner(host, sidecar.container.instance, sidecar.container.name)
    if foreign:
        return Preflight([foreign], [])
    own = {wanted.container.name: found}
    ahead = run_preflight(host, spec, there, Plan(Action.CREATE), check, own)
    if check or ahead.problems or not spec.files:
        return ahead
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.validate import invalid_files

    return replace(ahead, problems=[*invalid_files(host, spec)])


def _named(name: str, said: list[str]) -> list[str]:
    """Return sentences about a container with the keys of the sidecar in the place of the service's."""
    for key in KEYS:
        said = [text.replace(key, f"service_sidecars.{name}.{key.removeprefix('service_')}") for text in said]
    return [text if name in text.partition(":")[0] else f"sidecar {name}: {text}" for text in said]
