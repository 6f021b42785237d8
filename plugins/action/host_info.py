# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils._from_library import FromLibrary

Result = dict[str, t.Any]


class ActionModule(FromLibrary):
    """A module that touches nothing on a host, so brings no library: from the one that is there, else Ansible's way."""

    _brings = False

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result = super().run(tmp, task_vars)
        return {**result, **self._execute_module(module_args=dict(self._task.args), task_vars=task_vars or {})}
