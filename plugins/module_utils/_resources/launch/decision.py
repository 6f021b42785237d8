# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about what was found on a host. Pure: the story reads and acts."""

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import BY_SIGNAL, Loaded
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    Registration,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import file_changes
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan, flat
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar_changes import (
    containers_of,
    with_sidecars,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import without_beside
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec

Changes = tuple[Change, ...]


def decide(wanted: InstanceSpec, found: ObservedInstance) -> Plan:
    """Return the mildest action that brings the instance to the wanted state; a restart where that was asked for."""
    found = without_beside(found)
    plan = with_sidecars(_mildest(wanted, found), wanted, found)
    container = found.current
    if not wanted.restart or container is None or plan.action >= Action.RESTART:
        return plan
    # It would found its cluster once more.
    first_start = wanted.container.first_start_changes_from(container)
    changes = (Change("state", "running", "restarted"), *first_start, *plan.changes)
    return Plan(Action.REPLACE if first_start else Action.RESTART, changes)


def _mildest(wanted: InstanceSpec, found: ObservedInstance) -> Plan:
    """Return the mildest action that brings the instance to the wanted state, and every key that causes it."""
    container = found.current or found.previous
    registrations = registration_changes(wanted, found)
    loaded = found.loaded if container and found.loaded and found.loaded.container == container.id else None
    files = file_changes(wanted.files, found.files, loaded.files if loaded else {})
    code = (
        *_code(wanted, found, loaded),
        *_unproven(wanted, loaded),
        *files.get("signal", ()),
        *files.get("restart", ()),
    )
    quiet = files.get("none", ())
    if container is None:
        return Plan(Action.CREATE, (*_creation(wanted), *code, *_owner(wanted, found), *quiet, *registrations))
    options = wanted.container.changes_from(container)
    updates = (*wanted.container.updates_from(container), *wanted.container.reload_changes_from(container))
    state, first_start = _state(container), wanted.container.first_start_changes_from(container)
    if options or (first_start and (state or found.current is None or _is_broken(found))):
        causes = (*options, *first_start) if options else (*state, *first_start)
        return Plan(Action.REPLACE, (*causes, *code, *_owner(wanted, found), *quiet, *updates, *registrations))
    updates = (*_name(wanted, container), *_owner(wanted, found), *quiet, *updates, *_lost_secrets(found))
    if state or found.current is None:
        return Plan(Action.RESTART, (*state, *code, *updates, *registrations))
    gate = (*gate_changes(found), *owed_changes(wanted, found))
    rest = (*updates, *_leftovers(found), *registrations, *gate, *_at_rest(wanted, found))
    if not (code or rest):
        return Plan(Action.NONE)
    action = _while_it_runs(wanted, code, "restart" in files, updates)
    # A founder waits for the next change, whatever that is; in its gate, for the next one that would start it again.
    if first_start and (action is Action.RESTART or ((code or updates or registrations) and not gate_changes(found))):
        return Plan(Action.REPLACE, (*first_start, *code, *rest))
    return Plan(action, (*code, *rest))


def _while_it_runs(wanted: InstanceSpec, code: Changes, by_restart: bool, updates: Changes) -> Action:
    """Return the mildest action for changes that need no other container than the running one."""
    if code:
        return Action.SIGNAL if _by_signal(wanted) and not by_restart else Action.RESTART
    return Action.UPDATE if updates else Action.REGISTER


def removal(found: ObservedInstance) -> Plan:
    """Return the plan by which all that there is of an instance goes."""
    own = [container for container in (found.current, *found.leftovers) if container]
    containers = [*own, *(container for there in found.sidecars.values() for container in containers_of(there))]
    changes = (
        *(Change(f"container.{container.name}", container.state, None) for container in containers),
        *(Change(f"registrations.{r.id}", r.name, None) for r in found.registrations.values() if r.instance),
        *_secrets_left_behind(found),
    )
    return Plan(Action.REMOVE if changes else Action.NONE, changes)


def _creation(wanted: InstanceSpec) -> tuple[Change, ...]:
    container = wanted.container
    options = {"image": container.content, **flat(container.options)}
    secrets = {f"secrets.{name}": "set" for name in container.secrets}
    return tuple(Change(key, None, value) for key, value in {**options, **secrets}.items())


def _code(wanted: InstanceSpec, found: ObservedInstance, loaded: Loaded | None) -> tuple[Change, ...]:
    """Return code that the container has not loaded yet, as far as anybody knows, or would not load again."""
    if wanted.code is None:
        return ()
    if loaded is None or loaded.content != wanted.code.content:
        return (Change("code", loaded.version if loaded else None, wanted.code.version),)
    if wanted.code.release not in ("", found.current_code):
        return (Change("code.current", found.current_code or None, wanted.code.release),)
    return ()


def _unproven(wanted: InstanceSpec, loaded: Loaded | None) -> tuple[Change, ...]:
    """Return a reload that nobody saw the end of: the container runs what it had loaded, or what it was told to."""
    is_unverified = wanted.may_reload and loaded is not None and not loaded.proven
    return (Change("loaded", "not proven", "proven"),) if is_unverified else ()


def _is_broken(found: ObservedInstance) -> bool:
    """Return whether the instance should be in traffic and is not; in its gate, nobody knows yet."""
    maintained = found.node_maintenance is not None or any(r.maintenance for r in found.registrations.values())
    return not found.passing and not maintained and not gate_changes(found)


def _by_signal(wanted: InstanceSpec) -> bool:
    """Return whether anything of the service is ever loaded by a signal; its server need not know one otherwise."""
    loads = bool(wanted.code) or any(file.on_change == BY_SIGNAL for file in wanted.files)
    return loads and wanted.reload is not None and wanted.reload.action == BY_SIGNAL


def _name(wanted: InstanceSpec, container: FoundContainer) -> tuple[Change, ...]:
    name = wanted.container.name
    return () if container.name == name else (Change("name", container.name, name),)


def _owner(wanted: InstanceSpec, found: ObservedInstance) -> tuple[Change, ...]:
    """Return the change of owner that the code needs which is current and stays so."""
    code, there = wanted.code, found.code_owner
    if code is None or there is None or code.release not in ("", found.current_code) or there == code.owners:
        return ()
    return (Change("code.owner", "{}:{}".format(*there), "{}:{}".format(*code.owners)),)


def _state(container: FoundContainer) -> tuple[Change, ...]:
    return () if container.state == "running" else (Change("state", container.state, "running"),)


def _lost_secrets(found: ObservedInstance) -> tuple[Change, ...]:
    return tuple(Change(f"secrets.{name}", "lost", "set") for name in found.lost_secrets)


def _at_rest(wanted: InstanceSpec, found: ObservedInstance) -> tuple[Change, ...]:
    """Return the change of how the host keeps the secrets over a reboot."""
    words = {True: "systemd-creds", False: "memory"}
    if not wanted.secrets or wanted.seals_secrets == found.secrets_sealed:
        return ()
    return (Change("secrets_at_rest", words[found.secrets_sealed], words[wanted.seals_secrets]),)


def _leftovers(found: ObservedInstance) -> tuple[Change, ...]:
    containers = tuple(Change(f"leftover.{container.name}", container.state, None) for container in found.leftovers)
    return (*containers, *_secrets_left_behind(found))


def has_leftovers(found: ObservedInstance) -> bool:
    """Return whether a launch that was killed has left something that is to be removed."""
    return bool(_leftovers(found))


def gate_changes(found: ObservedInstance) -> tuple[Change, ...]:
    """Return registrations whose container was in its gate when the launch was killed: nobody knows if it passed."""
    waiting = (r for r in found.registrations.values() if r.instance and not r.passed_gate)
    return tuple(Change(f"registrations.{r.id}.gate", "not passed", "passed") for r in waiting)


def owed_changes(wanted: InstanceSpec, found: ObservedInstance) -> tuple[Change, ...]:
    """Return conditions of the gate that were to hold after the instance was back, and that nobody has asked."""
    owed = wanted.gate.after and found.owes_after
    return (Change("gate.after", "not asked", "holds"),) if owed else ()


def _secrets_left_behind(found: ObservedInstance) -> tuple[Change, ...]:
    return (Change("leftover.secrets", "files", None),) if found.secrets_left_behind else ()


def registration_changes(wanted: InstanceSpec, found: ObservedInstance) -> tuple[Change, ...]:
    """Return what differs of the registrations, also a maintenance that a killed launch left or a drain lacks."""
    ids = {registration.id for registration in wanted.registrations}
    before = _last_registrations(found)
    changes = [
        change
        for registration in wanted.registrations
        for change in registration.changes_from(found.registrations.get(registration.id), before.get(registration.id))
    ]
    for registration in found.registrations.values():
        key = f"registrations.{registration.id}"
        if registration.id not in ids:
            changes.append(Change(key, registration.name, None))
        elif registration.maintenance == MAINTENANCE and not found.drained:
            changes.append(Change(f"{key}.maintenance", MAINTENANCE, None))
        elif found.drained and registration.maintenance is None:
            changes.append(Change(f"{key}.maintenance", None, found.drained))
    return tuple(changes)


def _last_registrations(found: ObservedInstance) -> dict[str, Registration]:
    """Return what was last wanted to be registered, by ID; nothing where it would not be valid today."""
    container = found.current or found.previous
    if container is None:
        return {}
    try:
        return {
            registration.id: registration for registration in registrations(container.registrations, container.instance)
        }
    except Failure:
        return {}
