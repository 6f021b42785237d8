# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet-once tasks: a database's migration and the like, once per release, whatever the hosts and batches."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.once_task import OnceTask, once_tasks
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock, now
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import run_one_off


def once(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """Run the tasks that are not done yet, and return the result; ``params``: the options, secrets unpacked."""
    wanted = InstanceSpec.from_options(params, secrets.digests(params["secrets"], secrets.make_key()))
    agent = Agent(Consul.from_options(params))
    release, service = params["release"], params["service"] or params["name"]
    lock = Lock(agent.consul, Keys(release["prefix"], service), release["session"])
    done = run_once(
        Host(Docker(params["docker_host"]), agent), wanted, lock, release["id"], once_tasks(params["tasks"])
    )
    return {"changed": bool(done), "done": done}


def run_once(host: Host, wanted: InstanceSpec, lock: Lock, release: str, tasks: t.Iterable[OnceTask]) -> list[str]:
    """Run those tasks that have no marker yet, in their order; the names of those that ran.

    The first that fails is a ``Failure`` and leaves no marker, so that it is repeated.
    """
    ran = []
    with lock.renewing():
        for task in tasks:
            marker = lock.keys.once(release, task.name)
            if lock.consul.get(f"kv/{marker}"):
                continue
            lock.check()
            _run(host, wanted, task)
            value = json.dumps({"when": now(), "node": host.agent.node()}, sort_keys=True)
            # Index 0: created, or refused where somebody else has done it meanwhile.
            lock.write([{"Verb": "cas", "Key": marker, "Index": 0, "Value": value.encode()}])
            ran.append(task.name)
    return ran


def _run(host: Host, wanted: InstanceSpec, task: OnceTask) -> None:
    try:
        code, lines = run_one_off(host, wanted, f"once-{task.name}", list(task.command), task.timeout)
    except Failure as failure:
        raise Failure(f"service_once: {task.name}: {failure}", **failure.details) from failure
    if code:
        shown = as_log(lines)
        raise Failure(
            f"service_once: {task.name} ended with exit code {code}, so no instance was changed. Fix it and run again;"
            f" the task will be retried.{shown}",
            logs=lines,
        )
