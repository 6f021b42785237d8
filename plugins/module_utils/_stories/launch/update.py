# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be changed while the container runs, and the way back where it then fails its gate."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import (
    found_limits,
    update_back,
    update_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.in_place_reload import keep_note
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import give_to_owner
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.last_applied import note_options
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import (
    owner_of_secrets,
    refuse_discarded,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import (
    BACK,
    bring_back,
    last_registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing, undoing_with_report

Seconds = dict[str, float]
AS_BEFORE = "The container runs on with the values from before, and is passing."


def update(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> Seconds:
    """Change what can be changed while the container runs; what we can probe must then hold as after a start.

    Where it does not, the limits and files from before come back, and the instance is passing again.
    """
    host.guard.step("update", wanted.gate.timeout)
    took: Seconds = {}
    back = undoing_with_report(lambda: _passing_again(host, wanted, found, container), "the values from before")
    with back, written(host, wanted):
        adjust(host, wanted, found, container)
        if _notices(wanted, container, found):
            probed = [check for check in checks_of(wanted.registrations) if check.can_be_probed]
            took = pass_gate(host, container.id, probed, wanted.gate)
    keep_note(host, wanted, found, container.id)
    return took


def adjust(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> None:
    """Set name, limits, restart policy, owner of the code and lost secret files, where they are not as wanted."""
    if container.name != wanted.container.name:
        host.docker.rename(container.id, wanted.container.name)
    if wanted.container.updates_from(container):
        note_options(wanted, found, container.id, wanted.container.compared)
        with undoing(lambda: limits_back(host, wanted, found, container)):
            host.docker.update(container.id, update_of(wanted.container.options))
            refuse_discarded(host, wanted, container.id)
    if wanted.code and found.current_code == wanted.code.release:
        give_to_owner(host, wanted.code)
    if found.lost_secrets:
        folder = secrets.folder(wanted.container.name, wanted.container.secrets)
        secrets.write_files(wanted.secrets, folder, owner_of_secrets(host, wanted))


def limits_back(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> None:
    """Bring the limits and the restart policy of a container back to what they were when it was found."""
    answer = host.docker.inspect(container.id)
    now = found_limits(answer["HostConfig"]) if answer else container.limits
    if now != container.limits:
        host.docker.update(container.id, update_back(container.limits, now, host.docker.info()))
    if wanted.container.updates_from(container):
        note_options(wanted, found, container.id, container.wanted)


def _passing_again(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> str:
    """Return in a sentence what runs after the way back.

    A container that ended of the new limits comes back as after a failed replacement: a founder is made anew.
    """
    limits_back(host, wanted, found, container)
    answer = host.docker.inspect(container.id)
    if answer and answer["State"]["Status"] != "running":
        host.docker.stop(container.id)
        return bring_back(host, wanted, found, container).replace(BACK, AS_BEFORE)
    kept = last_registrations(found, container)
    pass_gate(host, container.id, checks_of(kept), wanted.gate)
    traffic.mark_passing(host, kept, found)
    return AS_BEFORE


def _notices(wanted: InstanceSpec, container: FoundContainer, found: ObservedInstance) -> bool:
    """Return whether an update touches the container at all, or only what is noted of it."""
    return bool(wanted.container.updates_from(container) or wanted.files or found.lost_secrets)
