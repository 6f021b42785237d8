# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import LIBRARIES
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import unpack
from ansible_collections.longshore.fleet.plugins.module_utils._resources.preflight.findings import at_rest
from ansible_collections.longshore.fleet.plugins.modules.launch import SPEC
from ansible_collections.longshore.fleet.plugins.plugin_utils._packing import with_packed_secrets
from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import warn_of_files


class ActionModule(ActionBase):
    """The module launch, which is not started on a host whose survey shows that nothing is to do.

    The host has just been asked for the survey: to start a second module there took a fifth of a deploy.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        told = self._at_rest()
        if told is None:
            options = {name: value for name, value in self._task.args.items() if name != "survey"}
            warn_of_files(self._connection, options.get("secrets"), task_vars or {})
            told = self._execute_module(module_args=with_packed_secrets(options), task_vars=task_vars)
        return {**result, **told}

    def _at_rest(self) -> dict[str, t.Any] | None:
        """The preflight's result where it is known already. What is wrong with the options is the module's to tell."""
        options = self._task.args
        if not options.get("survey") or not options.get("preflight") or any(LIBRARIES.values()):
            return None
        _validated, params = self.validate_argument_spec(**SPEC)
        try:
            return at_rest({**params, "secrets": unpack(params["secrets"])}, self._task.check_mode)
        except Failure:
            return None
