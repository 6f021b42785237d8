# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found on a host, and what is to be done about it. Pure: the story reads and acts."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils.resources.code import BY_RESTART, BY_SIGNAL, Loaded
from ansible_collections.longshore.fleet.plugins.module_utils.resources.container import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils.resources.files import file_changes
from ansible_collections.longshore.fleet.plugins.module_utils.resources.plan import Change, Plan, flat
from ansible_collections.longshore.fleet.plugins.module_utils.resources.registration import FoundRegistration
from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted

# The reason that our own maintenance shows; somebody else's stays.
MAINTENANCE = "longshore: replacing the container"


@dataclass(frozen=True)
class Survey:
    """One instance on one host: its containers, and its registrations by ID.

    ``previous`` and ``next`` are what a launch that was killed leaves behind.
    """

    current: FoundContainer | None
    previous: FoundContainer | None
    next: FoundContainer | None
    registrations: dict[str, FoundRegistration]
    lost_secrets: tuple[str, ...] = ()  # files of its container that are not there, or not as they were written
    secrets_left_behind: bool = False  # files of no container, of a launch that was killed
    loaded: Loaded | None = None  # the code that a container was last proved to have loaded, by its ID
    current_release: str = ""  # the folder of code that a container would load now
    files: dict[str, str] = field(default_factory=dict)  # path -> digest
    passing: bool = False  # it runs, and all its checks and those of its node pass, as far as its agent knows
    node_maintenance: str | None = None  # the reason; no instance of the node is in traffic then

    @property
    def leftovers(self) -> tuple[FoundContainer, ...]:
        """Containers of a launch that did not end."""
        return tuple(container for container in (self.previous, self.next) if container)

    @property
    def held(self) -> dict[str, str]:
        """Registrations that somebody else has put into maintenance: ID -> reason. They stay there."""
        reasons = {r.id: r.maintenance for r in self.registrations.values()}
        return {i: why for i, why in reasons.items() if why is not None and why != MAINTENANCE}

    def can_pass(self, identity: str) -> bool:
        """Whether nobody else keeps the registration out of traffic."""
        return self.node_maintenance is None and identity not in self.held

    @property
    def warnings(self) -> list[str]:
        """What a launch leaves alone and its user should know."""
        told = [f"{i} is in maintenance, set by somebody else ({why}); it stays there" for i, why in self.held.items()]
        if self.node_maintenance is not None:
            why = self.node_maintenance
            told.append(f"the whole node is in maintenance ({why}); its instances stay out of traffic")
        return told


def decide(wanted: Wanted, found: Survey) -> Plan:
    """The mildest action that brings the instance to the wanted state, and every key that causes it."""
    container = found.current or found.previous
    registrations = registration_changes(wanted, found)
    loaded = found.loaded if container and found.loaded and found.loaded.container == container.id else None
    files = file_changes(wanted.files, found.files, loaded.files if loaded else {})
    code = (*_code(wanted, found, loaded), *files.get("signal", ()), *files.get("restart", ()))
    quiet = files.get("none", ())
    if container is None:
        return Plan("create", (*_creation(wanted), *code, *quiet, *registrations))
    options = wanted.container.changes_from(container)
    updates = wanted.container.updates_from(container)
    if options:
        return Plan("replace", (*options, *code, *quiet, *updates, *registrations))
    updates = (*_name(wanted, container), *quiet, *updates, *_lost_secrets(found))
    state = _state(container)
    if state or found.current is None:
        return Plan("restart", (*state, *code, *updates, *registrations))
    rest = (*updates, *_leftovers(found), *registrations, *gate_changes(found))
    if code:
        by_signal = wanted.reload and wanted.reload.action == BY_SIGNAL and "restart" not in files
        return Plan(BY_SIGNAL if by_signal else BY_RESTART, (*code, *rest))
    if not rest:
        return Plan("none")
    return Plan("update" if updates else "register", rest)


def removal(found: Survey) -> Plan:
    """All that there is of an instance goes."""
    containers = [container for container in (found.current, *found.leftovers) if container]
    changes = (
        *(Change(f"container.{container.name}", container.state, None) for container in containers),
        *(Change(f"registrations.{r.id}", r.name, None) for r in found.registrations.values() if r.instance),
        *_secrets_left_behind(found),
    )
    return Plan("remove" if changes else "none", changes)


def _creation(wanted: Wanted) -> tuple[Change, ...]:
    container = wanted.container
    options = {"image": container.content, **flat(container.compared)}
    secrets = {f"secrets.{name}": "set" for name in container.secrets}
    return tuple(Change(key, None, value) for key, value in {**options, **secrets}.items())


def _code(wanted: Wanted, found: Survey, loaded: Loaded | None) -> tuple[Change, ...]:
    """Code that the container has not loaded yet, as far as anybody knows, or would not load again."""
    if wanted.code is None:
        return ()
    if loaded is None or loaded.content != wanted.code.content:
        return (Change("code", loaded.version if loaded else None, wanted.code.version),)
    if wanted.code.release not in ("", found.current_release):
        return (Change("code.current", found.current_release or None, wanted.code.release),)
    return ()


def _name(wanted: Wanted, container: FoundContainer) -> tuple[Change, ...]:
    name = wanted.container.name
    return () if container.name == name else (Change("name", container.name, name),)


def _state(container: FoundContainer) -> tuple[Change, ...]:
    return () if container.state == "running" else (Change("state", container.state, "running"),)


def _lost_secrets(found: Survey) -> tuple[Change, ...]:
    return tuple(Change(f"secrets.{name}", "lost", "set") for name in found.lost_secrets)


def _leftovers(found: Survey) -> tuple[Change, ...]:
    containers = tuple(Change(f"leftover.{container.name}", container.state, None) for container in found.leftovers)
    return (*containers, *_secrets_left_behind(found))


def has_leftovers(found: Survey) -> bool:
    """Whether a launch that was killed has left something that is to be removed."""
    return bool(_leftovers(found))


def gate_changes(found: Survey) -> tuple[Change, ...]:
    """Registrations whose container was in its gate when the launch was killed; whether it would pass, nobody knows."""
    waiting = (r for r in found.registrations.values() if r.instance and not r.passed_gate)
    return tuple(Change(f"registrations.{r.id}.gate", "not passed", "passed") for r in waiting)


def _secrets_left_behind(found: Survey) -> tuple[Change, ...]:
    return (Change("leftover.secrets", "files", None),) if found.secrets_left_behind else ()


def registration_changes(wanted: Wanted, found: Survey) -> tuple[Change, ...]:
    """Missing, different and superfluous registrations, and our own maintenance that a killed launch left on."""
    ids = {registration.id for registration in wanted.registrations}
    changes = [c for r in wanted.registrations for c in r.changes_from(found.registrations.get(r.id))]
    for registration in found.registrations.values():
        key = f"registrations.{registration.id}"
        if registration.id not in ids:
            changes.append(Change(key, registration.name, None))
        elif registration.maintenance == MAINTENANCE:
            changes.append(Change(f"{key}.maintenance", MAINTENANCE, None))
    return tuple(changes)
