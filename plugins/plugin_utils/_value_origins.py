# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the value of each key of a service comes from, as people read it."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._host_variables import variable_files

Variables = dict[str, t.Any]
EXTRA, INVENTORY, PLAYBOOK = "-e", "inventory", "playbook"


def value_origins(
    loader: DataLoader, sources: t.Iterable[str], service: Service, host: str, variables: Variables, spec: Variables
) -> dict[str, str]:
    """Return key -> origin, of the keys that are given for this host.

    ``sources``: what ``-i`` gave; ``variables``: the host's, templates untouched; ``spec``: of the service file.
    """
    data = loader.load_from_file(service.path, trusted_as_template=True) or {}
    of_files = _of_files(loader, sources, host, variables)
    found = {}
    for key in spec:
        if key in service.extra:
            found[key] = EXTRA
        elif key in data:
            found[key] = f"services/{os.path.basename(service.path)}"
        elif key in of_files:
            found[key] = os.path.relpath(of_files[key], service.folder)
        elif key in variables["hostvars"][host]:
            found[key] = INVENTORY
        elif key in variables and variables[key] != spec[key].get("default"):
            found[key] = PLAYBOOK
    return found


def _of_files(loader: DataLoader, sources: t.Iterable[str], host: str, variables: Variables) -> dict[str, str]:
    """Return key -> the file of group_vars or host_vars that has the value which holds."""
    found: dict[str, str] = {}
    for file in variable_files(loader, sources, [host], variables):
        try:
            data = loader.load_from_file(file, trusted_as_template=True)
        except AnsibleError:
            continue  # Ansible has told it, or will
        for key, value in data.items() if isinstance(data, dict) else ():
            if key in variables and variables[key] == value:
                found[key] = file
    return found
