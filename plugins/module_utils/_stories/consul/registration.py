# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stories of a registration: for things that are no container of ours, on the agent that owns and checks them."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    Registration,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan

Result = dict[str, t.Any]


def present(agent: Agent, wanted: Registration, check: bool) -> Result:
    """Register as wanted; where it is already, two reads and no more. A maintenance stays, with a warning."""
    found = find_registration(agent, wanted.id)
    changes = wanted.changes_from(found)
    if changes:
        refuse_unfit(agent, [wanted])
    if changes and not check:
        register(agent, wanted, found, _statuses(wanted, found))
    held = found is not None and found.maintenance is not None
    warnings = [f"{wanted.id} is in maintenance ({found.maintenance}); it stays there"] if found and held else []
    return {**Plan(Action.REGISTER if changes else Action.NONE, changes).to_result(), "warnings": warnings}


def absent(agent: Agent, identity: str, name: str, owner: str, check: bool) -> Result:
    """Deregister it with its checks, where it is there; one of somebody else is a ``Failure``.

    ``name``: of the service, where it is known; else its ID.
    """
    found = find_registration(agent, identity)
    if found is None:
        agent.refuse_hidden([name])
        return Plan(Action.NONE).to_result()
    if found.instance != owner:
        whose = f"of the instance {found.instance}" if found.instance else "not of Longshore"
        raise Failure(
            f"The service {identity} of this host's agent is {whose} and is left alone."
            f" To remove it all the same: consul services deregister -id={identity}"
        )
    if not check:
        agent.deregister(identity)
    return Plan(Action.REMOVE, (Change(f"registrations.{identity}", found.name, None),)).to_result()


def maintenance(agent: Agent, identity: str, name: str, reason: str | None, check: bool) -> Result:
    """Take it out of traffic with a reason, or, with None, back into traffic; whoever has registered it."""
    found = find_registration(agent, identity)
    if found is None:
        agent.refuse_hidden([name])
        raise Failure(f"This host's agent has no service with the ID {identity}; see: curl $CONSUL/v1/agent/services")
    if (reason is None) == (found.maintenance is None):
        other = found.maintenance != reason
        warnings = [f"{identity} is in maintenance already, with another reason ({found.maintenance})"] if other else []
        return {**Plan(Action.NONE).to_result(), "warnings": warnings}
    if not check and reason is None:
        agent.end_maintenance(identity)
    elif not check:
        agent.maintain(identity, str(reason))
    change = Change(f"registrations.{identity}.maintenance", found.maintenance, reason)
    return Plan(Action.REGISTER, (change,)).to_result()


def find_registration(agent: Agent, identity: str) -> FoundRegistration | None:
    """Return the registration as the agent has it: two requests."""
    service = agent.services().get(identity)
    return FoundRegistration.from_api(service, agent.checks()) if service else None


def register(
    agent: Agent,
    wanted: Registration,
    found: FoundRegistration | None,
    statuses: t.Mapping[str, str] | None = None,
) -> None:
    """Bring the agent up to date. Checks that stay keep their status; those that are no longer wanted go."""
    agent.register(wanted.keeping_tags(found).to_api("passing", statuses))
    for check in sorted(set(found.check_ids if found else ()) - {check.id for check in wanted.checks}):
        agent.deregister_check(check)


def refuse_unfit(agent: Agent, wanted: t.Sequence[Registration]) -> None:
    """Refuse what the agent is too old for, which it would ignore silently, and commands, where it takes none.

    The agent is asked only where there is something that not all agents take.
    """
    commands = [key for registration in wanted for key in registration.commands]
    if commands and not agent.takes_commands():
        raise Failure(
            f"{commands[0]}: this host's agent takes no commands from its HTTP API; set enable_script_checks = true in"
            " its configuration, where that API listens on 127.0.0.1 only, or check by http or tcp"
        )
    newer = {key: since for registration in wanted for key, since in registration.newer.items()}
    version = agent.version() if newer else ()
    for key, since in newer.items():
        if since > version:
            least, own = (".".join(map(str, numbers)) for numbers in (since, version))
            raise Failure(
                f"{key}: Consul knows it from {least} on, and this host's agent is {own};"
                " upgrade the agent, or remove the key"
            )


def _statuses(wanted: Registration, found: FoundRegistration | None) -> dict[str, str]:
    """Return what new checks begin with, by CheckID: what the user says, else what a first run of the check shows."""
    # What asks is imported only where something is to be done: each call starts a Python.
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import probe

    new = [check for check in wanted.checks if found is None or check.id not in found.check_ids]
    given = {check.id: check.status for check in new if "status" in check.options or not check.connects}
    probed = {check.id: probe(check.options, check.timeout)[0] for check in new if check.id not in given}
    # The agent keeps the status of a check that it has.
    kept = {check.id: "critical" for check in wanted.checks if check not in new}
    return {**kept, **given, **probed}
