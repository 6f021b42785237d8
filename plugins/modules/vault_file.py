#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vault_file
short_description: Keep secrets in one file that Ansible Vault encrypts
version_added: 1.0.0
description:
  - Writes a file of names and texts, as YAML, which Ansible Vault encrypts with the password that this run was given. A
    file that is there is encrypted with the password that it had.
  - Fails where the run has no password of the vault, and where the file is not encrypted.
  - The lookup P(ansible.builtin.file#lookup) reads it, and decrypts it by itself.
  - This module works on the controller and has an action plugin.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  path:
    description: The file on the controller. It gets mode 0600, and its folder must be there.
    type: path
    required: true
  secrets:
    description: Names and their secrets. V(null) removes a name. All other names of the file stay.
    type: dict
    required: true
  force:
    description: Whether a name that is there gets the new secret.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Make a password, once
  longshore.fleet.vault_file:
    path: "{{ inventory_dir }}/secrets.yml"
    secrets:
      app.password: "{{ lookup('ansible.builtin.password', '/dev/null', length=40) }}"
    force: false
  run_once: true
  no_log: true

- name: Use it
  ansible.builtin.copy:
    content: "{{ (lookup('ansible.builtin.file', inventory_dir ~ '/secrets.yml') | from_yaml)['app.password'] }}"
    dest: /etc/app.password
    mode: "0600"
  no_log: true
"""

RETURN = r"""
names:
  description: The names whose secrets were made, changed or removed, sorted.
  type: list
  elements: str
  returned: success
  sample: [app.password]
"""
