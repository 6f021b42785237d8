#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: launch
short_description: Bring one instance of a service to its wanted state
version_added: 1.0.0
description:
  - Compares the wanted container and registrations with what is there, and takes the mildest action that does it -
    none, register, update, signal, restart, replace or create.
  - Limits (C(mem_limit), C(memswap_limit), C(mem_reservation), C(nano_cpus), C(cpu_period), C(cpu_quota),
    C(cpu_shares), C(cpuset_cpus), C(cpuset_mems), C(pids_limit), C(blkio_weight)) and C(restart_policy) are compared
    with what the engine tells, and changed while the container runs. Only a limit that is taken away needs a new one.
  - A new container is out of traffic until it has passed the gate. The old one is kept, stopped, until then, and is
    back in traffic where the
    new one fails.
  - What is wanted is compared with what was last wanted, kept in the container's labels, and not with what the engine
    has made of it.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.instance
  - longshore.fleet.docker
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul_and_docker
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) - the instance runs as wanted and is in traffic.
      - V(absent) - it is out of traffic, drained, deregistered, stopped and removed; volumes and directories stay.
      - V(watched) - changes nothing; fails where the instance does not run as wanted, or where its container ends, is
        restarted, or one of its checks fails within O(watch).
    type: str
    choices: [present, absent, watched]
    default: present
  watch:
    description: For how long O(state=watched) looks on, as a duration.
    type: str
    default: 30s
  preflight:
    description:
      - Only plan, look for everything that could fail, and pull the image. Nothing that runs is touched.
      - Problems are returned in RV(problems) instead of failing, so that one report can list those of all hosts.
    type: bool
    default: false
  survey:
    description:
      - What M(longshore.fleet.discover) has found of the instance on this host.
      - Where it shows that nothing is to do, O(preflight=true) is told from it, and the host is not asked once more.
    type: dict
  release:
    description:
      - The rollout that this launch is part of, as M(longshore.fleet.release) began it. Before each step that takes
        something away the session must still hold the deploy lock; it is renewed while the module works, and each step
        is told in Consul's KV.
    type: dict
    suboptions:
      id:
        description: The release.
        type: str
        required: true
      session:
        description: The session that holds the deploy lock.
        type: str
        required: true
      prefix:
        description: Where the fleet's data begins in the KV store.
        type: str
        default: longshore
      min_healthy:
        description: How many instances on other nodes than O(release.batch) must be passing before this one is taken
          out of traffic. One that is not passing may always be replaced.
        type: int
        default: 0
      batch:
        description: The nodes that are rolled at the same time.
        type: list
        elements: str
        default: []
      keep_images:
        description: References of the images of the service that stay on the host; others go once the new container has
          passed its gate. Unless given, none goes.
        type: list
        elements: str
        default: []
"""

EXAMPLES = r"""
- name: A web server in traffic
  longshore.fleet.launch:
    name: web
    image:
      reference: "{{ image.reference }}"
      content: "{{ image.content }}"
    wanted:
      container:
        command: [httpd, -f, -p, "8080"]
      registrations:
        - name: web
          port: 8080
          checks:
            - http: http://127.0.0.1:8080/
              interval: 10s
      gate:
        stable_for: 2s
        after:
          - http: https://127.0.0.1:8443/ready
            ca_file: /etc/ssl/company.pem

- name: Take it away
  longshore.fleet.launch:
    name: web
    state: absent
"""

RETURN = r"""
action:
  description:
    - One of V(none), V(register), V(update), V(signal), V(restart), V(replace), V(create), V(remove), the mildest that
      does it.
    - V(signal) makes the running container load new code.
    - V(update) is what the running container does not notice, such as its limits, its restart policy, its name and
      lost secret files.
  type: str
  returned: success
changes:
  description: Every key that causes the action.
  type: list
  elements: dict
  returned: success
  contains:
    key:
      description: Dotted, for example C(environment.ES_JAVA_OPTS).
      type: str
    before:
      description: As it ran, as last wanted or as found; null where it was not there.
      type: raw
    after:
      description: As it will run; null where it goes.
      type: raw
    diff:
      description: With C(--diff), of a file that all users of the host may read, the lines that change.
      type: str
      returned: where a file changes
problems:
  description: What would make the launch fail, one sentence each.
  type: list
  elements: str
  returned: with O(preflight=true)
passing:
  description: Whether the instance runs and all its checks pass, as it was found.
  type: bool
  returned: with O(preflight=true)
leads:
  description: Whether the command O(wanted.leader) says that it leads.
  type: bool
  returned: with O(preflight=true)
rendered:
  description: Tells whether the service file renders to the same for this instance as before.
  type: str
  returned: with O(preflight=true)
pulled:
  description: Whether the image was pulled.
  type: bool
  returned: with O(preflight=true)
seconds:
  description: What the steps took.
  type: dict
  returned: success
"""

import typing as t
from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils import _instance as instance
from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import tell_hiding, unpack
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import checks_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide, removal
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.survey import Survey
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.wanted import Wanted
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.registration import refuse_unfit
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.guard import Turn
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, one_offs, survey

# Seconds for the command that tells whether an instance leads.
LEADER_TIMEOUT = 10.0
RELEASE = {
    "id": {"type": "str", "required": True},
    "session": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": "longshore"},
    "min_healthy": {"type": "int", "default": 0},
    "batch": {"type": "list", "elements": "str", "default": []},
    "keep_images": {"type": "list", "elements": "str", "default": []},
}
ARGUMENT_SPEC = {
    **consul.ARGUMENT_SPEC,
    **docker.ARGUMENT_SPEC,
    **instance.ARGUMENT_SPEC,
    "state": {"type": "str", "choices": ["present", "absent", "watched"], "default": "present"},
    "watch": {"type": "str", "default": "30s"},
    "preflight": {"type": "bool", "default": False},
    "survey": {"type": "dict"},
    "release": {"type": "dict", "options": RELEASE},
}


SPEC: dict[str, t.Any] = {
    "argument_spec": ARGUMENT_SPEC,
    "required_if": [("state", "present", ["image"]), ("state", "watched", ["image"])],
}


def present(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Launches: the plan, and then what it says."""
    wanted, host, found = look(params)
    plan = shown(params, host, wanted, decide(wanted, found))
    result = {**plan.to_result(), "warnings": found.warnings}
    if params["release"]:
        result["release"] = params["release"]["id"]
    if check or plan.action == "none":
        return result
    # What acts is imported only where something is to be done: the payload is compiled at every call.
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.launch import carry_out
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.prune import prune

    wanted = keyed(params, wanted)
    with host.turn.taken(plan.action):
        failing = unfit(host, wanted, plan, rolled=bool(params["release"]))
        if failing:
            raise Failure("\n".join(failing))
        took = carry_out(host, wanted, found, plan)
        prune(host, wanted.container.reference, host.turn.keep_images)
    return {**result, "seconds": took, "warnings": [*found.warnings, *host.told]}


def preflight(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Plans, looks for problems and pulls; in check mode without pulling."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.preflight import look_ahead

    try:
        wanted, host, found = look(params)
        plan = shown(params, host, wanted, decide(wanted, found))
        with host.turn.waiting():
            ahead = look_ahead(host, wanted, found, plan, check)
            if wanted.may_reload and not ahead.problems and not check:
                fetched, failing = bring_code(host, keyed(params, wanted), plan)
                ahead = replace(ahead, problems=failing, pulled=ahead.pulled or fetched)
    except Failure as failure:
        return {**Plan("none").to_result(), "problems": [str(failure)], "pulled": False}
    asked = wanted.leader if plan.action != "none" and not ahead.problems else ()
    return {**ahead.to_result(wanted, found, plan, check), "leads": leads(host, found, asked)}


def shown(params: dict[str, t.Any], host: Host, wanted: Wanted, plan: Plan) -> Plan:
    """Return the plan, with the lines of files that change where they are asked for."""
    if not params.get("diff") or not wanted.files:
        return plan
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.diffs import with_file_diffs

    return with_file_diffs(host, wanted, plan)


def leads(host: Host, found: Survey, command: t.Sequence[str]) -> bool:
    """Whether the instance leads the others, by a command in its container; without one nobody does."""
    if not command or not found.current or found.current.state != "running":
        return False
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import execute

    return execute(host.docker, found.current.id, list(command), LEADER_TIMEOUT)[0] == 0


def unfit(host: Host, wanted: Wanted, plan: Plan, rolled: bool) -> list[str]:
    """What is wrong with new code and files. Of a rollout the preflight has told it; peers may be others since."""
    if not wanted.may_reload:
        return []
    if not rolled:
        return bring_code(host, wanted, plan)[1]
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.validate import invalid_files

    return [*invalid_files(host, wanted)]


def bring_code(host: Host, wanted: Wanted, plan: Plan) -> tuple[bool, list[str]]:
    """New code onto the host, not live yet: whether there was any, and what is wrong with it or with new files."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import unpack_code
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.validate import invalid_files
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.code import failing_checks

    fetched = unpack_code(host, wanted)
    # With files that have no place, a check would tell about that and nothing else.
    return fetched, [*invalid_files(host, wanted)] or failing_checks(host, wanted, plan)


def keyed(params: dict[str, t.Any], wanted: Wanted) -> Wanted:
    """With digests of the secrets by the host's key, which is made where there is none."""
    if not wanted.secrets:
        return wanted
    return Wanted.from_options(params, secrets.digests(params["secrets"], secrets.make_key()))


def watched(params: dict[str, t.Any], _check: bool) -> dict[str, t.Any]:
    """Looks on for a while; what does not hold is a failure."""
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.gate import keep_watch

    wanted, host, found = look(params)
    plan = decide(wanted, found)
    if plan.action != "none" or found.current is None:
        keys = ", ".join(change.key for change in plan.changes)
        raise Failure(f"{params['name']} does not run as it was launched any more: {plan.action} because of {keys}")
    with host.turn.taken("watch"):
        host.turn.step("watch", seconds(params["watch"], "watch"))
        keep_watch(host, found.current.id, checks_of(wanted.registrations), seconds(params["watch"], "watch"))
    return plan.to_result()


def absent(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Removes an instance where there is one."""
    host = host_of(params)
    found = survey(host, params["name"])
    plan = removal(found)
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.removal import remove, remove_one_offs

    if plan.action == "none" and not check:
        return {**plan.to_result(), "changed": remove_one_offs(host, params["name"])}
    if check:
        return {**plan.to_result(), "changed": plan.action != "none" or bool(one_offs(host, params["name"]))}
    with host.turn.taken(plan.action):
        remove(host, params["name"], found, seconds(params["wanted"]["drain"], "service_rollout.drain"))
    return plan.to_result()


def look(params: dict[str, t.Any]) -> tuple[Wanted, Host, Survey]:
    """What is wanted, the host, and what was found; a service file that could not be rendered fails here."""
    if params["wanted"]["problems"]:
        raise Failure("\n".join(params["wanted"]["problems"]))
    wanted = Wanted.from_options(params, secrets.digests(params["secrets"], secrets.read_key()))
    host = host_of(params)
    refuse_unfit(host.agent, wanted.registrations)
    found = survey(host, wanted.container.name, [r.id for r in wanted.registrations])
    if not wanted.may_reload:
        return wanted, host, found
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import with_loaded

    path, files = wanted.code.path if wanted.code else "", [file.path for file in wanted.files]
    return wanted, host, with_loaded(host.docker, found, params["name"], path, files)


def host_of(params: dict[str, t.Any]) -> Host:
    """This host's own engine and agent, and the turn in the rollout that the launch is part of."""
    agent = Agent(consul.Consul.from_options(params))
    return Host(docker.Docker(params["docker_host"]), agent, turn_of(params, agent))


def turn_of(params: dict[str, t.Any], agent: Agent) -> Turn:
    """The turn, which outside of a rollout asks nobody."""
    if not params["release"]:
        return Turn()
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.rollout_guard import RolloutTurn

    return RolloutTurn.from_options(params, agent)


def main() -> None:
    module = AnsibleModule(**SPEC, supports_check_mode=True)
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})
    params = module.params
    stories = {"absent": absent, "watched": watched, "present": preflight if params["preflight"] else present}
    story = stories[params["state"]]

    def tell() -> dict[str, t.Any]:
        values = unpack(params["secrets"])
        return tell_hiding(
            lambda: story({**params, "secrets": values, "diff": module._diff}, module.check_mode), values
        )

    run(module, tell)


if __name__ == "__main__":
    main()
