# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

from ansible import constants

from ansible_collections.longshore.fleet.plugins.plugin_utils._controller_action import ControllerAction
from ansible_collections.longshore.fleet.plugins.plugin_utils._vault_file import VaultFile, kept


class ActionModule(ControllerAction):
    """Keeps secrets in a file that Ansible Vault encrypts."""

    options: t.ClassVar[dict[str, t.Any]] = {
        "path": {"type": "path", "required": True},
        "secrets": {"type": "dict", "required": True, "no_log": True},
        "force": {"type": "bool", "default": True},
    }

    def story(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:  # noqa: ARG002
        # The passwords of the run are nowhere else.
        vault = self._loader._vault
        file = VaultFile(Path(options["path"]), vault, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        wanted = kept(file.secrets, options["secrets"], options["force"])
        names = sorted(name for name, _value in wanted.items() ^ file.secrets.items())
        if names and not self._task.check_mode:
            file.write(wanted)
        return {"changed": bool(names), "names": sorted(set(names))}
