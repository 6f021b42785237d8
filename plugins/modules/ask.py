# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ask
short_description: Find out which instances the logs or a command are asked of
version_added: 1.0.0
description:
  - Reads on the controller the variables of the run, and of the service file which hosts the service has. Chooses the
    instances in which a command is run, by what M(longshore.fleet.instance_info) found on the hosts, registered as
    C(__service_instances). The playbooks C(longshore.fleet.logs) and C(longshore.fleet.exec) have a task for each
    stage.
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
  stage:
    description:
      - V(logs) - which lines are wanted of which hosts.
      - V(exec) - what is to be run, and on which hosts.
      - V(choose) - in which instances it is run; one that is healthy, by its container and the host's Consul agent, or
        all that run, or the one that leads.
    type: str
    choices: [logs, exec, choose]
    required: true
"""

EXAMPLES = r"""
- name: Read which lines are wanted
  longshore.fleet.ask:
    stage: logs
  run_once: true
  delegate_to: localhost
  delegate_facts: true
"""

RETURN = r"""
ansible_facts:
  description: The fact C(longshore_asked).
  type: dict
  returned: success
"""
