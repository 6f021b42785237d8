# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.plugin_utils.origins import with_origins
from ansible_collections.longshore.fleet.plugins.plugin_utils.rollout import (
    Outcome,
    lines_of,
    plan_rollout,
    problems_of,
    report,
)

DISCOVERED, LAUNCHED = "__service_discovered", "__service_launched"
display = Display()


class ActionModule(ActionBase):
    """Puts the results of all hosts together on the controller."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _options, arguments = self.validate_argument_spec(
            {"state": {"choices": ["planned", "closed"], "required": True}}
        )
        task_vars = task_vars or {}
        service = task_vars["hostvars"]["localhost"]["ansible_facts"]["longshore_service"]
        return self._plan(task_vars, service) if arguments["state"] == "planned" else self._close(task_vars, service)

    def _plan(self, task_vars: dict[str, t.Any], service: dict[str, t.Any]) -> dict[str, t.Any]:
        hosts = task_vars["ansible_play_hosts_all"]
        discovered, plans = self._results(task_vars, hosts, DISCOVERED), self._results(task_vars, hosts, LAUNCHED)
        problems = report({host: problems_of(discovered[host], plans[host]) for host in hosts})
        if problems:
            said = "\n".join(problems)
            return {"failed": True, "msg": f"{service['name']} can't be rolled out; no container was touched.\n{said}"}
        first_boot = bool(task_vars.get("service_peers")) and any(d.get("first_boot") for d in discovered.values())
        rollout = plan_rollout(plans, service["rollout"]["batch"], first_boot)
        shown = {h: with_origins(plans[h], task_vars, discovered[h].get("config_origin", {})) for h in hosts}
        for line in lines_of(shown):
            display.display(line)
        facts = {
            "hosts": [] if self._task.check_mode else list(rollout.hosts),
            "batches": list(rollout.batches),
            "actions": {host: plans[host]["action"] for host in rollout.hosts},
        }
        return {"changed": False, "ansible_facts": {"longshore_rollout": facts}}

    def _close(self, task_vars: dict[str, t.Any], service: dict[str, t.Any]) -> dict[str, t.Any]:
        rollout = task_vars["hostvars"]["localhost"]["ansible_facts"]["longshore_rollout"]
        results = self._results(task_vars, rollout["hosts"], LAUNCHED)
        outcomes = [Outcome.from_result(host, rollout["actions"][host], results[host]) for host in rollout["hosts"]]
        for outcome in outcomes:
            display.display(outcome.line())
        failed = [outcome for outcome in outcomes if outcome.result == "failed"]
        if failed:
            reasons = "\n".join(f"{outcome.host}: {outcome.message}" for outcome in failed)
            return {"failed": True, "msg": f"The rollout of {service['name']} stopped.\n{reasons}"}
        return {"changed": False}

    @staticmethod
    def _results(task_vars: dict[str, t.Any], hosts: t.Iterable[str], name: str) -> dict[str, dict[str, t.Any]]:
        """Host -> what a task registered there; empty where it never ran."""
        return {host: task_vars["hostvars"][host].get(name) or {} for host in hosts}
