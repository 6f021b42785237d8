#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: run_variables
short_description: Find the variables that hold for one run of a playbook
version_added: 1.0.0
description:
  - Finds C(service), C(release), C(trust_release), C(found), C(cold_start), C(skip_before), C(instance), C(session),
    C(status_file) and C(history_file) among the extra variables (C(-e)) and the C(vars) of the play, to which Ansible
    adds those of C(import_playbook).
  - Variables of the inventory, registered variables and facts of the same names do not count. These are everyday
    words, which users may need for something else.
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
options: {}
"""

EXAMPLES = r"""
- name: Find what this run is asked for
  longshore.fleet.run_variables:
  run_once: true
  delegate_to: localhost
  delegate_facts: true
"""

RETURN = r"""
ansible_facts:
  description: The fact C(longshore_run), with those of the variables that this run was given.
  type: dict
  returned: success
"""
