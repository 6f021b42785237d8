# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import (
    Asked,
    asked_of_exec,
    asked_of_logs,
    service_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._choice import choose
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import read_run_variables

Result = dict[str, t.Any]


class ActionModule(ControllerAction):
    """Finds out on the controller which instances are asked, and what."""

    options: t.ClassVar[Result] = {"stage": {"choices": ["logs", "exec", "choose"], "required": True}}

    def story(self, options: Result, task_vars: Result) -> Result:
        if options["stage"] == "choose":
            return self._choose(task_vars)
        run = read_run_variables(self)
        hosts, leader = self._of_the_file(service_of(run), task_vars)
        asked = asked_of_logs(run, hosts) if options["stage"] == "logs" else asked_of_exec(run, hosts, leader)
        return {"ansible_facts": asked.to_facts()}

    def _of_the_file(self, service: str, task_vars: Result) -> tuple[list[str], t.Any]:
        """Return the service's hosts within the limit, and the command that tells who leads.

        Without a service file, or where it cannot tell, all hosts: an instance may be there nevertheless.
        """
        everybody, files = task_vars["ansible_play_hosts_all"], FleetFiles(self._loader, self._templar, task_vars)
        for path in files.paths(service):
            told = files.told(path, ["service_rollout"], "its hosts cannot be told, so all are asked")
            if told is None:
                continue
            named, (rollout,) = told
            hosts = [host for host in everybody if host in named]
            if not hosts:
                raise Failure(f"The limit leaves no host of {service}, which runs on {', '.join(named)}")
            order = rollout.get("order") if isinstance(rollout, dict) else None
            return hosts, order.get("leader") if isinstance(order, dict) else None
        return list(everybody), None

    def _choose(self, task_vars: Result) -> Result:
        """Return the instances in which the command is run, kept on localhost."""
        asked = Asked.from_facts(facts_of(task_vars))
        gathered = registered(task_vars, asked.hosts, "__service_instances")
        told = registered(task_vars, asked.hosts, "__service_leads")
        leading = {
            host: [str(one.get("item")) for one in result.get("results", ()) if one.get("rc") == 0]
            for host, result in told.items()
        }
        chosen, problems = choose(asked, gathered, leading)
        return {"ansible_facts": replace(asked, chosen=chosen, problems=problems).to_facts()}
