# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import secrets
import sys
import typing as t
from dataclasses import replace
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._clients.commands import run_within
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._promotion import (
    inventory_of,
    lines_of_promotion,
    promoted_of,
    question,
    released,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import run_of

Result = dict[str, t.Any]
# Seconds in which the other fleet has to tell.
LIMIT = 300
# Lines of its output that an error shows.
LAST_LINES = 15
display = Display()


class ActionModule(ControllerAction):
    """Finds out which release another fleet has come to its end with."""

    options: t.ClassVar[Result] = {}

    def story(self, options: Result, task_vars: Result) -> Result:  # noqa: ARG002
        facts = facts_of(task_vars)
        service, run = Service.from_facts(facts), run_of(facts)
        inventory = inventory_of(run.get("from"), context.CLIARGS["inventory"] or ())
        record = released(_asked(inventory, service.name), service.name, str(inventory), run.get("trust_release"))
        promoted = promoted_of(record, inventory, service.folder)
        for line in lines_of_promotion(record, promoted, Path(service.path).read_text(encoding="utf-8")):
            display.display(line)
        return {"ansible_facts": replace(service, promoted=promoted).to_facts()}


def _asked(inventory: Path, service: str) -> Result:
    """Return what history.yml shows there.

    A run of its own, as by hand: with that inventory's variables, vault and groups, its hosts' own Consul agents, and
    the ansible.cfg beside it.
    """
    file = os.path.join(C.DEFAULT_LOCAL_TMP, f"{secrets.token_hex(8)}.json")
    paths = os.pathsep.join(map(os.path.abspath, C.COLLECTIONS_PATHS))
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": paths, "ANSIBLE_NOCOLOR": "1"}
    command = question(sys.executable, inventory, service, file, context.CLIARGS)
    there = inventory.parent if (inventory.parent / "ansible.cfg").exists() else None
    code, output = run_within(command, environment, LIMIT, there)
    try:
        return dict(json.loads(Path(file).read_text(encoding="utf-8")))
    except OSError:
        how = f"did not end within {LIMIT} s" if code is None else f"ended with {code}"
        last = [line for line in output.splitlines() if line.strip()][-LAST_LINES:]
        told = "\n".join([f"history.yml -i {inventory} {how}, so it is not known what runs there. It said:", *last])
        raise Failure(told) from None
