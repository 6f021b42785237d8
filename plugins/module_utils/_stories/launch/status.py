# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a host, and how it differs from what was last launched there."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    maintenance_check,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE, SERVICE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    DRAINED,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar_changes import (
    containers_of,
    current_of,
    last_applied,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate, InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import read_loaded
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.held_secrets import held_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey

Result = dict[str, t.Any]
# Characters of a check's output.
SHOWN = 200
GONE = "not there"


def instances(host: Host, service: str | None) -> list[Result]:
    """Return every instance of ours on this host, or of one service, sorted by name."""
    labels = [summary["Labels"] or {} for summary in host.docker.containers()]
    names = {label[INSTANCE]: label.get(SERVICE, "") for label in labels if label.get(INSTANCE)}
    wanted = sorted((name, owner) for name, owner in names.items() if service in (None, owner))
    return [instance(host, name, owner) for name, owner in wanted]


def instance(host: Host, name: str, service: str) -> Result:
    """Return one instance: its container, its checks, and its drift, as sentences."""
    found = survey(host, name)
    main = found.current or found.previous or found.next
    container = main or next((one for there in found.sidecars.values() for one in containers_of(there)), None)
    if container is None:
        raise Failure(f"The containers of {name} went away while they were looked at. Run again.")
    inspected = host.docker.inspect(container.id)
    answer = inspected or {"State": {}, "Config": {}}
    checks = _checks(host, found.registrations.values())
    return {
        "instance": name,
        "service": service,
        "state": state_of(answer["State"], container.state) if main else GONE,
        "drained": found.drained.removeprefix(DRAINED),
        "since": str(answer["State"].get("StartedAt", "")).partition(".")[0],
        "restarts": container.restarts,
        "reference": answer["Config"].get("Image", ""),
        "content": container.content,
        "version": container.version,
        "code": code_of(name, container.id),
        "checks": {identity: check["Status"] for identity, check in checks.items()},
        "failing": failing_of(checks, found.node_maintenance, held_secrets(inspected) if inspected else {}),
        "sidecars": states_of(found),
        "drift": drift(found),
    }


def code_of(name: str, container: str) -> str:
    """Return the release of the code that the container was last proved to have loaded; empty where it has none."""
    loaded = read_loaded(name)
    if not loaded or loaded.container != container:
        return ""
    return loaded.version if loaded.proven else f"{loaded.version} (not proven)"


def states_of(found: ObservedInstance) -> dict[str, str]:
    """Return the state of each sidecar that runs, or is to run, beside the main container."""
    container = found.current or found.previous
    marks = container.sidecars if container else {}
    there = {name: current_of(found.sidecars.get(name)) for name, mark in marks.items() if not mark["once"]}
    return {name: one.state if one else GONE for name, one in there.items()}


def drift(found: ObservedInstance) -> list[str]:
    """Return what a launch of what was last wanted here would change."""
    container = found.current or found.previous
    if container is None and found.next is None and found.sidecars:
        return ["its main container is not there, and its sidecars are"]
    if container is None:
        return ["a launch was killed before its container started"]
    wanted = replace(as_last_applied(container), sidecars=last_applied(found, container))
    plan = decide(wanted, found)
    changes = [str(change) for change in plan.changes]
    return [*changes, *(["the conditions of gate.after have not been checked yet"] if found.owes_after else ())]


def as_last_applied(container: FoundContainer) -> InstanceSpec:
    """Return what the container's labels say was wanted when it was made."""
    return InstanceSpec(
        container=Container(
            name=container.instance,
            service="",
            reference="",
            content=container.content,
            version=container.version,
            options=container.wanted,
            compared=container.wanted,
            secrets=container.secrets,
            registrations=container.registrations,
            reload=container.reload,
            first_boot=container.first_start.get("first_boot", False),
            empty_peers=tuple(container.first_start.get("empty_peers", ())),
            sidecar=container.sidecar,
            sidecars=container.sidecars,
        ),
        registrations=registrations(container.registrations, container.instance),
        directories=(),
        gate=Gate(1, 0),
        drain=0,
        secrets={},
    )


def state_of(state: Result, name: str) -> str:
    """Return the state as docker ps has it, with the health where the image has a check of its own."""
    health = (state.get("Health") or {}).get("Status", "none")
    return name if health == "none" or name != "running" else f"{name} ({health})"


def failing_of(checks: dict[str, Result], node_maintenance: str | None, secrets: dict[str, str]) -> list[str]:
    """Return a sentence for each check that does not pass, with the first line of its output, and for maintenance."""
    failing = [] if node_maintenance is None else [f"the whole node is in maintenance: {node_maintenance}"]
    for identity, check in checks.items():
        if identity == maintenance_check(check["ServiceID"]):
            if str(check.get("Notes")).startswith(DRAINED):
                continue  # told of the instance
            failing.append(f"{check['ServiceID']} is in maintenance: {check.get('Notes') or 'no reason given'}")
        elif check["Status"] != "passing":
            # What is cut first has parts of secrets that nobody recognises.
            lines = masked(str(check.get("Output") or ""), secrets).strip().splitlines() or ["no output yet"]
            failing.append(f"check {identity} is {check['Status']}: {lines[0][:SHOWN]}")
    return failing


def _checks(host: Host, found: t.Iterable[FoundRegistration]) -> dict[str, Result]:
    """Return each check as the agent has it, maintenance among them."""
    ids = {registration.id for registration in found}
    return {identity: check for identity, check in sorted(host.agent.checks().items()) if check["ServiceID"] in ids}
