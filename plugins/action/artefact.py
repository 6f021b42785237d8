# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._artefacts import Artefacts

Result = dict[str, t.Any]

OPTIONS = {
    "kind": {"choices": ["image", "code"], "required": True},
    "state": {"choices": ["built", "pushed", "resolved"], "required": True},
}


class ActionModule(ActionBase):
    """Builds, ships or resolves what the service file says of the image or the code."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result = super().run(tmp, task_vars)
        _options, arguments = self.validate_argument_spec(OPTIONS)
        try:
            options = getattr(Artefacts(self._templar, task_vars or {}), arguments["kind"])()
        except Failure as failure:
            return {**result, "failed": True, "msg": str(failure)}
        if not options:
            return {**result, "changed": False, "skipped": True}
        return self._action(f"longshore.fleet.{arguments['kind']}", {**options, "state": arguments["state"]}, task_vars)

    def _action(self, name: str, options: Result, task_vars: Result | None) -> Result:
        """Return the result of the action of that name, here and with these options."""
        task = self._task.copy()
        task.action, task.args = name, options
        action = self._shared_loader_obj.action_loader.get(
            name,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        done: Result = action.run(task_vars=task_vars)
        return done
