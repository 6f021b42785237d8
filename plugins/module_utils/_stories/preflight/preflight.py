# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of one instance: all that can fail without touching a running container, before any is touched."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import API_NAMES
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan, brings_code
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.times import impossible_times
from ansible_collections.longshore.fleet.plugins.module_utils._resources.preflight.findings import Preflight
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.pull import pull
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def run_preflight(
    host: Host,
    wanted: InstanceSpec,
    found: ObservedInstance,
    plan: Plan,
    check: bool,
    own: t.Mapping[str, ObservedInstance] | None = None,
) -> Preflight:
    """Find every problem beforehand. The image is pulled only where there is none, and not in check mode.

    ``own``: instance -> what is there of one that goes as this one comes, so that its ports are free then.
    What the plan does not touch is not looked at: the instance runs as it is.
    """
    refused = [*_refused_options(host, wanted)]
    problems = [*refused, *impossible_times(wanted), *_of_the_host(host, wanted, found, plan, own or {})]
    if refused:
        # What the SDK can't make out, nothing below can.
        return Preflight(problems, [])
    problems += _of_what_runs(host, wanted, found, plan)
    if not plan.action.makes_container:
        problems += _of_an_update(host, wanted, check) if changes_limits(plan) else ()
        return Preflight(problems, not_looked_at(wanted, plan, check))
    before, warnings = _of_a_new_container(host, wanted)
    misfit = _misfitting_image(host, wanted)
    problems += [*before, *misfit]
    pulled = not problems and not check and pull(host, wanted)
    of_image, unseen = ([], "") if misfit else _of_its_image(host, wanted, check)
    problems += of_image
    if not problems and not check:
        problems = _refused_by_engine(host, wanted)
    return Preflight(problems, [*warnings, *not_looked_at(wanted, plan, check, unseen)], pulled)


def not_looked_at(wanted: InstanceSpec, plan: Plan, check: bool, unseen: str = "") -> list[str]:
    """Tell in one line what nobody looked at; ``unseen``: what of the image. Check mode makes no container at all."""
    made = []
    if check and (plan.action.makes_container or changes_limits(plan)):
        made += ["what only the engine itself refuses"]
    if check and brings_code(plan) and wanted.reload and wanted.reload.check:
        made += ["service_reload.check"]
    changed = {change.key for change in plan.changes}
    if check and any(file.validate and f"files.{file.path}" in changed for file in wanted.files):
        made += ["service_files.validate"]
    parts = [unseen] if unseen else []
    parts += [f"{', '.join(made)} (check mode makes no container)"] if made else []
    return [f"not looked at: {'; '.join(parts)}"] if parts else []


def _of_the_host(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan, own: t.Mapping[str, ObservedInstance]
) -> t.Iterator[str]:
    """Yield what ports, folders and code make impossible. Imported only where needed, as each call starts a Python."""
    if plan.action.starts_process or moves_ports(plan):
        from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.ports import (
            impossible_addresses,
            taken_ports,
        )

        yield from taken_ports(host, wanted, {wanted.container.name: found, **own})
        yield from impossible_addresses(host, wanted) if plan.action.starts_process else ()
    if wanted.gate.before or wanted.gate.after or wanted.reload:
        from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.trust import (
            unusable_authorities,
        )

        yield from unusable_authorities(wanted)
    if wanted.seals_secrets:
        from ansible_collections.longshore.fleet.plugins.module_utils._clients import sealed

        if not sealed.is_available():
            yield sealed.MISSING
    if wanted.directories or wanted.files:
        from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.folders import (
            impossible_folders,
        )

        yield from impossible_folders(wanted)
    if wanted.may_reload:
        from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.code import code_problems

        yield from code_problems(host, wanted, found, plan)


def _of_what_runs(host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan) -> t.Iterator[str]:
    """Yield what its mounts and programs make impossible for the container that runs, or is started again."""
    if plan.action.starts_process:
        from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.mounts import planted_sources

        yield from planted_sources(host, wanted)  # the engine looks where a source leads at every start
    if plan.action is not Action.NONE:
        from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.programs import (
            missing_in_running,
        )

        yield from missing_in_running(host, wanted, found, plan.action)


def changes_limits(plan: Plan) -> bool:
    """Return whether the engine is to change a limit or the restart policy of a container that runs."""
    return plan.action is Action.UPDATE and any(change.key.partition(".")[0] in API_NAMES for change in plan.changes)


def moves_ports(plan: Plan) -> bool:
    """Return whether an instance is registered with another port than before."""
    return any(change.key.startswith("registrations.") and change.key.endswith(".port") for change in plan.changes)


def _of_an_update(host: Host, wanted: InstanceSpec, check: bool) -> list[str]:
    """Return what the engine would refuse to change in a container that runs: it judges as of a new one."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.host import impossible_limits

    problems = [*impossible_limits(host, wanted)]
    can_ask = not problems and not check and bool(host.docker.image(wanted.container.reference))
    return _refused_by_engine(host, wanted) if can_ask else problems


def _refused_by_engine(host: Host, wanted: InstanceSpec) -> list[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.trial_container import (
        refused_by_engine,
    )

    return refused_by_engine(host, wanted)


def _of_a_new_container(host: Host, wanted: InstanceSpec) -> tuple[list[str], list[str]]:
    """Return problems and warnings. Imported only here, as each call starts a Python."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight import host as on_host
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight import mounts
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.limits import impossible_ulimits

    problems = [
        *mounts.missing_sources(wanted),
        *impossible_ulimits(wanted),
        *on_host.missing_on_host(host, wanted),
        *on_host.impossible_limits(host, wanted),
    ]
    return problems, [*mounts.surprising_sources(wanted), *mounts.growing_logs(wanted)]


def _misfitting_image(host: Host, wanted: InstanceSpec) -> list[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.image import misfitting_image

    return misfitting_image(host, wanted)


def _of_its_image(host: Host, wanted: InstanceSpec, check: bool) -> tuple[list[str], str]:
    """Return what only the image itself can tell, and what it could not; one sentence about its user is enough."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.image_contents import (
        problems_inside,
        too_large_to_start,
    )

    unreadable = [*_unreadable_secrets(host, wanted)]
    inside, unseen = ([], "") if unreadable else problems_inside(host, wanted, check)
    return [*unreadable, *inside, *too_large_to_start(host, wanted)], unseen


def _refused_options(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    try:
        create_arguments(wanted.container.options, host.docker.api_version)
    except Failure as failure:
        yield str(failure)


def _unreadable_secrets(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets

    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    if not image or not secrets.files(wanted.secrets):
        return
    try:
        secrets.owner_of(wanted.container.options.get("user") or image["Config"].get("User", ""))
    except Failure as failure:
        yield str(failure)
