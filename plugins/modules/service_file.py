#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_file
short_description: Read and check the service file of a rollout
version_added: 1.0.0
description:
  - Finds C(services/NAME.yml) beside the inventory and checks its keys and types against the role
    P(longshore.fleet.service#role).
  - An unknown key that begins with C(service_) is an error, with the nearest right one. Other keys are the user's
    own.
  - Keeps the variables of this run as well, which are C(service), C(release), C(trust_release), C(found),
    C(cold_start), C(skip_before), C(instance), C(session), C(from), C(status_file), C(history_file) and C(plan_file),
    as far as they are given as extra variables (C(-e)) or as C(vars) of the play, to which Ansible adds those of
    C(import_playbook).
    Variables of the inventory, registered variables and facts of the same names do not count. These are everyday
    words, which users may need for something else.
  - The inventory must be given as a file, because Ansible would read every YAML file of a folder as inventory.
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
  name:
    description: The service. Unless given, the variable C(service) of this run. Where it is missing or unknown, the
      error lists those that exist.
    type: str
  may_be_gone:
    description: Whether the service may have no file any more, or a wrong one, as for a removal.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Read the service file
  longshore.fleet.service_file:
    name: elasticsearch
  run_once: true
  delegate_to: localhost
  delegate_facts: true
"""

RETURN = r"""
ansible_facts:
  description: The fact C(longshore_service), with C(name), C(path), C(hosts) and C(rollout) with its defaults, and the
    fact C(longshore_run), with the variables of this run.
  type: dict
  returned: success
"""
