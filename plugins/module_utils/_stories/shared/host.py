# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host as a launch sees it, and the survey of one instance on it."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, sealed, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import NODE_MAINTENANCE, Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import (
    INSTANCE,
    ONE_OFF,
    SERVICE,
    SIDECAR,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import next_of, previous_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import ids_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.last_applied import last_applied
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.guard import Guard


@dataclass(frozen=True)
class Host:
    """The host's own engine and its own agent, and the guard of the rollout where there is one."""

    docker: Docker
    agent: Agent
    guard: Guard = field(default_factory=Guard)
    # What a user is to be warnings of steps that went well.
    warnings: list[str] = field(default_factory=list)


def survey(host: Host, instance: str, wanted_ids: t.Collection[str] = ()) -> ObservedInstance:
    """Return what is there of an instance; a container or registration of its name that is not ours fails."""
    summaries = host.docker.containers()
    current, previous, upcoming = (_ours(found, instance) for found in _containers(host, instance, summaries))
    if current is None and upcoming and upcoming.state == "running":
        current, upcoming = upcoming, None  # it has passed its gate, and was to have the name
    container, noted = current or previous, notes.read(instance)
    services, checks = host.agent.services(), host.agent.checks()
    found = [FoundRegistration.from_api(service, checks) for service in services.values()]
    registered = {r.id: r for r in found if r.instance == instance or r.id in wanted_ids}
    _refuse_hidden(host, container, registered)
    others = {i for one in (previous, upcoming) if one for i in ids_of(one)} - ids_of(container)
    return ObservedInstance(
        current=current,
        previous=previous,
        next=upcoming,
        sidecars=_sidecars(host, instance, summaries),
        node_maintenance=checks[NODE_MAINTENANCE]["Notes"] if NODE_MAINTENANCE in checks else None,
        registrations=registered,
        lost_secrets=secrets.lost(instance, container.secrets, secrets.read_key()) if container else (),
        secrets_sealed=bool(container and sealed.is_there(instance, container.secrets)),
        secrets_left_behind=secrets.are_left_behind(instance, [c.secrets for c in (current, previous, upcoming) if c]),
        owes_after=bool(noted.owed),
        noted_drain=str(noted.drained.get("reason", "")),
        passing=bool(current and current.state == "running") and _all_pass(checks, registered.keys() - others),
    )


def _refuse_hidden(host: Host, container: FoundContainer | None, registered: t.Collection[str]) -> None:
    """Refuse to take for lost what the token may not see of the container's registrations."""
    if container is None or len(registered) >= len(container.registrations):
        return
    names: list[str] = []
    with contextlib.suppress(Failure):  # one that would not be valid today
        known = registrations(container.registrations, container.instance)
        names = [registration.name for registration in known if registration.id not in registered]
    if names:
        host.agent.refuse_hidden(names)


def _all_pass(checks: dict[str, dict[str, t.Any]], services: t.Collection[str]) -> bool:
    """Return whether all checks of these services pass, and those of the node, which count for all."""
    return all(c["Status"] == "passing" for c in checks.values() if not c["ServiceID"] or c["ServiceID"] in services)


def stop_for_good(host: Host, container: FoundContainer) -> None:
    """Stop a container that is not to come back: with its restart policy it would, with the engine."""
    host.docker.set_restart_policy(container.id, {"Name": "no"})
    if container.state == "paused":
        host.docker.unpause(container.id)
    host.docker.stop(container.id)


def sidecars_now(host: Host, instance: str) -> dict[str, ObservedInstance]:
    """Return what is there of the instance's sidecars by now."""
    return _sidecars(host, instance, host.docker.containers())


def _sidecars(host: Host, instance: str, summaries: t.Iterable[dict[str, t.Any]]) -> dict[str, ObservedInstance]:
    """Return what is there of the instance's sidecars. Imported only where it has any."""
    labels = [summary["Labels"] or {} for summary in summaries]
    if not any(SIDECAR in label and label.get(INSTANCE) == instance for label in labels):
        return {}
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.sidecars import sidecars_there

    return sidecars_there(host.docker, instance, labels)


def _containers(host: Host, instance: str, summaries: t.Iterable[dict[str, t.Any]]) -> list[FoundContainer | None]:
    """Return the instance's container, the one before and the one to come; one list call tells which are there.

    A container of the instance under another name was renamed by hand.
    """
    names = [instance, previous_of(instance), next_of(instance)]
    mains = [summary for summary in summaries if SIDECAR not in (summary["Labels"] or {})]
    present = {s["Names"][0].lstrip("/"): s["Labels"].get(INSTANCE) for s in mains if s["Names"]}
    if not present.keys() & names:
        names[0] = next((name for name, owner in sorted(present.items()) if owner == instance), instance)
    answers = [host.docker.inspect(name) if name in present else None for name in names]
    return [last_applied(FoundContainer.from_inspect(answer), instance) if answer else None for answer in answers]


def instances_of(docker: Docker, service: str) -> list[str]:
    """Return the instances of a service that have a container here, or had one by the host's own notes; sorted.

    A removal that was killed may have left the notes alone, from which the host would bring the instance back.
    """
    labels = [summary["Labels"] or {} for summary in docker.containers()]
    owners = {label[INSTANCE]: label.get(SERVICE) or label[INSTANCE] for label in labels if label.get(INSTANCE)}
    noted = {n: str(notes.read(n).launched.get("service", "")) for n in notes.instances() if n not in owners}
    return sorted(name for name, owner in {**noted, **owners}.items() if owner == service)


def one_offs(host: Host, instance: str) -> list[dict[str, t.Any]]:
    """Return the summaries of the containers that run, or ran, a single command for the instance."""
    return [found for found in host.docker.containers() if (found["Labels"] or {}).get(ONE_OFF) == instance]


def refuse_foreign(host: Host, instance: str, name: str) -> None:
    """Refuse a container of that name that runs no single command for this instance: it is somebody else's."""
    found = host.docker.inspect(name)
    if found and (found["Config"]["Labels"] or {}).get(ONE_OFF) != instance:
        raise _foreign(name)


def other_owner(host: Host, instance: str, name: str) -> str:
    """Return what is wrong where a container of that name belongs to another instance, or to nobody of ours."""
    found = host.docker.inspect(name)
    if found is None or (found["Config"]["Labels"] or {}).get(INSTANCE) == instance:
        return ""
    owner = (found["Config"]["Labels"] or {}).get(INSTANCE)
    whose = f"is that of the instance {owner}; rename the service or the sidecar" if owner else ""
    return f"the container {name} on this host {whose}" if whose else str(_foreign(name))


def _ours(found: FoundContainer | None, instance: str) -> FoundContainer | None:
    if found is not None and found.instance != instance:
        raise _foreign(found.name)
    return found


def _foreign(name: str) -> Failure:
    return Failure(
        f"There is a container {name} on this host that Longshore did not make; it is left alone."
        f" Remove or rename it (docker rename {name} {name}-old), then run again."
    )
