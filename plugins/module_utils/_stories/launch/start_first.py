# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replacement that starts the new container first: the old one serves until the new one has passed its gate.

The new one is made and runs as ``web.next``. Once it is in traffic, the two change names, the old one as
``web.previous`` is drained, stopped and removed. Killed anywhere, the next launch or repair goes on from the names.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import previous_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import beside, ids_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.in_place_reload import keep_note
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.beside import leave, settled
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.conditions import ask_again, concern
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.launch import bring_up, saying
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import (
    check_may_drain,
    create,
    discarding,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing_with_report
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Laps

Seconds = dict[str, float]
UNTOUCHED = "The new container is removed; the old one runs on, untouched."


def start_first(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> Seconds:
    """Start the new container beside the old one, and have the old one leave once the new one is in traffic."""
    begun = _begun(wanted, found)
    found = settled(host, wanted, found, keep=begun.id if begun else "")
    old = t.cast(FoundContainer, found.current)
    wanted = _keeping_tags(wanted, found, old)
    took: Seconds = {}
    new = begun.id if begun else create(host, wanted, found)
    if not begun:
        with discarding(host, wanted, new, old):
            # Nothing is taken away before the new one is in traffic, so nobody has to stand in for it.
            took.update(check_may_drain(host, wanted, replace(found, registrations={})))
    back = undoing_with_report(lambda: _back(host, wanted, found, new, old), "what was there before")
    with back, written(host, wanted):
        took.update(_into_traffic(host, wanted, found, new, begun))
    host.guard.step("tidy")
    host.docker.rename(old.id, previous_of(wanted.container.name))
    host.docker.rename(new, wanted.container.name)
    keep_note(host, wanted, found, new)
    name = wanted.container.name
    launching = notes.read(name).launching
    if launching:  # what fails from here on is of the old one: this launch is what the host mends
        notes.write(name, launched=launching)
    with saying(
        f"The new container is in traffic as {name}; the old one is still there as {previous_of(name)}, and the next"
        " run removes it."
    ):
        took.update(leave(host, wanted, replace(found, next=None), old))
        traffic.deregister(host, found.registrations.keys() - {r.id for r in wanted.registrations} - ids_of(old))
        secrets.remove_files(name, keep=secrets.folder(name, wanted.container.secrets))
    return took


def _begun(wanted: InstanceSpec, found: ObservedInstance) -> FoundContainer | None:
    """Return the container that a killed launch of the same has started already."""
    new = beside(found)
    is_same = new and wanted.container.made(new) and ids_of(new) == {r.id for r in wanted.registrations}
    return new if is_same else None


def _keeping_tags(wanted: InstanceSpec, found: ObservedInstance, old: FoundContainer) -> InstanceSpec:
    """Return the spec with the tags that others have given to the old container's registrations, by their names."""
    there = {r.name: r for i in ids_of(old) if (r := found.registrations.get(i))}
    return replace(wanted, registrations=tuple(r.keeping_tags(there.get(r.name)) for r in wanted.registrations))


def _into_traffic(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, new: str, begun: FoundContainer | None
) -> Seconds:
    """Start the new container and bring it into traffic; one that is there already stays there."""
    there = [found.registrations.get(registration.id) for registration in wanted.registrations]
    if begun and all(registration and registration.passed_gate for registration in there):
        traffic.wait_for_catalog(
            host, [(r.name, r.id) for r in wanted.registrations if found.can_pass(r.id)], passing=True
        )
        return {}
    laps = Laps()
    if not begun:
        host.docker.start(new)
    laps.end("start")
    return {**laps.seconds, **bring_up(host, wanted, found, new)}


def _back(host: Host, wanted: InstanceSpec, found: ObservedInstance, new: str, old: FoundContainer) -> str:
    """Remove the new container, out of traffic first; what runs then, in a sentence. The old one is not touched."""
    own = {registration.id for registration in wanted.registrations}
    with contextlib.suppress(Failure):  # an agent that fails must not keep it running
        there = [r for r in survey(host, wanted.container.name).registrations.values() if r.id in own]
        if any(registration.passed_gate for registration in there):
            ports = wanted.ports if wanted.on_host_network else frozenset()
            traffic.take_out(host, there, ports, wanted.drain)
    with contextlib.suppress(Failure):
        traffic.deregister(host, sorted(own))
    host.docker.remove(new)
    secrets.remove_files(wanted.container.name, keep=secrets.folder(old.instance, old.secrets))
    again = ask_again(host, old.id, wanted) if concern(found) and wanted.gate.after else ""
    return f"{UNTOUCHED}{again}"
