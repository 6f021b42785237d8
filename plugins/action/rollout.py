# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
import typing as t
from dataclasses import replace
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._beginning import begin_of, recorded_file
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_key import FILE, make_key, read_key
from ansible_collections.longshore.fleet.plugins.plugin_utils._founding import Beginning
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import instance_rows, results_of_rows
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import hosts_of, named_by
from ansible_collections.longshore.fleet.plugins.plugin_utils._origins import with_origins
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_file import PlanFile, planned_lines, refused_lines
from ansible_collections.longshore.fleet.plugins.plugin_utils._plan_lines import kind_of, lines_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._preflight import Preflight
from ansible_collections.longshore.fleet.plugins.plugin_utils._removal import Left, noted_in, plan_removal
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import (
    is_wrong,
    message_of,
    registered,
    registered_by_task,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import (
    Rollout,
    begin_and_plan,
    lines_of_aside,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import lines_of_skipped, run_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._settings import lines_of_extra
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import (
    is_signed,
    refuse_untrusted,
    signature_of_begun,
    trusted_lines,
    with_signed_previous,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import (
    BEGUN,
    DISCOVERED,
    ENDED,
    LAUNCHED,
    ONCE,
    PAUSED,
    WATCHED,
    Verdict,
    judge,
    launched_hosts,
    speaker_of,
    without_details,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._way_back import lines_of_way_back, no_key_line

# The callback that sums up a rollout itself, in a table.
VIEW = "longshore.fleet.rollout"
STATES = ["recalled", "planned", "judged", "closed", "removing"]
COLOURS = {"action": C.COLOR_CHANGED, "more": C.COLOR_DIFF_ADD, "less": C.COLOR_DIFF_REMOVE}
Result = dict[str, t.Any]
display = Display()


class ActionModule(ControllerAction):
    """Puts the results of all hosts together on the controller."""

    options: t.ClassVar[Result] = {"state": {"choices": STATES, "required": True}}

    def story(self, options: Result, task_vars: Result) -> Result:
        facts = facts_of(task_vars)
        result: Result = getattr(self, f"_{options['state']}")(task_vars, Service.from_facts(facts), facts)
        return result

    def _recalled(self, task_vars: Result, service: Service, facts: Result) -> Result:
        """Return the service of a rollback: its file and its release are the record's."""
        results = registered(task_vars, task_vars["ansible_play_hosts_all"], "__service_recalled")
        answers = [result for result in results.values() if result]
        record = next((result["target"] for result in answers if "target" in result), None)
        if record is None:
            raise Failure("\n".join(sorted({message_of(a) for a in answers if not a.get("skipped")})))
        run = run_of(facts)
        if not is_signed(record, self._key(task_vars, service), service.name, service.prefix):
            self._trust(task_vars, service, run, record)
        back = f"Back to {record['id']} of {record['started']}, image {record['image']['reference']}"
        display.display(printable(back))
        chosen = run.get("release", "previous") != "previous"
        return {"ansible_facts": replace(service, path=recorded_file(record), release=record, chosen=chosen).to_facts()}

    def _removing(self, task_vars: Result, service: Service, facts: Result) -> Result:
        """Return the hosts of a removal, in the place of those that the service file names."""
        gathered = registered(task_vars, task_vars["ansible_play_hosts_all"], "__service_instances")
        expected = hosts_of(service.hosts, task_vars) if service.hosts else []
        named = named_by(context.CLIARGS.get("subset"), task_vars["groups"]["all"])
        noted = noted_in(service.name, registered(task_vars, gathered, "__service_records"))
        removal = plan_removal(service.name, gathered, expected, run_of(facts).get("instance"), named, noted)
        for line in (*lines_of_extra(service.extra), *removal.lines()):
            display.display(line)
        hosts = list(removal.instances)
        removed = replace(service, hosts=hosts, instances=removal.instances, speaker=removal.speaker)
        return {"ansible_facts": removed.to_facts()}

    def _planned(self, task_vars: Result, service: Service, facts: Result) -> Result:
        everybody, most = task_vars["ansible_play_hosts_all"], service.rollout["max_unreachable"]
        by_task = registered_by_task(task_vars, everybody, (DISCOVERED, LAUNCHED))
        preflight = Preflight.of(by_task[DISCOVERED], by_task[LAUNCHED], most)
        try:
            preflight.refuse_problems(task_vars.get("service_image_from") == "reload")
            beginning, rollout = begin_and_plan(service, run_of(facts), task_vars, preflight)
            beginning.refuse_too_few_forks(rollout.rows, context.CLIARGS.get("forks") or C.DEFAULT_FORKS)
        except Failure as failure:
            self._keep_plan(facts, service, refused_lines(failure))
            what = f"{service.name} can't be rolled out; no container was touched. Its file is {service.path}."
            raise Failure(f"{what}\n{failure}") from failure
        left = Left.of(service, by_task[DISCOVERED], task_vars, context.CLIARGS.get("subset"))
        kept = self._show_plan(task_vars, service, facts, preflight, rollout, beginning, left)
        rolled = rollout.as_rolled(self._task.check_mode)
        begin = self._begin(task_vars, service, preflight, rolled.hosts)
        # A rollout that came to its end and could not say so is ended by the next one, though nothing is left to do.
        if rollout.hosts or preflight.is_unfinished:
            self._have_key(task_vars, service, begin["seen"])
        planned = replace(
            rolled,
            set_aside=list(preflight.aside),
            founder=beginning.founder(rollout.rows),
            limit=self._limit(task_vars, service.rollout),
            speaker=next(iter([*rolled.hosts, *map(rollout.host_of, rollout.nodes)]), "localhost"),
            begin=begin,
            leaving=[] if self._task.check_mode else list(left.leaving.values()),
            recorded=bool(rolled.hosts or preflight.is_unfinished) and not self._task.check_mode,
        )
        # The verdict on the service before, where a playbook deploys several, is not this one's.
        return {
            "ansible_facts": {**planned.to_facts(), **Verdict(speaker=planned.speaker).to_facts(), **kept.to_facts()}
        }

    def _begin(self, task_vars: Result, service: Service, preflight: Preflight, rolled: t.Sequence[str]) -> Result:
        """Return what the record says of its beginning."""
        # What an earlier play of the same run has registered, such as a deploy before this rollback, is not this one's.
        registers = {"image": task_vars.get("__service_image"), "code": task_vars.get("__service_code")}
        released = service.release or registers
        image, code = released.get("image") or {}, released.get("code") or {}
        return begin_of(service, image, code, preflight, rolled)

    def _show_plan(
        self,
        task_vars: Result,
        service: Service,
        facts: Result,
        preflight: Preflight,
        rollout: Rollout,
        beginning: Beginning,
        left: Left,
    ) -> PlanFile:
        """Show what is going to happen, and keep it where a file is asked for."""
        discovered, plans = preflight.discovered, preflight.plans
        if task_vars.get("__service_held"):
            display.display(f"{service.name} was released by somebody else meanwhile: planned anew under the lock")
        shown = {h: with_origins(plans[h], task_vars, discovered[h].get("config_origin", {})) for h in plans}
        back = lines_of_way_back(service, discovered, self._key(task_vars, service)) if rollout.hosts else ()
        first = (*lines_of_extra(service.extra), *lines_of_skipped(run_of(facts)))
        last = (
            *lines_of_aside(preflight.aside),
            *left.lines(),
            *rollout.lines(),
            *beginning.lines(rollout.rows),
            *back,
        )
        full = bool(self._task.diff)
        coloured = [(line, COLOURS.get(kind_of(line))) for line in lines_of(shown, full=full)]
        for line, colour in (*((line, None) for line in first), *coloured, *((line, None) for line in last)):
            display.display(printable(line.expandtabs()), color=colour)
        return self._keep_plan(facts, service, planned_lines(shown, (*first, *last), full))

    def _keep_plan(self, facts: Result, service: Service, lines: t.Sequence[str]) -> PlanFile:
        """Write the plan as Markdown into the file that this run is asked for, after those of the services before."""
        return PlanFile.from_facts(facts).with_section(run_of(facts).get("plan_file"), service.name, lines)

    def _key(self, task_vars: Result, service: Service) -> bytes | None:
        """Return the fleet key, where there is one. The variable may refer to another one, such as one of the vault."""
        return read_key(self._templar.template(task_vars.get("fleet_key")), Path(service.folder))

    def _have_key(self, task_vars: Result, service: Service, current: str) -> None:
        """Make the fleet key at the first deploy, and say so; in check mode say that a deploy would.

        Where there is a ``current`` release another controller has the key already.
        """
        if self._key(task_vars, service) is not None:
            return
        path = Path(service.folder, FILE)
        if current:
            display.warning(no_key_line(path.parent, service.name, current))
            return
        if self._task.check_mode:
            display.display(f"A deploy would make the fleet key {path}, which signs release records.")
            return
        make_key(path.parent)
        display.display(
            f"Made the fleet key {path}, which signs release records. Give it to your other controllers, and keep it"
            " out of git."
        )

    def _trust(self, task_vars: Result, service: Service, run: Result, record: t.Any) -> None:
        """Show what an unsigned record would run where the user trusts it by its ID; else refuse it."""
        refuse_untrusted(record, self._key(task_vars, service), service.name, run.get("trust_release"))
        for line in trusted_lines(record):
            display.display(line)

    def _limit(self, task_vars: Result, settings: dict[str, t.Any]) -> float | None:
        """Return how long drain and gate of one instance may take, in seconds, where that is the same for all."""
        try:
            timeout = self._templar.template((task_vars.get("service_gate") or {}).get("timeout", "5m"))
            return seconds(timeout, "service_gate.timeout") + seconds(
                settings.get("drain", "10s"), "service_rollout.drain"
            )
        except (AnsibleError, AttributeError, Failure):
            return None

    def _judged(self, task_vars: Result, service: Service, facts: Result) -> Result:
        """Return how the rollout stands, kept on localhost for the plays that follow."""
        rollout, before = Rollout.from_facts(facts), Verdict.from_facts(facts)
        registers = registered(task_vars, task_vars["ansible_play_hosts_all"], BEGUN).values()
        begun = next((result for result in registers if result.get("id")), {})
        verdict = judge(rollout, service.rollout, self._results(task_vars, service, rollout, before), before.returning)
        watch = seconds(service.rollout["watch"], "service_rollout.watch") if verdict.state == "done" else 0
        key, begin = self._key(task_vars, service), rollout.begin
        end = {
            "state": "failed" if verdict.state == "rolling" else verdict.state,
            "hosts": {outcome.host: outcome.to_record() for outcome in verdict.outcomes},
            "unchanged": [place for row in rollout.resting for place in rollout.places_of(row)],
            "signature": signature_of_begun(begun["record"], begin, key, service.prefix) if key and begun else "",
        }
        judged = replace(
            verdict,
            watched=launched_hosts(rollout, verdict) if watch else [],
            watch_until=time.time() + watch,
            returning=verdict.returning or before.returning,
            previous_file=recorded_file(begun["previous"]) if verdict.returning else "",
            speaker=speaker_of(verdict, rollout),
            end=end,
            is_over=verdict.state != "rolling",
            pauses=seconds(service.rollout["pause"], "service_rollout.pause") > 0,
        )
        return {"ansible_facts": judged.to_facts()}

    def _results(self, task_vars: Result, service: Service, rollout: Rollout, before: Verdict) -> dict[str, Result]:
        """Return what each host has registered; a release before that has no valid signature is left out."""
        hosts = list(dict.fromkeys([*rollout.hosts, *before.returning]))
        names = (BEGUN, PAUSED, ONCE, DISCOVERED, LAUNCHED, WATCHED)
        by_task = registered_by_task(task_vars, hosts, names)
        owner = self._key(task_vars, service), service.name, service.prefix
        by_task[BEGUN] = {host: with_signed_previous(begun, *owner) for host, begun in by_task[BEGUN].items()}
        rows = {host: instance_rows(host, by_task[DISCOVERED][host]) for host in hosts}
        return results_of_rows(rows, by_task, whole=(BEGUN, PAUSED, ONCE))

    def _closed(self, task_vars: Result, service: Service, facts: Result) -> Result:
        verdict = Verdict.from_facts(facts)
        message = verdict.message
        if C.DEFAULT_STDOUT_CALLBACK != VIEW:
            message = without_details(message)
            for outcome in verdict.outcomes:
                display.display(outcome.line())
            for host in Rollout.from_facts(facts).set_aside:
                display.display(f"{host}: set aside, could not be reached")
        ended = task_vars.get("__service_ended") or {}
        if verdict.state == "held":
            display.display(
                "Held after the first batch (service_rollout.confirm)."
                " Run the same command to continue, or rollback.yml to revert."
            )
        lines = [message] if message else []
        if is_wrong(ended) or ("msg" in ended and "id" not in ended and not ended.get("skipped")):
            lines.append(f"The record could not be ended: {message_of(ended)}")
        if lines:
            reasons = "\n".join(lines)
            if not service.release:  # the file of a rollback is that of its record, which goes with this run
                reasons += f"\nIts file is {service.path}."
            raise Failure(f"The rollout of {service.name} {ENDED[verdict.state]}.\n{reasons}")
        return {}
