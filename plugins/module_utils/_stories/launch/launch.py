# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a launch: one instance on one host, from what is found to what is wanted."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import (
    gate_changes,
    has_leftovers,
    owed_changes,
    registration_changes,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate, InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.in_place_reload import (
    keep_note,
    reload_in_place,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import mark_unverified, mark_verified
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload import prove_release
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import (
    give_to_owner,
    switched,
    unpack_code,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.write import written
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars, traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.beside import settled
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.conditions import concern, hold_after
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.last_applied import note_registrations
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import (
    check_may_drain,
    create,
    discarding,
    falling_back,
    leave_traffic,
    make_room,
    out_of_traffic_again,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import BACK, bring_back
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.tend import tend
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.update import adjust, limits_back, update
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.commands import run_commands
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing, undoing_with_report
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Laps

Seconds = dict[str, float]


def carry_out(host: Host, wanted: InstanceSpec, found: ObservedInstance, plan: Plan) -> Seconds:
    """Do what the plan says; the seconds that its steps took."""
    if plan.action is Action.NONE:
        return {}
    wanted = wanted.keeping_tags(found.registrations)
    found = settled(host, wanted, found)
    if plan.action.makes_container:
        return replace(host, wanted, found)
    container = t.cast(FoundContainer, found.current or found.previous)
    if plan.action is Action.RESTART:
        return {**restart(host, wanted, found, container), **tend(host, wanted, found, container.id)}
    took = {} if found.previous else tend(host, wanted, found, container.id)
    if plan.action is Action.UPDATE:
        took.update(update(host, wanted, found, container))
    if found.previous:
        took = finish(host, wanted, found, container.id)
        took.update(tend(host, wanted, found, container.id))
    if plan.action is Action.SIGNAL:
        took = {**took, **load_by_signal(host, wanted, found, container)}
    if found.previous:
        return took
    if gate_changes(found):
        return {**took, **pass_late(host, wanted, found, container.id)}
    unsettled = has_leftovers(found) or registration_changes(wanted, found) or owed_changes(wanted, found)
    if plan.action is Action.REGISTER or unsettled:
        return {**took, **register(host, wanted, found, container.id)}
    return took


def replace(host: Host, wanted: InstanceSpec, found: ObservedInstance) -> Seconds:
    """Return a new container in the place of the old one, which stays until the new one has passed its gate.

    All that can fail without touching the old one comes first: the new container is made beside it.
    """
    old = found.previous or found.current
    new = create(host, wanted, found)
    with discarding(host, wanted, new, old), sidecars.made(host, wanted, found, whole=True):
        took = check_may_drain(host, wanted, found)
    with falling_back(host, wanted, found, new, old):
        took.update(make_room(host, wanted, found))
        with switched(host, wanted.code, found.loaded), written(host, wanted), sidecars.written_files(host, wanted):
            laps = Laps()
            host.docker.rename(new, wanted.container.name)
            if wanted.code:
                give_to_owner(host, wanted.code)
            with sidecars.starting(host, wanted, new):
                host.docker.start(new)
            laps.end("start")
            took.update(laps.seconds, **bring_up(host, wanted, found, new))
    # The note last: until the old container is gone, it tells which code that one had.
    _tidy(host, wanted, found, new)
    keep_note(host, wanted, found, new)
    return took


def finish(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> Seconds:
    """Return the rest of a replacement that was killed: the new container is there, the old one still kept.

    Registered anew only where that had not been done: the container may be in traffic already.
    """
    with (
        falling_back(host, wanted, found, container, found.previous),
        switched(host, wanted.code, found.loaded),
        written(host, wanted),
        sidecars.written_files(host, wanted),
    ):
        with sidecars.starting(host, wanted, container):
            pass  # the main one runs; what of the others a killed launch has not started is started now
        took = run_commands(host, container, wanted)
        fresh = bool(registration_changes(wanted, found))
        took.update(_into_traffic(host, wanted, found, container, fresh))
    _tidy(host, wanted, found, container)
    return took


def pass_late(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> Seconds:
    """Return the rest of a launch that was killed in the gate, with no container to go back to."""
    with saying("The container keeps running but has not passed its gate; see its checks in Consul."):
        took = _into_traffic(host, wanted, found, container, fresh=bool(registration_changes(wanted, found)))
    _tidy(host, wanted, found, container)
    return took


def restart(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> Seconds:
    """Start the right container, which does not run, or runs and can't load new code otherwise.

    Where a killed launch has kept an old container, the one that is started has not passed its gate yet.
    """
    unpack_code(host, wanted)
    adjust(host, wanted, found, container)
    running = container.state == "running"
    with undoing(lambda: limits_back(host, wanted, found, container)):
        took = leave_traffic(host, wanted, found, container.id) if running else {}
    with _failing_restart(host, wanted, found, container):
        laps = Laps()
        if running:
            with sidecars.leaving(found, sidecars.restarting(wanted, found), sidecars.pausing(host)):
                host.docker.stop(container.id)
            laps.end("stop")
            took.update(laps.seconds)
        with switched(host, wanted.code, found.loaded), written(host, wanted):
            mark_unverified(wanted.container.name, container.id)
            with sidecars.starting(host, wanted, container.id):
                if container.state == "paused":
                    host.docker.unpause(container.id)
                else:
                    host.docker.start(container.id)
            took.update(bring_up(host, wanted, found, container.id))
    keep_note(host, wanted, found, container.id)
    _tidy(host, wanted, found, container.id)
    return took


def load_by_signal(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> Seconds:
    """Load new code into the running container by a signal, after what else can be changed as it runs."""
    unpack_code(host, wanted)
    adjust(host, wanted, found, container)
    host.guard.step("reload", t.cast(Reload, wanted.reload).timeout)
    with undoing(lambda: limits_back(host, wanted, found, container)):
        took = reload_in_place(host, wanted, found, container.id)
    keep_note(host, wanted, found, container.id)
    return took


def _failing_restart(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer
) -> contextlib.AbstractContextManager[None]:
    """Bring the old container back, or start the same one once more as it ran before, where the steps inside fail."""
    if found.current and found.previous:
        return falling_back(host, wanted, found, container.id, found.previous)
    knows_code = found.loaded and found.loaded.container == container.id
    if container.state == "running" or knows_code:
        return undoing_with_report(lambda: _started_as_before(host, wanted, found, container), "what ran before")
    return saying("The container was started and is left as it is, registered as critical.")


def _started_as_before(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: FoundContainer) -> str:
    """Start the container that ran before once more, and return what is left running, in a sentence."""
    out_of_traffic_again(host, wanted, found)
    host.docker.stop(container.id)
    limits_back(host, wanted, found, container)
    outcome = bring_back(host, wanted, found, container)
    mark_verified(wanted.container.name, container.id)
    with_code = " with the code from before" if wanted.code else ""
    return outcome.replace(BACK, f"The container runs{with_code}, and is passing.")


def bring_up(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> Seconds:
    """Bring a container that was just started into traffic: registered as critical, through the gate, passing."""
    took = run_commands(host, container, wanted)
    return {**took, **_into_traffic(host, wanted, found, container, started=True)}


def _into_traffic(
    host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str, fresh: bool = True, started: bool = False
) -> Seconds:
    """Register the container, pass it through the gate and mark it as passing.

    ``fresh``: registered anew; ``started``: with the wanted code, so that it must tell the release.
    """
    host.guard.step("gate", wanted.gate.timeout)
    note_registrations(wanted, found, container)
    if fresh:
        traffic.register_fresh(host, wanted.registrations, found)
    took = pass_gate(host, container, checks_of(wanted.registrations), wanted.gate)
    if started:
        prove_release(wanted)
    traffic.mark_passing(host, wanted.registrations, found)
    if wanted.gate.after and concern(found):
        took.update(_end_conditions(host, wanted, container))
    return took


def _end_conditions(host: Host, wanted: InstanceSpec, container: str) -> Seconds:
    host.guard.step("after", sum(condition.timeout for condition in wanted.gate.after))
    return {"after": hold_after(host, container, wanted)}


def register(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> Seconds:
    """Register a container that runs. What we can probe passes first, so nothing flaps and nothing is claimed."""
    checks = checks_of(wanted.registrations)
    probed = [check for check in checks if check.can_be_probed]
    once = Gate(wanted.gate.timeout, 0)
    with saying("The container runs on; its registrations are as they were."):
        took = pass_gate(host, container, probed, once)
    note_registrations(wanted, found, container)
    traffic.register_again(host, wanted.registrations, found)
    if len(probed) < len(checks):
        took = pass_gate(host, container, checks, once)
    _tidy(host, wanted, found, container)
    if owed_changes(wanted, found):
        with saying("The container runs on, in traffic."):
            took.update(_end_conditions(host, wanted, container))
    return took


@contextlib.contextmanager
def saying(outcome: str) -> t.Iterator[None]:
    """Add to a failure of the steps inside what was left running."""
    try:
        yield
    except Failure as failure:
        raise Failure(f"{failure}\n{outcome}", **failure.details) from failure


def _tidy(host: Host, wanted: InstanceSpec, found: ObservedInstance, container: str) -> None:
    """Remove what the gate has made superfluous: old containers, old registrations, old secret files."""
    host.guard.step("tidy")
    leftovers = {c.id for c in (found.current, *found.leftovers) if c} - {container}
    for identity in leftovers:
        host.docker.remove(identity)
    sidecars.tidy(host, wanted, found)
    traffic.deregister(host, found.registrations.keys() - {r.id for r in wanted.registrations})
    secrets.remove_files(wanted.container.name, keep=secrets.folder(wanted.container.name, wanted.container.secrets))
