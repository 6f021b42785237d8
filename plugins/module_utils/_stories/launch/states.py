# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module launch does for each of its states."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.notes import AT_WORK, exclusively
from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import checked_wanted
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide, removal
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import (
    on_the_other_side,
    starts_first,
    turned,
    with_ports_in_use,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.registration import refuse_unfit
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.guard import Guard
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, one_offs, survey

# Seconds for the command that tells whether an instance leads.
LEADER_TIMEOUT = 10.0


def launch(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Do what the state asks for, and return the module's result; ``params``: its options, secrets unpacked."""
    if params["state"] == "absent":
        return absent(params, check)
    if params["state"] == "watched":
        return watched(params)
    return preflight(params, check) if params["preflight"] else present(params, check)


def present(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Plan a launch, and carry it out."""
    given = params
    params, wanted, host, found, before, plan, first = begin(given)
    result = {**plan.to_result(), "warnings": found.warnings}
    if params["release"]:
        result["release"] = params["release"]["id"]
    if check or plan.action is Action.NONE:
        return result
    # What acts is imported only where something is to be done: each call starts a Python.
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.launch import carry_out
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.remembering import remembering
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.start_first import start_first
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.takeover import taking_over
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.prune import prune

    with host.guard.taken(plan.action), exclusively(params["name"], AT_WORK) as has_waited:
        if has_waited:
            params, wanted, _host, found, before, plan, first = begin(given)
        wanted = keyed(params, wanted)
        with remembering(params, wanted):
            plan = plan if first else decide(wanted, found)
            failing = unfit(host, wanted, plan, rolled=bool(params["release"]))
            if failing:
                raise Failure("\n".join(failing))
            with taking_over(host, params["takes_over"], wanted) if before else contextlib.nullcontext():
                took = start_first(host, wanted, found) if first else carry_out(host, wanted, found, plan)
            for container in (wanted.container, *(sidecar.container for sidecar in wanted.sidecars)):
                prune(host, container.reference, host.guard.keep_images)
    return {**result, "seconds": took, "warnings": [*found.warnings, *host.warnings]}


def preflight(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Plan, look for problems and pull; in check mode without pulling."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.preflight import run_preflight

    try:
        params, wanted, host, found, before, plan, first = begin(params)
        with host.guard.waiting():
            own = {params["takes_over"]: before} if before else {}
            ahead = run_preflight(host, wanted, found, plan, check, own)
            if wanted.sidecars:
                from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.sidecars import (
                    with_sidecars,
                )

                ahead = with_sidecars(ahead, host, wanted, found, plan, check)
            ahead = replace(
                ahead, problems=[*ahead.problems, *problems_of_the_other_side(params, host, found, plan, own)]
            )
            if wanted.may_reload and not ahead.problems and not check:
                fetched, failing = bring_code(host, keyed(params, wanted), plan)
                ahead = replace(ahead, problems=failing, pulled=ahead.pulled or fetched)
    except Failure as failure:
        return {**Plan(Action.NONE).to_result(), "problems": [str(failure)], "pulled": False}
    asked = wanted.leader if plan.action is not Action.NONE and not ahead.problems else ()
    passing = found.passing or (before is not None and before.passing)
    result = ahead.to_result(wanted, found, plan, check)
    stays = {"stays": True} if first else {}
    return {**result, "passing": passing, "leads": leads(host, before or found, asked), **stays}


class Begun(t.NamedTuple):
    """What a launch begins with. ``before``: whose place it takes; ``first``: it starts the new container first."""

    params: dict[str, t.Any]
    wanted: InstanceSpec
    host: Host
    found: ObservedInstance
    before: ObservedInstance | None
    plan: Plan
    first: bool


def begin(params: dict[str, t.Any]) -> Begun:
    """Look and plan; ``params`` of what is returned have as ``wanted`` what the instance is to be."""
    params, wanted, host, found = observe_side(params)
    before = predecessor_of(host, params)
    plan = planned(params, wanted, found, before)
    first = before is None and starts_first(params, found, plan)
    if first:
        params, plan = on_the_other_side(params, found, plan)
        wanted = spec_of(params)
    return Begun(params, wanted, host, found, before, shown(params, host, wanted, plan), first)


def problems_of_the_other_side(
    params: dict[str, t.Any], host: Host, found: ObservedInstance, plan: Plan, own: dict[str, ObservedInstance]
) -> list[str]:
    """Return what is wrong with the ports that a later launch will need, where a container is made now."""
    if not params.get("alternate") or not plan.action.makes_container:
        return []
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.ports import taken_ports

    other = spec_of(turned(params))
    return [*taken_ports(host, other, {params["name"]: found, **own})]


def predecessor_of(host: Host, params: dict[str, t.Any]) -> ObservedInstance | None:
    """Return the instance whose place this one takes, where there is one."""
    if not params.get("takes_over"):
        return None
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.takeover import predecessor

    return predecessor(host, params["takes_over"])


def planned(
    params: dict[str, t.Any], wanted: InstanceSpec, found: ObservedInstance, before: ObservedInstance | None
) -> Plan:
    """Return the plan; ``before``: the instance whose place this one takes."""
    plan = decide(wanted, found)
    if before is None:
        return plan
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.takeover import with_takeover

    return with_takeover(plan, params["takes_over"], params["name"])


def shown(params: dict[str, t.Any], host: Host, wanted: InstanceSpec, plan: Plan) -> Plan:
    """Return the plan, with the lines of files that change where they are asked for."""
    if not params.get("diff") or not wanted.files:
        return plan
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.diffs import with_file_diffs

    return with_file_diffs(host, wanted, plan)


def leads(host: Host, found: ObservedInstance, command: tuple[str, ...]) -> bool:
    """Return whether the instance leads the others, by a command in its container; without one nobody does."""
    if not command or not found.current or found.current.state != "running":
        return False
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import execute

    return execute(host.docker, found.current.id, list(command), LEADER_TIMEOUT)[0] == 0


def unfit(host: Host, wanted: InstanceSpec, plan: Plan, rolled: bool) -> list[str]:
    """Return what is wrong with new code and files. In a rollout the preflight did; peers may be others since."""
    if not wanted.may_reload:
        return []
    if not rolled:
        return bring_code(host, wanted, plan)[1]
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.validate import invalid_files

    return [*invalid_files(host, wanted)]


def bring_code(host: Host, wanted: InstanceSpec, plan: Plan) -> tuple[bool, list[str]]:
    """Bring new code onto the host, not live yet; return whether there was any, and problems of it or of files."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import unpack_code
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.validate import invalid_files
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.code import failing_checks

    fetched = unpack_code(host, wanted)
    # With files that have no place, a check would tell about that and nothing else.
    return fetched, [*invalid_files(host, wanted)] or failing_checks(host, wanted, plan)


def keyed(params: dict[str, t.Any], wanted: InstanceSpec) -> InstanceSpec:
    """Return the spec with digests of the secrets by the host's key, which is made where there is none."""
    if not wanted.secrets:
        return wanted
    return InstanceSpec.from_options(params, secrets.digests(params["secrets"], secrets.make_key()))


def watched(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """Look on for a while; what does not hold is a failure."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import keep_watch

    _params, wanted, host, found = observe_side(params)
    plan = decide(wanted, found)
    if plan.action is not Action.NONE or found.current is None:
        keys = ", ".join(change.key for change in plan.changes)
        raise Failure(
            f"{params['name']} does not run as it was launched any more: {plan.action.value} because of {keys}"
        )
    with host.guard.taken(Action.WATCH):
        host.guard.step("watch", seconds(params["watch"], "watch"))
        keep_watch(host, found.current.id, checks_of(wanted.registrations), seconds(params["watch"], "watch"))
    return plan.to_result()


def absent(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Remove an instance where there is one."""
    drain = seconds(checked_wanted(params["wanted"])["drain"], "service_rollout.drain")
    host = host_of(params)
    found = survey(host, params["name"])
    plan = removal(found)
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.removal import (
        forget,
        remove,
        remove_one_offs,
    )

    if plan.action is Action.NONE and not check:
        forget(params["name"])
        if params["release"]:
            host.guard.forget(params["name"])
        return {**plan.to_result(), "changed": remove_one_offs(host, params["name"])}
    if check:
        return {**plan.to_result(), "changed": plan.action is not Action.NONE or bool(one_offs(host, params["name"]))}
    with host.guard.taken(plan.action), exclusively(params["name"], AT_WORK) as has_waited:
        if params["release"] and params["release"]["min_healthy"]:
            host.guard.refuse_too_few([registration.name for registration in found.registrations.values()])
        remove(host, params["name"], survey(host, params["name"]) if has_waited else found, drain)
    return plan.to_result()


def observe(params: dict[str, t.Any]) -> tuple[InstanceSpec, Host, ObservedInstance]:
    """Return what is wanted, the host, and what was found; a service file that could not be rendered fails here."""
    wanted = spec_of(params)
    host = host_of(params)
    refuse_unfit(host.agent, wanted.registrations)
    return wanted, host, look(host, wanted)


def observe_side(params: dict[str, t.Any]) -> tuple[dict[str, t.Any], InstanceSpec, Host, ObservedInstance]:
    """Return what ``observe`` does, and before it the options with the ports that are in use, where they alternate."""
    wanted, host, found = observe(params)
    in_use = with_ports_in_use(params, found)
    return (params, wanted, host, found) if in_use is params else (in_use, *observe(in_use))


def spec_of(params: dict[str, t.Any]) -> InstanceSpec:
    """Return what is wanted, with the digests of its secrets by the host's key."""
    return InstanceSpec.from_options(params, secrets.digests(params["secrets"], secrets.read_key()))


def look(host: Host, wanted: InstanceSpec) -> ObservedInstance:
    """Return what is there of an instance, with the code and the files that its spec is about."""
    name = wanted.container.name
    found = survey(host, name, [r.id for r in wanted.registrations])
    if not wanted.may_reload:
        return found
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import with_loaded

    path, files = wanted.code.path if wanted.code else "", [file.path for file in wanted.files]
    return with_loaded(host.docker, found, name, path, files)


def host_of(params: dict[str, t.Any]) -> Host:
    """Return this host's own engine and agent, and the guard of the rollout that the launch is part of."""
    agent = Agent(consul.Consul.from_options(params))
    return Host(docker.Docker(params["docker_host"]), agent, guard_of(params, agent))


def guard_of(params: dict[str, t.Any], agent: Agent) -> Guard:
    """Return the guard of the rollout; outside of one it asks nobody."""
    if not params["release"]:
        return Guard()
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.rollout_guard import RolloutGuard

    return RolloutGuard.from_options(params, agent)
