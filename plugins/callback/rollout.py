# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: rollout
type: stdout
short_description: The rollout view
version_added: 1.0.0
description:
  - Shows a rollout as it goes - the stage, the hosts in their batches, what is waited for, the seconds and the limit -
    and sums it up.
  - On a terminal the last line tells what is waited for, in place. Elsewhere it is plain text, a line for each event.
  - What runs, what was released, log lines and the like are shown without the lines of Ansible around them.
  - The play of C(config.yml) shows what changes alone.
  - All other plays, and everything with C(-v), look as with P(ansible.builtin.default#callback), whose options this
    plugin has. Warnings and errors are always shown.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - set as C(stdout_callback) in the configuration
"""

import atexit
import os
import sys
import time
import typing as t

from ansible import constants as C
from ansible.plugins.callback.default import CallbackModule as Default

from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import split
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._several import TOLD
from ansible_collections.longshore.fleet.plugins.plugin_utils._status_line import StatusLine
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import Verdict
from ansible_collections.longshore.fleet.plugins.plugin_utils._view import (
    duration,
    failed_line,
    heading,
    interrupted_line,
    launched_line,
    removed_line,
    spent,
    summary,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._view_plays import (
    CONFIGURATION,
    LAUNCHES,
    ONCE,
    PREFLIGHT,
    REMOVAL,
    ROLLING,
    TELLING,
    is_told,
    stage_of_host,
)

UNCHANGED = ("display_ok_hosts", "display_skipped_hosts")
Result = t.Any


class CallbackModule(Default):
    """The default view, but for the plays of a rollout."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "longshore.fleet.rollout"

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._stage = ""  # empty in plays that are not ours
        self._others = False  # whether there were any
        self._quiet = False  # whether only what changes is shown
        self._task = ""
        self._running: dict[str, float] = {}  # host -> since when
        self._line: StatusLine | None = None
        self._forget()

    def _forget(self) -> None:
        """Forget what was shown of the rollout before."""
        self._service = self._release = ""
        self._plan, self._verdict = Rollout(), Verdict()
        self._launched: dict[str, float] = {}
        self._stages: dict[str, float] = {}
        self._batch: dict[str, int] = {}
        self._headed = True
        self._since = time.monotonic()

    # --- Stages

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        super().v2_playbook_on_start(playbook)
        atexit.register(self._tell_interrupted)
        if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
            self._line = StatusLine(self._display, self._waiting)

    def set_options(self, *arguments: t.Any, **more: t.Any) -> None:
        super().set_options(*arguments, **more)
        self._shown = {option: self.get_option(option) for option in UNCHANGED}

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._end_stage()
        name = play.get_name().strip()
        self._quiet = quiet = name == CONFIGURATION and self._display.verbosity == 0
        for option, shown in self._shown.items():
            self.set_option(option, shown and not quiet)
        ours = self._display.verbosity == 0 and is_told(name, play.tasks)
        self._stage = name if ours else ""
        if quiet:
            self._play = play
            return
        if not ours:
            self._others = True
            super().v2_playbook_on_play_start(play)
            return
        self._play = play
        if name == "Prepare":
            self._forget()
        self._batch[name] = 1 if self._plan.turns and name == "Roll" else self._batch.get(name, 0) + 1
        self._headed = name not in ROLLING or name == "Once"

    def _end_stage(self) -> None:
        now = time.monotonic()
        if self._stage:
            self._stages[self._stage] = self._stages.get(self._stage, 0) + now - self._since
        self._since = now

    def v2_playbook_on_no_hosts_matched(self) -> None:
        if not self._stage:
            super().v2_playbook_on_no_hosts_matched()

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        if not self._stage:
            super().v2_playbook_on_no_hosts_remaining()

    def v2_playbook_on_include(self, included_file: t.Any) -> None:
        if not self._stage:
            super().v2_playbook_on_include(included_file)

    # --- Tasks

    def _task_start(self, task: t.Any, prefix: str | None = None) -> None:
        self._running = {}
        self._task = task.get_name().rpartition(" : ")[2].strip()
        if self._stage:
            self._task_type_cache[task._uuid] = prefix
            self._last_task_name = task.get_name().strip()
            if not self._headed:  # a play without hosts has no tasks
                self._headed = True
                batches = split(self._plan.rows, self._plan.batches) if self._stage == "Roll" else []
                number = self._batch[self._stage]
                self._display.display(heading(self._service, self._stage, number, batches, self._plan.limit))
        else:
            super()._task_start(task, prefix)

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._running[host.get_name()] = time.monotonic()
        super().v2_runner_on_start(host, task)
        if self._line:
            self._line.draw()

    def _waiting(self) -> str:
        """Return what is being waited for, since when, and for how long at most."""
        running = dict(self._running)
        if not self._stage or not running:
            return ""
        limit = self._plan.limit if self._stage in ROLLING and self._task == "Launch" else None
        spent = duration(round(time.monotonic() - min(running.values())))
        most = f", drain and gate {duration(limit)} at most" if limit else ""
        return f"{self._stage}: {self._task}: {', '.join(running)}: {spent}{most}"

    def _took(self, host: str) -> float:
        return time.monotonic() - self._running.pop(host, time.monotonic())

    # --- Results

    def v2_runner_on_ok(self, result: Result) -> None:
        host, took = result.host.get_name(), self._took(result.host.get_name())
        if not self._stage:
            super().v2_runner_on_ok(result)
            return
        self._handle_warnings_and_exception(result)
        self._learn(result.task.action, result.result)
        if stage_of_host(result) in LAUNCHES:
            self._tell_launches(host, took, result.result)
        if stage_of_host(result) == ONCE:
            self._display.display(f"{self._service}: once, in {duration(took)}")
        if stage_of_host(result) == REMOVAL and not result.task.check_mode:
            self._display.display(removed_line(host, result.result, took), color=C.COLOR_CHANGED)
        if self._is_the_end(result):
            self._sum_up()

    def _tell_launches(self, host: str, took: float, result: dict[str, t.Any]) -> None:
        for row, told in result.get(TOLD, {host: {**result, "took": took}}).items():
            self._launched[row] = self._launched.get(row, 0) + (told.get("took") or 0)
            line, is_wrong = launched_line(row, told)
            colour = C.COLOR_ERROR if is_wrong else C.COLOR_CHANGED if told.get("changed") else C.COLOR_OK
            self._display.display(line, color=colour, stderr=is_wrong and self.get_option("display_failed_stderr"))

    def v2_runner_item_on_ok(self, result: Result) -> None:
        if not self._stage:
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_skipped(self, result: Result) -> None:
        if not self._stage:
            super().v2_runner_item_on_skipped(result)

    def v2_on_file_diff(self, result: Result) -> None:
        """Show a file's diff outside of a rollout; the plan of one has shown what changes."""
        if not self._stage:
            super().v2_on_file_diff(result)

    def v2_runner_on_skipped(self, result: Result) -> None:
        self._took(result.host.get_name())
        if self._stage:
            self._handle_warnings_and_exception(result)
        else:
            super().v2_runner_on_skipped(result)

    def v2_runner_on_failed(self, result: Result, ignore_errors: bool = False) -> None:
        if not self._shows(result, "failed"):
            super().v2_runner_on_failed(result, ignore_errors)
        if self._is_the_end(result):
            self._sum_up()

    def v2_runner_on_unreachable(self, result: Result) -> None:
        if self._quiet and result.task.ignore_unreachable:
            return  # another host will do
        if not self._shows(result, "cannot be reached"):
            super().v2_runner_on_unreachable(result)

    def _shows(self, result: Result, what: str) -> bool:
        """Show a failure that we foresaw in our words; False for all others, which look as ever."""
        host, action = result.host.get_name(), result.task.action
        took = self._took(host)
        message = str(result.result.get("msg") or "")
        if not self._stage or not message or not action.startswith("longshore.fleet."):
            return False
        self._handle_warnings(result.result)
        if stage_of_host(result) in PREFLIGHT:
            return True
        if self._stage in TELLING and result.task.ignore_unreachable and result.is_unreachable():
            return True  # the report tells of the host
        if TOLD in result.result:
            self._tell_launches(host, took, result.result)
            return True
        if stage_of_host(result) in (*LAUNCHES, REMOVAL):
            self._launched[host] = took
            message = failed_line(host, what, took, message)
        self._display.display(message, color=C.COLOR_ERROR, stderr=self.get_option("display_failed_stderr"))
        return True

    def _learn(self, action: str, result: dict[str, t.Any]) -> None:
        """Keep what later lines need of a result."""
        facts = result.get("ansible_facts") or {}
        self._service = Service.from_facts(facts).name or self._service
        self._plan = Rollout.from_facts(facts) if Rollout.NAME in facts else self._plan
        self._verdict = Verdict.from_facts(facts) if Verdict.NAME in facts else self._verdict
        if self._stage == "Roll" and self._plan.turns and Verdict.NAME in facts and not self._verdict.is_over:
            self._batch["Roll"], self._headed = self._batch["Roll"] + 1, False
        if action == "longshore.fleet.release" and result.get("id"):
            self._release = result["id"]

    # --- The end

    def _is_the_end(self, result: Result) -> bool:
        ends = result.task.action == "longshore.fleet.rollout" and result.task.args.get("state") == "closed"
        return bool(self._stage) and ends

    def _sum_up(self) -> None:
        self._end_stage()
        hosts = self._verdict.end.get("hosts", {})
        rest, aside = len(self._plan.resting), self._plan.set_aside
        release = f", release {self._release}" if self._release else ""
        what = "" if hosts else "only planned, " if self._plan.actions else f"nothing to do on {rest} hosts, "
        line = f"{self._service}{release}: {what}{spent(self._stages)}"
        self._display.display(line, color=C.COLOR_HIGHLIGHT)
        for line in summary(hosts, self._launched, aside, rest):
            self._display.display(line)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._stage = ""
        if self._line:
            self._line.end()
        if self._others:
            super().v2_playbook_on_stats(stats)

    def _tell_interrupted(self) -> None:
        """Say what goes on where the controller ends in the middle of a rollout, as after Ctrl-C."""
        if self._stage in ROLLING and self._plan.actions:
            self._display.display(interrupted_line(self._service, self._stage, self._running), color=C.COLOR_ERROR)
