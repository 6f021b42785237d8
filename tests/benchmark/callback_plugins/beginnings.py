# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes when each play and each task of a playbook begins, for tests/benchmark/steps.py."""

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: beginnings
type: aggregate
short_description: When each play and each task begins
description: Writes a line of JSON, name and time, to the file that the environment's BENCHMARK_BEGINNINGS names.
"""


class CallbackModule(CallbackBase):
    """Writes a line for each beginning, and one for the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "beginnings"

    def v2_playbook_on_play_start(self, play: t.Any) -> None:  # noqa: ARG002 - Ansible passes it
        self._note("plays")

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:  # noqa: ARG002
        self._note(task.get_name().rpartition(" : ")[2])

    def v2_playbook_on_stats(self, stats: t.Any) -> None:  # noqa: ARG002
        self._note("Ansible's end")

    def _note(self, name: str) -> None:
        with open(os.environ["BENCHMARK_BEGINNINGS"], "a", encoding="utf-8") as file:
            file.write(json.dumps([name, time.time()]) + "\n")
