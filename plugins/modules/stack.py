# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stack
short_description: Read, plan and roll all services of a fleet
version_added: 1.0.0
description:
  - Works on all files of C(services/), in an order in which each service comes after those that its C(service_after)
    names, and after those of which its C(service_peers) need a C(min).
  - Each service that has something to do is rolled by a run of C(longshore.fleet.deploy) with the same inventory,
    extra variables and other options, or removed by one of C(longshore.fleet.remove). So each has its own lock and its
    own record, and no variable of one is seen by another.
  - This module works on the controller and has an action plugin. The playbook C(longshore.fleet.stack) has a task for
    each stage.
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
      - V(read) - reads and checks all files, and finds the order. Fails with all that is wrong, such as a service that
        is not there, or services that wait for each other.
      - V(plan) - shows what M(longshore.fleet.stack_host) has found, registered as C(__stack_planned), as one plan of
        all services. Fails with the problems of all of them. With the variable C(state) of the run V(absent), shows
        what would be removed, by what M(longshore.fleet.instance_info) has found, registered as
        C(__service_instances).
      - V(roll) - rolls the services that have something to do, one after the other, and stops at the first that fails.
        Removes them in reverse where C(state) is V(absent) and C(confirm) is true.
    type: str
    choices: [read, plan, roll]
    required: true
"""

EXAMPLES = r"""
# ansible-playbook longshore.fleet.stack
- name: Plan the stack
  longshore.fleet.stack:
    stage: plan
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
ansible_facts:
  description: The facts C(longshore_stack), the services in their order, and C(longshore_run).
  type: dict
  returned: with O(stage=read) and O(stage=plan)
"""
