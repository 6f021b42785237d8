# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils._artefacts import Artefacts
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction

Result = dict[str, t.Any]


class ActionModule(ControllerAction):
    """Builds, ships or resolves what the service file says of the image or the code."""

    _supports_diff = True
    options: t.ClassVar[Result] = {
        "kind": {"choices": ["image", "code"], "required": True},
        "state": {"choices": ["built", "pushed", "resolved"], "required": True},
    }

    def story(self, options: Result, task_vars: Result) -> Result:
        given = getattr(Artefacts(self._templar, task_vars), options["kind"])()
        if not given:
            return {"skipped": True}
        return self._action(f"longshore.fleet.{options['kind']}", {**given, "state": options["state"]}, task_vars)

    def _action(self, name: str, options: Result, task_vars: Result) -> Result:
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
