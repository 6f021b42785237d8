# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that run from the library on the host, so that a call sends little more than its arguments."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

from ansible.executor.interpreter_discovery import InterpreterDiscoveryRequiredError
from ansible.executor.module_common import _BuiltModule, _get_shebang
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.plugin_utils import _library

Result = dict[str, t.Any]
SCRIPT = pathlib.Path(__file__).with_name("_library_script.py")
ROOT = "/opt/longshore/lib"
PROFILE = "legacy"  # that of modules outside of ansible-core
STATE, MISSING = "longshore_library", "missing"
display = Display()


class FromLibrary(ActionBase):
    """Runs modules from the library on the host; brings it where it is missing, and does without it where it must."""

    _supports_check_mode = True
    _supports_diff = True
    _brings = True
    _archive: bytes | None = None  # None: Ansible's ordinary way; empty: the library is expected on the host

    def _execute_module(self, *args: t.Any, **options: t.Any) -> Result:
        """Run the module from the library; where it is missing, bring it with a second call.

        Where it cannot be used, and for the controller itself and ``async``, run it Ansible's ordinary way.
        """
        if options.get("wrap_async") or getattr(self._connection, "_remote_is_local", False):
            return self._ordinarily(*args, **options)
        result = self._from_library(b"", *args, **options)
        if result.get(STATE) == MISSING and self._brings:
            display.vv(f"Bringing the library {_library.DIGEST} to the host", host=self._play_context.remote_addr)
            result = self._from_library(base64.b64encode(_library.archive()), *args, **options)
        if STATE in result:
            display.vv(f"Doing without the library: {result[STATE]}", host=self._play_context.remote_addr)
            return self._ordinarily(*args, **options)
        return result

    def _ordinarily(self, *args: t.Any, **options: t.Any) -> Result:
        result: Result = super()._execute_module(*args, **options)
        return result

    def _from_library(self, archive: bytes, *args: t.Any, **options: t.Any) -> Result:
        self._archive = archive
        try:
            return self._ordinarily(*args, **options)
        finally:
            self._archive = None

    def _configure_module(self, module_name: str, module_args: Result, task_vars: Result) -> tuple[t.Any, str]:
        """Return what is sent to the host for this module: a call of the library, or Ansible's payload."""
        if self._archive is None:
            return self._payload(module_name, module_args, task_vars)
        try:
            shebang = self._shebang(task_vars)
        except InterpreterDiscoveryRequiredError:
            self._payload(module_name, module_args, task_vars)  # looks for one, and leaves it in task_vars
            shebang = self._shebang(task_vars)
        script = SCRIPT.read_bytes() + _call(module_name, module_args, self._archive)
        sent = _BuiltModule(b_module_data=script, module_style="new", shebang=shebang, serialization_profile=PROFILE)
        return sent, str(SCRIPT)

    def _payload(self, *args: t.Any) -> tuple[t.Any, str]:
        payload: tuple[t.Any, str] = super()._configure_module(*args)
        return payload

    def _shebang(self, task_vars: Result) -> str:
        """Return which Python of the host runs the script, by the variables that Ansible has for it."""
        delegated = self._task.delegate_to
        variables = task_vars["ansible_delegated_vars"][delegated] if delegated else task_vars
        shebang: str = _get_shebang("/usr/bin/python", variables, self._templar)[0]
        return shebang


def _call(module_name: str, module_args: Result, archive: bytes) -> bytes:
    """Return the last line of the script. As in Ansible's payload, options are no arguments of a process."""
    encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
    module = f"{_library.PACKAGE}.{module_name.rpartition('.')[2]}"
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, cls=encoder).encode()
    return f"\nmain({ROOT!r}, {_library.DIGEST!r}, {module!r}, {arguments!r}, {archive!r})\n".encode()
