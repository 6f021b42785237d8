# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that calls modules with secrets among their options."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._hiding import pack
from ansible_collections.longshore.fleet.plugins.plugin_utils._from_library import FromLibrary
from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import warn_of_files

Result = dict[str, t.Any]


def with_packed_secrets(options: Result) -> Result:
    """Return the options with ``secrets`` as one string, so that Ansible masks nothing else in the module's result.

    What is no mapping is left for the module to refuse.
    """
    secrets = options.get("secrets")
    return {**options, "secrets": pack(secrets)} if secrets and isinstance(secrets, dict) else options


class WithSecrets(FromLibrary):
    """Calls modules on the host."""

    def execute(self, module: str, options: Result, task_vars: Result, wrap_async: bool = False) -> Result:
        """Return the module's result. Secrets travel in one piece, with a warning where they lie in a file."""
        secrets = options.get("secrets") or options.get("secret_fingerprints")
        warn_of_files(self._connection, secrets, task_vars, wrap_async)
        packed = with_packed_secrets(options)
        return self._execute_module(module_name=module, module_args=packed, task_vars=task_vars, wrap_async=wrap_async)


class ModuleWithSecrets(WithSecrets):
    """Calls the module of its own name, in the background too."""

    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result = super().run(tmp, task_vars)
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        return {**result, **self.execute(self._task.action, dict(self._task.args), task_vars or {}, wrap_async)}
