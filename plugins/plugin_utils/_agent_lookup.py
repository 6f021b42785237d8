# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What asks a Consul agent from the controller: lookups, and what the controller's Python needs for it."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DNS
from ansible_collections.longshore.fleet.plugins.module_utils._versions import MINIMUM

AGENT = (*CONSUL, *DNS)


class AgentLookup(LookupBase):
    """Takes the address of the agent from its options, or from variables of the same names."""

    def set_agent_options(self, variables: dict[str, t.Any] | None, direct: dict[str, t.Any]) -> None:
        """Set the options. Ansible takes variables as they are written; here one may refer to another."""
        given = {name: value for name, value in (variables or {}).items() if name in AGENT}
        self.set_options(var_options=self._templar.template(given), direct=direct)


def require(libraries: dict[str, str | None]) -> None:
    """Refuse a controller whose Python lacks one of these; ``libraries``: package -> why it cannot be used."""
    for package in (name for name, error in libraries.items() if error):
        raise AnsibleError(
            f"The controller's Python has no {package} {MINIMUM[package]} or newer."
            " Install it where ansible-core is installed."
        )
