# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of one instance: all that can fail without touching a running container, before any is touched."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils.resources.preflight import Preflight
from ansible_collections.longshore.fleet.plugins.module_utils.resources.survey import Survey
from ansible_collections.longshore.fleet.plugins.module_utils.resources.times import impossible_times
from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils.stories.pulling import pull

STARTING = ("create", "replace", "restart")
NEW = ("create", "replace")


def look_ahead(host: Host, wanted: Wanted, found: Survey, plan: Plan, check: bool) -> Preflight:
    """Every problem that can be told beforehand. The image is pulled only where there is none, and not in check mode.

    What the plan does not touch is not looked at: the instance runs as it is.
    """
    refused = [*_refused_options(host, wanted)]
    problems = [*refused, *impossible_times(wanted)]
    if plan.action in STARTING:
        from ansible_collections.longshore.fleet.plugins.module_utils.stories.preflight_ports import taken_ports

        problems += taken_ports(host, wanted, found)
    if wanted.may_reload:
        from ansible_collections.longshore.fleet.plugins.module_utils.stories.preflight_code import code_problems

        problems += code_problems(host, wanted, found, plan)
    if plan.action not in NEW or refused:
        # What the SDK can't make out, nothing below can.
        return Preflight(problems, [])
    before, warnings = _of_a_new_container(host, wanted)
    problems += before
    pulled = not problems and not check and pull(host, wanted)
    return Preflight([*problems, *_of_its_image(host, wanted, check)], warnings, pulled)


def _of_a_new_container(host: Host, wanted: Wanted) -> tuple[list[str], list[str]]:
    """Problems and warnings. Imported only here, as the payload is compiled at every call."""
    from ansible_collections.longshore.fleet.plugins.module_utils.stories import preflight_mounts as mounts
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.preflight_image import too_little_room
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.preflight_limits import impossible_ulimits

    problems = [*mounts.missing_sources(wanted), *impossible_ulimits(wanted), *too_little_room(host, wanted)]
    return problems, [*mounts.surprising_sources(wanted), *mounts.growing_logs(wanted)]


def _of_its_image(host: Host, wanted: Wanted, check: bool) -> list[str]:
    """What only the image itself can tell, where it is there: one sentence about its user is enough."""
    from ansible_collections.longshore.fleet.plugins.module_utils.stories.preflight_image import unknown_users

    return [*_unreadable_secrets(host, wanted)] or ([] if check else [*unknown_users(host, wanted)])


def _refused_options(host: Host, wanted: Wanted) -> t.Iterator[str]:
    try:
        create_arguments(wanted.container.options, host.docker.api_version)
    except Failure as failure:
        yield str(failure)


def _unreadable_secrets(host: Host, wanted: Wanted) -> t.Iterator[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils.clients import secrets

    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    if not image or not secrets.files(wanted.secrets):
        return
    try:
        secrets.owner_of(wanted.container.options.get("user") or image["Config"].get("User", ""))
    except Failure as failure:
        yield str(failure)
