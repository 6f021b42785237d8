# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance takes the place of another of its service on the same host, as where ``web`` becomes ``web-1``."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.notes import AT_WORK, exclusively
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import sidecars, traffic
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import pass_gate
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.removal import remove
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import last_registrations
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import undoing_with_report


def predecessor(host: Host, instance: str) -> ObservedInstance | None:
    """Return what is there of the instance whose place is taken; None where nothing is."""
    found = survey(host, instance)
    return found if found.current or found.leftovers or found.registrations else None


def with_takeover(plan: Plan, before: str, instance: str) -> Plan:
    """Return the plan of an instance that takes the place of another one."""
    return Plan(Action.REPLACE, (Change("instance", before, instance), *plan.changes))


@contextlib.contextmanager
def taking_over(host: Host, name: str, wanted: InstanceSpec) -> t.Iterator[None]:
    """Take the instance ``name`` out and stop it; remove it once the steps inside have come to their end.

    Where they fail, it is started again and brought back into traffic. Killed anywhere, it is found again, stopped or
    not, and the next launch goes on.
    """
    with exclusively(name, AT_WORK):
        found = survey(host, name)
        host.guard.refuse_too_few([registration.name for registration in found.registrations.values()])
        host.guard.step("drain", wanted.drain)
        with undoing_with_report(lambda: _back(host, name, wanted, found), name):
            traffic.take_out(host, found.registrations.values(), found.visible_ports, wanted.drain)
            host.guard.step("stop")
            with sidecars.leaving(found, found.sidecars, sidecars.stopping(host)):
                for container in filter(None, (found.current, *found.leftovers)):
                    host.docker.set_restart_policy(container.id, {"Name": "no"})
                    host.docker.stop(container.id)
            yield
        remove(host, name, survey(host, name), 0)
        host.guard.forget(name)


def _back(host: Host, name: str, wanted: InstanceSpec, found: ObservedInstance) -> str:
    """Start the instance again and let it pass its gate; what runs then, in a sentence."""
    old = found.current or found.previous
    if old is None:
        return f"There is no container of {name} to go back to."
    kept = last_registrations(found, old)
    host.docker.set_restart_policy(old.id, old.wanted["restart_policy"])
    with sidecars.starting_old(host, wanted.gate.timeout, found):
        host.docker.start(old.id)
    traffic.register_fresh(host, kept, found)
    try:
        pass_gate(host, old.id, checks_of(kept), wanted.gate)
    except Failure as failure:
        raise Failure(f"{name} was started again, and does not pass: {failure}") from failure
    traffic.mark_passing(host, kept, found)
    return f"{name} is back and passing."
