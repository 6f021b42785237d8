# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a replacement: make the new container, make room for it, and go back where it fails."""

from __future__ import annotations

import contextlib

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import discarded_limits
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import next_of, previous_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import unpack_code
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.pull import pull
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars, traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.conditions import (
    ask_again,
    concern,
    hold_before,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import bring_back, with_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, stop_for_good
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing, undoing_with_report
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Laps

Seconds = dict[str, float]


def create(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> str:
    """Return the new container, made and not started, with its image, directories and secrets; its ID."""
    container = wanted.container
    host.guard.step("create")
    pull(host, wanted)
    unpack_code(host, wanted)
    if found.next:
        host.docker.remove(found.next.id)
    make_directories(host, wanted)
    folder = secrets.folder(container.name, container.secrets)
    options = with_secrets(wanted.secrets, folder, {**container.options, "labels": container.labels()})
    arguments = create_arguments(options, host.docker.api_version)
    if secrets.files(wanted.secrets):
        # Before the creation, as the engine refuses to mount a file that is missing.
        secrets.write_files(wanted.secrets, folder, owner_of_secrets(host, wanted))
    with discarding(host, wanted, next_of(container.name), found.previous or found.current):
        new = host.docker.create(**{**arguments, "image": container.reference, "name": next_of(container.name)})
        refuse_discarded(host, wanted, new)
    return new


def make_directories(host: Host, wanted: InstanceSpec) -> None:
    """Make the host's directories where they are missing; what is there is taken as it is, whoever owns it."""
    files = safe_files(host, wanted) if wanted.directories else SafeFiles(())
    for directory in wanted.directories:
        if not files.is_folder(directory.path):
            try:
                files.make_folder(directory.path, directory.owner, directory.group, directory.mode)
            except OSError as error:
                raise Failure(
                    f"service_directories: {directory.path} cannot be made ({error.strerror}). Remove what is in its"
                    " place, or correct the path."
                ) from error


def refuse_discarded(host: Host, wanted: InstanceSpec, container: str) -> None:
    """Raise ``Failure`` where the engine has dropped a limit with no more than a warning, as its kernel has none."""
    answer = host.docker.inspect(container)
    discarded = discarded_limits(wanted.container.options, answer["HostConfig"]) if answer else []
    if discarded:
        raise Failure(discarded[0])


def check_may_drain(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> Seconds:
    """Check, before anything is taken away, that enough others are passing and what is to hold before holds.

    Where not, the running container stays as it is, in traffic, and what the conditions brought about is ended.
    """
    current = found.current
    if current is None:
        return {}
    names = [registration.name for registration in found.registrations.values()]
    conditions = found.passing and (wanted.gate.before or wanted.gate.after)
    laps = Laps()

    def again() -> str:
        ended = ask_again(host, current.id, wanted) if conditions else ""
        return f"The container runs on, untouched.{ended}"

    with undoing_with_report(again, "what held before"):
        host.guard.refuse_too_few(names)
        if conditions:
            host.guard.step("before", sum(condition.timeout for condition in wanted.gate.before))
            hold_before(host, current.id, wanted)
            laps.end("before")
            host.guard.refuse_too_few(names)
        host.guard.step("drain", wanted.drain)
    return laps.seconds


def discarding(
    host: Host, wanted: InstanceSpec, new: str, old: FoundContainer | None
) -> contextlib.AbstractContextManager[None]:
    """Discard the new container where the steps inside fail; nothing else has been taken away yet."""
    return undoing(lambda: _discard(host, wanted, new, old))


def _discard(host: Host, wanted: InstanceSpec, new: str, old: FoundContainer | None) -> None:
    host.docker.remove(new)
    secrets.remove_files(wanted.container.name, keep=_folder_of(old))


def make_room(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> Seconds:
    """Take the running container out of traffic, stop it and set it aside; return the seconds that it took.

    Its restart policy becomes no: else it comes back with the engine and fights for the port. Where a killed launch
    has left an old container that once passed its gate, that one is kept instead.
    """
    current, names = found.current, sidecars.going(wanted, found, whole=True)
    if current is None:
        with sidecars.leaving(found, names, sidecars.setting_aside(host)):
            return {}
    took, laps = _take_out(host, wanted, found), Laps()
    with sidecars.leaving(found, names, sidecars.setting_aside(host)):
        stop_for_good(host, current)
    laps.end("stop")
    if found.previous:
        host.docker.remove(current.id)
    else:
        host.docker.rename(current.id, previous_of(wanted.container.name))
    return {**took, **laps.seconds}


def leave_traffic(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> Seconds:
    """Take the container that is to be started again out of traffic, while it runs; where that fails, put it back."""
    took = check_may_drain(host, wanted, found)

    def back() -> str:
        for registration in found.registrations.values():
            if registration.maintenance in (None, MAINTENANCE) and not found.drained:
                host.agent.end_maintenance(registration.id)
        again = ask_again(host, container, wanted) if concern(found) else ""
        return f"The container runs on, {'drained' if found.drained else 'in traffic'}.{again}"

    with undoing_with_report(back, "traffic"):
        took.update(_take_out(host, wanted, found))
    return took


def _take_out(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> Seconds:
    reason = found.drained or MAINTENANCE
    took = traffic.take_out(host, found.registrations.values(), found.visible_ports, wanted.drain, reason)
    host.guard.step("stop")
    return took


def falling_back(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, new: str, old: FoundContainer | None
) -> contextlib.AbstractContextManager[None]:
    """Remove the new container and put the old one back into traffic, where the steps inside fail; then fail."""

    def back() -> str:
        out_of_traffic_again(host, wanted, found)
        sidecars.remove_new(host, wanted, found)
        _discard(host, wanted, new, old)
        return bring_back(host, wanted, found, old)

    return undoing_with_report(back, "what was there before")


def out_of_traffic_again(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> None:
    """Take out what failed, as it may be in traffic in part. An agent that fails must not keep the old one down."""
    with contextlib.suppress(Failure):
        for registration in wanted.registrations:
            traffic.forget(host, registration.id, [check.id for check in registration.checks], found)


def _folder_of(old: FoundContainer | None) -> str | None:
    """Return where a container's secret files are."""
    return secrets.folder(old.instance, old.secrets) if old else None


def owner_of_secrets(host: Host, wanted: InstanceSpec) -> tuple[int, int]:
    """Return who must be able to read the files: the container's user, of its options or of its image."""
    image = host.docker.image(wanted.container.reference)
    of_image = image["Config"].get("User", "") if image else ""
    return secrets.owner_of(wanted.container.options.get("user") or of_image)
