# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import sys
import typing as t
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleError
from ansible.utils.color import ANSIBLE_COLOR
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.action.service_file import ActionModule as ServiceFileAction
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import hosts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_file import PlanFile
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import registered
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import FACT, read_run_variables, run_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack import ABSENT, Stack, StackVariables, name_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_files import asked_peers, member_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_order import Member, order_line, ordered
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_plan import (
    Planned,
    plan_service,
    refuse_problems,
    stack_lines,
    turns_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_removal import removal_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_roll import (
    FAILED,
    command_of,
    limit_of,
    refuse_questions,
    refuse_single,
    roll,
)

Result = dict[str, t.Any]
display = Display()


class ActionModule(ServiceFileAction):
    """Reads, plans and rolls all services of the fleet."""

    options: t.ClassVar[Result] = {"stage": {"choices": ["read", "plan", "roll"], "required": True}}

    def story(self, options: Result, task_vars: Result) -> Result:
        self._variables = task_vars
        facts = facts_of(task_vars)
        self._stack, self._run = Stack.from_facts(facts), run_of(facts)
        told: Result = getattr(self, f"_{options['stage']}_stack")()
        return told

    def _read_stack(self) -> Result:
        """Return the services in their order; all that is wrong with their files comes at once."""
        run = read_run_variables(self)
        refuse_single(run)
        files = FleetFiles(self._loader, self._templar, self._variables)
        if not files.paths():
            raise Failure(f"There is no service in {files.folder}/services; write a file there.")
        services, members, problems = {}, [], []
        for path in files.paths():
            try:
                members.append(member_of(files, path))
                services[path.stem] = self._read(path.stem, run.get("state") == ABSENT, self._variables)
            except (AnsibleError, Failure) as error:
                problems.append(str(error) if str(path) in str(error) else f"{path}: {error}")
        if problems:
            raise Failure("\n".join(problems))
        order = ordered(members)
        display.display(order_line(order))
        entries = [self._entry(services[name], waits, members) for name, waits in order.items()]
        return {"ansible_facts": {FACT: run, **Stack.of(entries, run).to_facts()}}

    def _entry(self, service: Service, waits: dict[str, str], members: list[Member]) -> Result:
        """Return a service of the stack; its hosts are those within the limit."""
        here = self._variables["ansible_play_hosts_all"]
        hosts = [host for host in hosts_of(service.hosts, self._variables) if host in here]
        peers = asked_peers(members)[service.name]
        return {"service": service.to_facts()[Service.NAME], "hosts": hosts, "waits": waits, "peers": peers}

    def _check_limit(self, path: Path, hosts: list[str], task_vars: Result) -> None:
        """Let a limit be one of the whole stack: a service that has no host within it is left out."""

    def _plan_stack(self) -> Result:
        stack = self._removed() if self._stack.state == ABSENT else self._planned()
        return {"changed": bool(self._task.check_mode and stack.turns), "ansible_facts": stack.to_facts()}

    def _removed(self) -> Stack:
        everybody = self._variables["ansible_play_hosts_all"]
        stack, lines = removal_of(self._stack, registered(self._variables, everybody, "__service_instances"))
        for line in lines:
            display.display(printable(line))
        return stack

    def _planned(self) -> Stack:
        stack, variables = self._stack, StackVariables(self._loader, self._variables)
        full, limit = bool(self._task.diff), context.CLIARGS.get("subset")
        planned: dict[str, Planned] = {}
        for entry in stack.services:
            planned[name_of(entry)] = plan_service(Service(**entry["service"]), variables.of(entry), full, limit)
        turns = turns_of(planned, stack.waits, {name_of(entry): entry["peers"] for entry in stack.services})
        self._keep_plans(planned)
        refuse_problems(planned, turns)
        for line in stack_lines(planned, turns):
            display.display(printable(line.expandtabs()))
        return stack.with_turns(turns)

    def _keep_plans(self, planned: dict[str, Planned]) -> None:
        """Write the plans of all services into the file that is asked for."""
        kept = PlanFile()
        for name, one in planned.items():
            kept = kept.with_section(self._run.get("plan_file"), name, one.section)

    def _roll_stack(self) -> Result:
        """Run the deploy, or the removal, of each service that has a turn, and sum all up."""
        stack = self._stack
        if self._task.check_mode or not stack.turns or not stack.goes:
            return {}
        refuse_questions(context.CLIARGS)
        if ANSIBLE_COLOR:
            os.environ["ANSIBLE_FORCE_COLOR"] = "1"
        rolled = roll(stack.turns, self._command, display.display)
        for line in rolled.lines(stack.idle):
            display.display(line)
        failed = next((name for name, result in rolled.results.items() if result == FAILED), None)
        if failed:
            what = "removal" if stack.state == ABSENT else "rollout"
            raise Failure(f"The stack stopped at {failed}, whose {what} failed. Mend that, and run the same command.")
        return {"changed": True}

    def _command(self, name: str) -> list[str]:
        """Return the command for one service; where the run is limited, to its hosts within that limit."""
        playbook = "remove" if self._stack.state == ABSENT else "deploy"
        more = {"service": name, **({"plan_file": ""} if self._run.get("plan_file") else {})}
        command = command_of(sys.argv, context.CLIARGS["args"], f"longshore.fleet.{playbook}", more)
        limited = context.CLIARGS.get("subset") and self._stack.hosts_of(name)
        return [*command, *limit_of(limited or ())]
