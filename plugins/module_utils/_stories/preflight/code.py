# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be told of new code before it is live on any host: unpacked, checked, and whether a reload can be proven."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import (
    BY_SIGNAL,
    Reload,
    first_command,
    is_shell_without_exec,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan, brings_code
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import End


def code_problems(host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan) -> list[str]:
    """Return what makes the reload of a running container impossible to prove, or a new container deaf to it."""
    if plan.action is Action.SIGNAL and found.current:
        return [*_unprovable_reload(host, wanted, found.current.id)]
    return [*_shell_first(host, wanted)] if plan.action.makes_container else []


def failing_checks(host: Host, wanted: InstanceSpec, plan: Plan) -> list[str]:
    """Run ``service_reload.check`` with the new code, each in a container of its own, before any host has it live."""
    return [*_failing_checks(host, wanted)] if brings_code(plan) else []


def _unprovable_reload(host: Host, wanted: InstanceSpec, container: str) -> t.Iterator[str]:
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload import (
        observe_processes,
        refuse_unprovable,
    )

    try:
        version, how = wanted.code.version if wanted.code else "", t.cast(Reload, wanted.reload)
        refuse_unprovable(observe_processes(host.docker, container, wanted.ports, how), how, version)
    except Failure as failure:
        yield str(failure)


def _shell_first(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a first process that is a shell, by which no signal ever reaches the server, where one is to be sent."""
    loads = bool(wanted.code) or any(file.on_change == BY_SIGNAL for file in wanted.files)
    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    if not loads or wanted.reload is None or wanted.reload.action != BY_SIGNAL or image is None:
        return
    words = first_command(wanted.container.options, image["Config"])
    if is_shell_without_exec(words):
        yield (
            f"the container's first process would be a shell ({' '.join(words)}), which passes no"
            f" {wanted.reload.signal} on to the server. Begin its command with exec, or write it as a list."
        )


def _failing_checks(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Run all checks at once, as the slowest one says how long it takes, and yield their problems."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import started_one_off

    timeout = t.cast(Reload, wanted.reload).command_timeout
    with contextlib.ExitStack() as running:
        checks = []
        try:
            for number, command in enumerate(wanted.reload.check if wanted.reload and wanted.code else (), 1):
                one_off = started_one_off(host, wanted, f"check-{number}", list(command), timeout)
                checks.append((command, running.enter_context(one_off)))
        except Failure as failure:
            yield str(failure)
        for command, end in checks:
            yield from _problem_of_check(command, end)


def _problem_of_check(command: t.Sequence[str], end: End) -> t.Iterator[str]:
    try:
        code, lines = end()
    except Failure as failure:
        yield str(failure)
        return
    if code:
        shown = as_log(lines)
        yield f"service_reload.check: {' '.join(command)} failed with exit code {code} on the new code.{shown}"
