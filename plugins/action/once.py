# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.plugin_utils._packing import with_packed_secrets
from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import warn_of_files


class ActionModule(ActionBase):
    """The module once, whose secrets travel in one piece."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        options = with_packed_secrets(dict(self._task.args))
        warn_of_files(self._connection, options.get("secrets"), task_vars or {})
        return {**result, **self._execute_module(module_args=options, task_vars=task_vars)}
