# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of an action that carries a host through stages and calls the module node."""

from __future__ import annotations

import getpass
import socket
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._from_library import FromLibrary
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import evaluated, given

Result = dict[str, t.Any]


class NodeAction(FromLibrary):
    """Runs the method of the stage that is asked for, ``_<stage>``, and returns its failure as the result."""

    stages: t.ClassVar[t.Sequence[str]]

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result = super().run(tmp, task_vars)
        _options, arguments = self.validate_argument_spec({"stage": {"choices": [*self.stages], "required": True}})
        self._variables = task_vars or {}
        self._begin()
        try:
            return {**result, **getattr(self, f"_{arguments['stage']}")()}
        except Failure as failure:
            return {**result, "failed": True, "msg": str(failure)}

    def _begin(self) -> None:
        """Read what the stages are about from the facts."""
        raise NotImplementedError

    def _node(self, state: str, services: t.Sequence[Result], **options: t.Any) -> Result:
        """Return the result of the module node, in the Python of the host that has its packages."""
        names = {name: name for name in (*CONSUL, *DOCKER) if name in self._variables}
        options = {
            **given(self._templar, names),
            "state": state,
            "services": list(services),
            "prefix": evaluated(self._templar, "service_prefix"),
            "who": getpass.getuser(),
            "where": socket.gethostname(),
            **options,
        }
        python = evaluated(self._templar, "service_python")
        variables = {**self._variables, "ansible_python_interpreter": python}
        return self._execute_module(module_name="longshore.fleet.node", module_args=options, task_vars=variables)
