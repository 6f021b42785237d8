# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import FACT, run_variables


class ActionModule(ActionBase):
    """Finds on the controller what this run was given."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        self.validate_argument_spec({})
        asked = run_variables(self._loader, self._task.get_play().vars, self._templar.template)
        return {"changed": False, "ansible_facts": {FACT: asked}}
