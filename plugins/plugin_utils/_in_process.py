# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's work done by its action plugin, without starting the module."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import LIBRARIES
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


class InProcess(ActionBase):
    """Does what the module does without starting it, where that is on the controller and the controller's Python can.

    Every deploy asks for its image and its code: modules of their own would cost more than all that they do when
    nothing changed.
    """

    _supports_check_mode = True
    _supports_diff = True
    spec: t.ClassVar[dict[str, t.Any]]  # the module's argument spec and rules
    story: t.Callable[[dict[str, t.Any], bool], dict[str, t.Any]]  # options and check mode -> result

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        elsewhere = self._connection.transport != "local" or self._task.become or any(self._task.environment or ())
        if elsewhere or any(LIBRARIES.values()):
            return {**result, **self._execute_module(task_vars=task_vars)}
        _validated, params = self.validate_argument_spec(**self.spec)
        try:
            return {**result, **self.story(params, self._task.check_mode)}
        except Failure as failure:
            return {**result, "failed": True, "msg": str(failure), **failure.details}
