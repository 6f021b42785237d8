# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that calls modules with secrets among their options."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.longshore.fleet.plugins.module_utils._hiding import pack
from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import warn_of_files

Result = dict[str, t.Any]


def with_packed_secrets(options: Result) -> Result:
    """Return the options with ``secrets`` as one string, so that Ansible masks nothing else in the module's result.

    What is no mapping is left for the module to refuse.
    """
    secrets = options.get("secrets")
    return {**options, "secrets": pack(secrets)} if secrets and isinstance(secrets, dict) else options


class WithSecrets(ActionBase):
    """Calls modules on the host."""

    def execute(self, module: str, options: Result, task_vars: Result) -> Result:
        """Return the module's result. Secrets travel in one piece, with a warning where they lie in a file."""
        warn_of_files(self._connection, options.get("secrets") or options.get("secret_fingerprints"), task_vars)
        packed = with_packed_secrets(options)
        told: Result = self._execute_module(module_name=module, module_args=packed, task_vars=task_vars)
        return told


class ModuleWithSecrets(WithSecrets):
    """Calls the module of its own name."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result = super().run(tmp, task_vars)
        return {**result, **self.execute(self._task.action, dict(self._task.args), task_vars or {})}
