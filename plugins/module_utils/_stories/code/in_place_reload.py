# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New code into a running container, and back to the old where that is not proven."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import (
    current_code,
    mark_unverified,
    mark_verified,
    remember,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload import (
    Running,
    observe_processes,
    refuse_unprovable,
    reload,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import (
    make_room_for_new,
    switched,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.last_applied import note_reload
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.commands import (
    run_commands,
    run_commands_again,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing_with_report

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

Seconds = dict[str, float]


def reload_in_place(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> Seconds:
    """Switch, run the host's commands, signal, and have it proven; else go back to what was loaded before."""
    how = t.cast(Reload, wanted.reload)
    before = observe_processes(host.docker, container, wanted.ports, how)
    version = wanted.code.version if wanted.code else ""
    refuse_unprovable(before, how, version)
    to = _before(wanted, found).what
    back = undoing_with_report(lambda: _gone_back(host, wanted, found, before), to[0].lower() + to[1:])
    with back, switched(host, wanted.code, found.loaded), written(host, wanted):
        took = run_commands(host, container, wanted)
        mark_unverified(wanted.container.name, container)
        checks = checks_of(wanted.registrations)
        proven = reload(host.docker, container, how, checks, version, wanted.ports)
        host.warnings.extend(f"{wanted.container.name}: {warning}" for warning in proven.warnings)
        return {**took, **proven.seconds}


class Before(t.NamedTuple):
    """What a way back brings again, with the verbs that go with it in sentences."""

    what: str
    serves: str
    was: str


def _before(wanted: InstanceSpec, found: ObservedInstance) -> Before:
    """Tell whether another release of the code was to go live, or files alone."""
    release = found.loaded.release if found.loaded else ""
    if wanted.files and (wanted.code is None or wanted.code.release == release):
        return Before("The files from before", "serve", "were")
    return Before("The code from before", "serves", "was")


def keep_note(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> None:
    """Note what the container has loaded and how it reloads, and remove releases that are too old."""
    current = found.current or found.previous
    if current and current.id == container and wanted.container.reload_changes_from(current):
        note_reload(wanted, found, container)
    if wanted.may_reload:
        files = {file.path: file.digest for file in wanted.files}
        remember(wanted.container.name, container, wanted.code, files)
    if wanted.code:
        make_room_for_new(host, wanted.code, [found.loaded.release] if found.loaded else [])


def _gone_back(host: Host, wanted: InstanceSpec, found: ObservedInstance, before: Running) -> str:
    """See that the code from before serves after the switch back; return how that was seen, in a sentence."""
    name, container = wanted.container.name, before.container
    release = found.loaded.release if found.loaded else ""
    if wanted.code and release and current_code(wanted.code.path) != release:
        raise Failure(f"the folder of the code from before, {release}, is gone from {wanted.code.path}")
    outcome = _loaded_again(host, wanted, found, before)
    mark_verified(name, container)
    return f"{outcome}{run_commands_again(host, container, wanted) if found.loaded else ''}"


def _loaded_again(host: Host, wanted: InstanceSpec, found: ObservedInstance, before: Running) -> str:
    how = t.cast(Reload, wanted.reload)
    checks, (what, serves, was) = checks_of(wanted.registrations), _before(wanted, found)
    lower = what[0].lower() + what[1:]
    try:
        now = observe_processes(host.docker, before.container, wanted.ports, how)
    except Failure:
        now = None
    loaded = found.loaded
    # Of a run that was killed after its signal, nobody knows what the processes have loaded that are there.
    is_unverified = loaded is not None and loaded.container == before.container and not loaded.proven
    if now == before and not is_unverified:
        return f"No process has loaded anything new: {lower} {serves} on."
    if now and (now.first, now.started) == (before.first, before.started) and loaded:
        reload(host.docker, before.container, how, checks, loaded.version, wanted.ports)
        return f"{what} {was} loaded again, which is proven."
    # It ended of the new code, and the engine may be between two attempts to start it.
    host.docker.stop(before.container)
    host.docker.start(before.container)
    pass_gate(host, before.container, checks, wanted.gate)
    return f"The container ended, and was started again with {lower}: it passes."
