# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The top of every module: the only file here that knows AnsibleModule.

A module says ``run(module, story)``; the story gets nothing of Ansible and returns the result.
"""

from __future__ import annotations

import getpass
import os
import typing as t

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.respawn import has_respawned, respawn_module

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

# The role longshore.fleet.docker makes this environment.
VENV_PYTHON = "/opt/longshore/venv/bin/python"
# Folders on the way to what a container is to read would be closed to its user by a host's stricter umask, and open to
# everybody by none. What is for root alone gets its mode where it is made.
UMASK = 0o022
# Characters from which on a token is none of the words by which rollouts decide.
LONG = 16
MASK = "********"


def require(module: AnsibleModule, libraries: dict[str, str | None]) -> None:
    """Go on in a Python that has the libraries, or end the module with one clear error.

    ``libraries``: name of the package on PyPI -> traceback of its failed import, why its version will not do, or None.
    A module called with the system's Python starts again in the virtual environment of the role docker.
    """
    missing = [name for name, error in libraries.items() if error]
    if not missing:
        return
    if not has_respawned() and os.access(VENV_PYTHON, os.X_OK):
        respawn_module(VENV_PYTHON)
    error = str(libraries[missing[0]])
    reason = missing_required_lib(missing[0]) if error.startswith("Traceback") else error
    module.fail_json(
        msg=f"{reason} Run the role longshore.fleet.docker on this host:"
        f" it makes {os.path.dirname(os.path.dirname(VENV_PYTHON))} with all that is needed."
    )


def run(module: AnsibleModule, story: t.Callable[[], dict[str, t.Any]]) -> t.NoReturn:
    """Run the story and end the module with its result, or with the failure it foresaw.

    ``warnings`` of the result (list of str) are shown as Ansible's.
    """
    os.umask(UMASK)
    try:
        result = story()
    except Failure as failure:
        _spare_words(module)
        module.fail_json(msg=str(failure), **failure.details)
    except PermissionError as error:
        _spare_words(module)
        module.fail_json(
            msg=f"{error.filename}: the user {getpass.getuser()} may not use it. Set become"
            " (ansible_become: true, or -b)."
        )
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    _spare_words(module)
    module.exit_json(**result)


def _spare_words(module: AnsibleModule) -> None:
    """Keep Ansible from masking a short token, such as ``1`` or ``replace``, wherever it occurs in the result.

    No result has it but the options that Ansible adds.
    """
    for name, option in module.argument_spec.items():
        value = module.params.get(name)
        if option.get("no_log") and isinstance(value, str) and len(value) < LONG:
            module.no_log_values.discard(value)
            module.params[name] = MASK
