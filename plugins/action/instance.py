# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible import context
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import LAUNCH
from ansible_collections.longshore.fleet.plugins.module_utils._resources.preflight.findings import at_rest
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._forward import within_reach
from ansible_collections.longshore.fleet.plugins.plugin_utils._host_stage import TURN, HostStage
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import ROWS, Slot, slots_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._planned import DISCOVERED
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._several import Several
from ansible_collections.longshore.fleet.plugins.plugin_utils._ssh_registry import LOOPBACK, SshRegistry
from ansible_collections.longshore.fleet.plugins.plugin_utils._target import Target
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import BEGUN, LAUNCHED, Verdict
from ansible_collections.longshore.fleet.plugins.plugin_utils._with_secrets import WithSecrets

Result = dict[str, t.Any]
STAGES = ["recall", "gather", "preflight", "run", "once", "roll", "watch", "back", "remove", "show"]
# What these find wrong is told once, by the report of all hosts.
# Stages that go by no service file of today, or by what was found.
OF_THE_HOST = ("recall", "remove")
DEFERRED = ("recall", "gather", "preflight")
SKIPPED = {"changed": False, "skipped": True}


class ActionModule(WithSecrets):
    """Carries the instances of one host through a stage: renders, decides, and calls the module that acts."""

    _wanted: Result

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result = super().run(tmp, task_vars)
        _options, arguments = self.validate_argument_spec({"stage": {"choices": STAGES, "required": True}})
        self._variables = task_vars or {}
        try:
            outcome = self._carried(arguments["stage"])
        except Failure as failure:
            outcome = {"failed": True, "msg": str(failure)}
        return {**result, **(_deferred(outcome) if arguments["stage"] in DEFERRED else outcome)}

    def _carried(self, stage: str) -> Result:
        """Return the result of the host: of its only instance, or of all where it has several."""
        self._act = getattr(self, f"_{stage}")
        if stage in OF_THE_HOST:
            self._stage = HostStage(self._templar, self._variables)
            result: Result = self._act()
            return result
        variables, facts = self._variables, facts_of(self._variables)
        host, discovered = variables["inventory_hostname"], variables.get(DISCOVERED) or {}
        service = Service.from_facts(facts).name or str(self._templar.template(variables["service"]))
        slots, rollout = slots_of(host, service, variables, self._templar), Rollout.from_facts(facts)
        several = Several(host, service, slots, discovered, self)
        if stage == "gather":
            return several.gathered(self.carry(slots[0]))
        if stage == "once":
            return self.carry(next((slot for slot in slots if slot.row in rollout.rows), slots[0]))
        if stage == "preflight" and ROWS in discovered:
            return several.planned()
        if stage == "roll" and TURN in variables:
            return several.rolled(rollout, int(variables[TURN]), variables.get(LAUNCHED) or {})
        if stage == "watch" and rollout.instances:
            return several.watched(rollout, Verdict.from_facts(facts))
        if stage == "back" and (rollout.instances or len(slots) > 1):
            release = Target.from_record((variables.get(BEGUN) or {})["previous"]).release
            return several.back(rollout, release, self.survey(service).get("instances", ()))
        if stage in ("run", "show") and len(slots) > 1:
            return several.run() if stage == "run" else several.shown()
        return self.carry(slots[0])

    def carry(self, slot: Slot, before: str = "") -> Result:
        """Return the stage's result of one instance; ``before``: the one whose place it takes."""
        self._stage, self._wanted = HostStage(self._templar, self._variables, slot, before), {}
        result: Result = self._act()
        return result

    def survey(self, name: str) -> Result:
        """Return what is there of an instance that no slot is for."""
        self._stage = HostStage(self._templar, self._variables)
        return self._call("service_info", self._stage.surveying(name))

    def remove_surplus(self, name: str) -> Result:
        """Remove an instance that its host is not to have any more."""
        stage = self._stage = HostStage(self._templar, self._variables)
        if stage.is_stopped():
            return SKIPPED
        release = Target.from_record(stage.begun).release
        result = self._call("launch", stage.removing(name, stage.surplus_turn(release)))
        return {**result, "release": release}

    def wanted_last(self) -> Result:
        """Return what the instance that was last carried through the preflight is to be."""
        return self._wanted

    def _recall(self) -> Result:
        options = self._stage.recalling()
        return self._call("release_info", options) if options else SKIPPED

    def _gather(self) -> Result:
        return self._call("service_info", self._stage.gathering(self._stage.target(), ahead=True))

    def _preflight(self) -> Result:
        stage = self._stage
        if "node" not in stage.discovered:
            return SKIPPED  # the report tells why nothing was found
        more = {"preflight": True, "restart": stage.restart(), **stage.replanning()}
        options = stage.launching(stage.target(), stage.discovered, **more)
        self._wanted = options.get("wanted", {})
        return self._at_rest(options) or self._pull(options)

    def _run(self) -> Result:
        return self._launched(self._stage.target(), pulls=True, restart=self._stage.restart())

    def _once(self) -> Result:
        if not self._stage.has_once_tasks():
            return SKIPPED
        return self._call("once", self._stage.once(Target.from_record(self._stage.begun)))

    def _roll(self) -> Result:
        stage = self._stage
        if stage.is_stopped():
            return SKIPPED
        target = Target.from_record(stage.begun)
        more = {"restart": stage.restart(), "release": stage.turn(target.release)}
        if stage.gathers_again():
            return self._launched(target, **more)
        return self._call("launch", stage.launching(target, stage.found_before(), **more))

    def _back(self) -> Result:
        target = Target.from_record(self._stage.begun["previous"])
        return self._launched(target, release=self._stage.turn(target.release))

    def _watch(self) -> Result:
        return self._call("launch", self._stage.watching(Target.from_record(self._stage.begun)))

    def _remove(self) -> Result:
        """Remove all instances that are meant, one after the other; the first failure ends it."""
        stage, result = self._stage, dict[str, t.Any]()
        for name in stage.leaving():
            lock = None if self._task.check_mode else stage.removal_lock()
            done = self._call("launch", stage.removing(name, lock))
            result = {**done, "changed": bool(done.get("changed") or result.get("changed"))}
            if result.get("failed"):
                break
        return result

    def _show(self) -> Result:
        """Return what the service file comes to on this host, as lines for people."""
        target = self._stage.unshipped()
        gathered = self._call("service_info", self._stage.gathering(target, ahead=False))
        if "node" not in gathered:
            return gathered
        return self._stage.shown(target, gathered, self._loader, context.CLIARGS.get("inventory") or ())

    def _launched(self, target: Target, pulls: bool = False, **more: t.Any) -> Result:
        """Gather and launch; the result has what was gathered, too. ``pulls``: no preflight has pulled what is run."""
        gathered = self._call("service_info", self._stage.gathering(target, ahead=False))
        if "node" not in gathered:
            return gathered
        options = self._stage.launching(target, gathered, **more)
        if pulls and self._ssh_registry(options):
            pulled = self._pull({**options, "preflight": True})
            if pulled.get("failed"):
                return pulled
        outcome = self._call("launch", options)
        warnings = [*gathered.get("warnings", ()), *outcome.get("warnings", ())]
        return {**outcome, "gathered": gathered, **({"warnings": warnings} if warnings else {})}

    def _pull(self, options: Result) -> Result:
        """Return the result of a launch that only looks ahead and pulls, where need be from the controller."""
        registry = self._ssh_registry(options)
        if registry is None:
            return self._call("launch", options)
        with within_reach(registry, self._connection):
            return self._call("launch", options)

    def _ssh_registry(self, options: Result) -> SshRegistry | None:
        """Return the controller's registry where image or code are in it. In check mode nothing is pulled."""
        artefacts = [options.get(kind) or {} for kind in ("image", "code")]
        artefacts += (artefacts[0].get("sidecars") or {}).values()
        references = [artefact.get("reference") or "" for artefact in artefacts]
        if self._task.check_mode or not any(reference.startswith(LOOPBACK) for reference in references):
            return None
        registry = SshRegistry.of(self._stage.value)
        return registry if any(map(registry.has, references)) else None

    def _at_rest(self, options: Result) -> Result | None:
        """Return the preflight's result where the host's survey shows that nothing is to do.

        The host has just been asked for it: to start a second module there took a fifth of a deploy. What is wrong
        with the options is the module's to tell.
        """
        validated = ArgumentSpecValidator(**LAUNCH).validate(options)
        if validated.error_messages or options.get("takes_over"):
            return None
        try:
            return at_rest(validated.validated_parameters, self._stage.discovered.get("survey"), self._task.check_mode)
        except Failure:
            return None

    def _call(self, module: str, options: Result) -> Result:
        """Return the result of one of our modules, in the Python of the host that has its packages."""
        python = self._stage.value("service_python")
        variables = {**self._variables, "ansible_python_interpreter": python}
        return self.execute(f"longshore.fleet.{module}", options, variables)


def _deferred(outcome: Result) -> Result:
    """Return the result without its failure, unless it is a bug of ours, which has an exception and no message."""
    if not outcome.get("failed") or "msg" not in outcome:
        return outcome
    return {**{name: value for name, value in outcome.items() if name != "exception"}, "failed": False}
