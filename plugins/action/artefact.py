# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils._artefacts import Artefacts
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction

Result = dict[str, t.Any]
# Beyond so many hosts the controller's way to the network, and its patience, are what a deploy waits for.
MANY = 20
TOO_MANY = (
    "service_registry: ssh sends each image from this machine to each of {hosts} hosts. For so many take a registry"
    " near them, and set service_registry to it: no container is replaced by that."
)


class ActionModule(ControllerAction):
    """Builds, ships or resolves what the service file says of the image or the code."""

    _supports_diff = True
    options: t.ClassVar[Result] = {
        "kind": {"choices": ["image", "code"], "required": True},
        "state": {"choices": ["built", "pushed", "resolved"], "required": True},
    }

    def story(self, options: Result, task_vars: Result) -> Result:
        artefacts = Artefacts(self._templar, task_vars)
        given = getattr(artefacts, options["kind"])()
        if not given:
            return {"skipped": True}
        with artefacts.registry(self._task.check_mode):
            done = self._action(f"longshore.fleet.{options['kind']}", {**given, "state": options["state"]}, task_vars)
        hosts = len(task_vars.get("ansible_play_hosts_all", ()))
        if artefacts.ssh_registry and hosts > MANY:
            done["warnings"] = [*done.get("warnings", ()), TOO_MANY.format(hosts=hosts)]
        return done

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
