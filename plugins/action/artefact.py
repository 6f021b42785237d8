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
from ansible_collections.longshore.fleet.plugins.plugin_utils._target import FIELDS

Result = dict[str, t.Any]
# Beyond so many hosts the controller's way to the network, and its patience, are what a deploy waits for.
MANY = 20
TOO_MANY = (
    "service_registry: ssh sends each image from this machine to each of {hosts} hosts. For so many take a registry"
    " near them, and set service_registry to it: no container is replaced by that."
)
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
        artefacts = Artefacts(self._templar, task_vars)
        if options["state"] == "promoted":
            return self._promoted(artefacts, options["kind"], task_vars)
        given = getattr(artefacts, options["kind"])()
        if not given:
            return {"skipped": True}
        sidecars = artefacts.sidecars() if options["kind"] == "image" else {}
        with artefacts.registry(self._task.check_mode):
            done = self._action(f"longshore.fleet.{options['kind']}", {**given, "state": options["state"]}, task_vars)
            if sidecars and not done.get("failed"):
                done = self._with_sidecars(done, sidecars, options["state"], task_vars)
        hosts = len(task_vars.get("ansible_play_hosts_all", ()))
        if artefacts.ssh_registry and hosts > MANY:
            done["warnings"] = [*done.get("warnings", ()), TOO_MANY.format(hosts=hosts)]
        return done

    def _with_sidecars(self, done: Result, sidecars: dict[str, Result], state: str, task_vars: Result) -> Result:
        """Return the result of the image, with those of the sidecars' images; the first one that fails is told."""
        found = {}
        for name, given in sidecars.items():
            one = self._action("longshore.fleet.image", {**given, "state": state}, task_vars)
            if one.get("failed"):
                return {**one, "msg": f"service_sidecars.{name}.image: {one.get('msg', '')}"}
            found[name] = {key: one.get(key) for key in (*FIELDS, "diff")}
            done["changed"] = bool(done.get("changed") or one.get("changed"))
            done["warnings"] = [*done.get("warnings", ()), *one.get("warnings", ())]
            done["actions"] = [*done.get("actions", ()), *one.get("actions", ())]
        return {**done, "sidecars": found}

    def _promoted(self, artefacts: Artefacts, kind: str, task_vars: Result) -> Result:
        """Return what another fleet has released, where this one's hosts look for it."""
        if artefacts.sidecars():
            raise Failure(
                "service_sidecars: promote.yml copies the image and the code of a service, not the images of sidecars."
                " Deploy in this fleet (deploy.yml), with the same references in service_sidecars."
            )
        artefact = Service.from_facts(facts_of(task_vars)).promoted[kind]
        where = artefacts.whereabouts(kind)
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
        with artefacts.registry(self._task.check_mode):
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
