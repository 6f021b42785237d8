# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._artefacts import Artefacts
from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service, facts_of

Result = dict[str, t.Any]
# The content of what is built elsewhere is its digest, which is no tag.
TAG = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class ActionModule(ControllerAction):
    """Builds, ships or resolves what the service file says of the image or the code."""

    _supports_diff = True
    options: t.ClassVar[Result] = {
        "kind": {"choices": ["image", "code"], "required": True},
        "state": {"choices": ["built", "pushed", "resolved", "promoted"], "required": True},
    }

    def story(self, options: Result, task_vars: Result) -> Result:
        if options["state"] == "promoted":
            return self._promoted(options["kind"], task_vars)
        given = getattr(Artefacts(self._templar, task_vars), options["kind"])()
        if not given:
            return {"skipped": True}
        return self._action(f"longshore.fleet.{options['kind']}", {**given, "state": options["state"]}, task_vars)

    def _promoted(self, kind: str, task_vars: Result) -> Result:
        """Return what another fleet has released, where this one's hosts look for it."""
        artefact = Service.from_facts(facts_of(task_vars)).promoted[kind]
        where = Artefacts(self._templar, task_vars).whereabouts(kind)
        if bool(artefact) != bool(where):
            there, here = ("has", "has none") if artefact else ("has no", "has one")
            raise Failure(
                f"The release there {there} {kind}, and the service file here {here} (service_{kind}). Bring the"
                " service file to what was released there, then run again."
            )
        if not artefact:
            return {"skipped": True}
        own = {"tag": artefact["content"]} if TAG.fullmatch(artefact["content"]) else {}
        copy = {"source": artefact["reference"], **where, **own}
        result = self._action("longshore.fleet.image_copy", copy, task_vars)
        return {**result, "content": artefact["content"], "version": artefact["version"]}

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
