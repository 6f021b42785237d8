# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that works on the controller and asks no host."""

from __future__ import annotations

import abc
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

Result = dict[str, t.Any]


class ControllerAction(ActionBase):
    """Checks its options and returns what its story does with them; a Failure becomes the task's failure."""

    _requires_connection = False
    _supports_check_mode = True
    options: t.ClassVar[Result]  # the argument spec

    @abc.abstractmethod
    def story(self, options: Result, task_vars: Result) -> Result:
        """Return the result; unless it says so, nothing was changed."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(self.options)
        try:
            return {"changed": False, **self.story(options, task_vars or {})}
        except Failure as failure:
            return {"failed": True, "msg": str(failure)}
