# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: config_files
short_description: The files of config/, checked, for Consul's KV
version_added: 1.0.0
description:
  - Reads the folder C(config/) beside the inventory, one YAML file for each prefix, as the playbook
    C(longshore.fleet.config) brings it into Consul's KV store.
  - All that is wrong with any file is one error, with a line for each problem.
author:
  - Longshore contributors (@longshore)
options:
  _terms:
    description: The folder, for example V(inventories/lab/config).
    type: list
    elements: path
    required: true
  manage:
    description:
      - "Who wins where somebody edited the KV by hand, by the name of the prefix, for example
        V({common: all, elasticsearch: seed}). What is said of V(common) holds for its layers too, unless they have
        an entry of their own."
      - V(all) makes the keys below the prefix be those of the file and no others.
      - V(listed), which holds unless set, makes the keys of the file have its values, and leaves others alone.
      - V(seed) makes the keys of the file that are missing, and leaves all that is there alone.
      - "V(absent) removes all keys below the prefix, for example V({common@dc1: absent}). The file must be gone. It
        does not hold for layers of the prefix, which need entries of their own."
    type: dict
    default: {}
seealso:
  - module: longshore.fleet.kv
"""

EXAMPLES = r"""
- name: Bring them into Consul's KV
  longshore.fleet.kv:
    prefix: longshore/config/{{ item.name }}
    data: "{{ item.data }}"
    purge: "{{ item.purge }}"
    overwrite: "{{ item.overwrite }}"
  loop: "{{ query('longshore.fleet.config_files', inventory_dir ~ '/config', manage={'elasticsearch': 'seed'}) }}"
"""

RETURN = r"""
_raw:
  description:
    - "For each file, and each prefix whose keys are to be removed, C(name) (the prefix), C(path), C(data), and C(purge)
      and C(overwrite) as M(longshore.fleet.kv) takes them."
  type: list
  elements: dict
"""

import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._config_files import config_files, unseen_layers

display = Display()


class LookupModule(LookupBase):
    """Reads the files on the controller."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        manage, groups = self.get_option("manage"), tuple((variables or {}).get("groups", {}))
        try:
            found = [file for term in terms for file in config_files(Path(term), self._load, manage, groups)]
        except Failure as failure:
            raise AnsibleError(str(failure)) from failure
        warning = unseen_layers(manage)
        if warning:
            display.warning(warning)
        return [file.to_result() for file in found]

    def _load(self, path: str) -> t.Any:
        """Not as templates: what the file says is what the KV gets."""
        return self._loader.load_from_file(path, cache="none")
