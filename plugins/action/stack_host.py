# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.action.instance import ActionModule as InstanceAction
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import pack
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._host_stage import HostStage
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import Slot, slots_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import warn_of_files
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._several import Several
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack import CODE, Stack, StackVariables, name_of

Result = dict[str, t.Any]


class ActionModule(InstanceAction):
    """Carries one host through a stage for all services of the stack; what is wrong with one is the plan's to tell."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result: Result = ActionBase.run(self, tmp, task_vars)
        stages = ["ship", "gather", "preflight"]
        _options, arguments = self.validate_argument_spec({"stage": {"choices": stages, "required": True}})
        self._outer, self._inventory_templar = task_vars or {}, self._templar
        self._stack = Stack.from_facts(facts_of(self._outer))
        self._of = StackVariables(self._loader, self._outer)
        entries = self._stack.on(self._outer["inventory_hostname"])
        return {**result, **getattr(self, f"_{arguments['stage']}_all")(entries)}

    def _enter(self, entry: Result) -> None:
        """Work with the variables of one service from now on."""
        self._variables = self._of.of(entry)
        self._templar = self._inventory_templar.copy_with_new_env(available_variables=self._variables)
        self._stage = HostStage(self._templar, self._variables)

    def _ship_all(self, entries: list[Result]) -> Result:
        """Build and push what those services need of which this is the first host."""
        own = [entry for entry in entries if entry["hosts"][0] == self._outer["inventory_hostname"]]
        services = {name_of(entry): self._shipped(entry) for entry in own}
        kinds = [kind for shipped in services.values() for kind in shipped.values() if isinstance(kind, dict)]
        warnings = [warning for kind in kinds for warning in kind.get("warnings", ())]
        changed = any(kind.get("changed") for kind in kinds)
        return {"services": services, "changed": changed, **({"warnings": warnings} if warnings else {})}

    def _shipped(self, entry: Result) -> Result:
        """Return the results of the image and of the code of one service."""
        self._enter(entry)
        shipped = {}
        for kind in ("code", "image"):
            shipped[kind] = self._artefact(kind)
            if shipped[kind].get("failed"):
                return {**shipped, "msg": message_of(shipped[kind])}
            if kind == "code":
                self._variables[CODE] = shipped[kind]  # an image may have files of it
        return shipped

    def _artefact(self, kind: str) -> Result:
        task = self._task.copy()
        task.action, task.args = "longshore.fleet.artefact", {"kind": kind, "state": "pushed"}
        action = self._shared_loader_obj.action_loader.get(
            task.action,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        done: Result = action.run(task_vars=self._variables)
        return done

    def _gather_all(self, entries: list[Result]) -> Result:
        """Ask the host for all services in one call."""
        asked, services = {}, {}
        for entry in entries:
            shipped = self._of.shipped(entry)
            if "msg" in shipped:
                services[name_of(entry)] = {"msg": shipped["msg"]}
                continue
            try:
                self._enter(entry)
                self._stage = HostStage(self._templar, self._variables, self._slots(entry)[0])
                asked[name_of(entry)] = self._gathering()
            except Failure as failure:
                services[name_of(entry)] = {"msg": str(failure)}
        if not asked:
            return {"changed": False, "services": services}
        secrets = any(options.get("secret_fingerprints") for options in asked.values())
        warn_of_files(self._connection, secrets, self._variables, False)
        answer = self._call("stack_info", {"services": pack(asked)})
        if "services" not in answer:
            return answer if answer.get("unreachable") else {**answer, "failed": False}
        for entry in entries:
            if name_of(entry) in asked:
                services[name_of(entry)] = self._of_all_instances(entry, answer["services"][name_of(entry)])
        return {**answer, "services": services}

    def _of_all_instances(self, entry: Result, first: Result) -> Result:
        """Return what was gathered of one service; ``first``: of its first instance here, others are asked for now."""
        self._enter(entry)
        self._act = self._gather
        host, slots = self._outer["inventory_hostname"], self._slots(entry)
        return Several(host, name_of(entry), slots, {}, self).gathered(first)

    def _slots(self, entry: Result) -> tuple[Slot, ...]:
        return slots_of(self._outer["inventory_hostname"], name_of(entry), self._variables, self._templar)

    def _gather(self) -> Result:
        return self._call("service_info", self._gathering())

    def _gathering(self) -> Result:
        """Return the options by which an instance is asked for."""
        options = self._stage.gathering(self._stage.target(), ahead=True)
        return {**options, "peers": self._unneeded(options["peers"])}

    def _unneeded(self, peers: t.Any) -> t.Any:
        """Return the queries for peers without ``min``: who is to start before this service may not be there yet."""
        if not isinstance(peers, dict):
            return peers
        ahead = ("min", "wait")
        return {
            key: {n: v for n, v in query.items() if n not in ahead} if isinstance(query, dict) else query
            for key, query in peers.items()
        }

    def _preflight_all(self, entries: list[Result]) -> Result:
        """Plan each service; only where something is to do the host is asked again."""
        services = {}
        for entry in entries:
            self._enter(entry)
            try:
                services[name_of(entry)] = self._carried("preflight")
            except Failure as failure:
                services[name_of(entry)] = {"msg": str(failure)}
        changed = any(result.get("changed") for result in services.values())
        return {"services": services, "changed": changed}
