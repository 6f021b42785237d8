# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_host
short_description: Carry a host through the preflight of all its services
version_added: 1.0.0
description:
  - Does for all services of the stack that run on a host what M(longshore.fleet.instance) does for one, each with the
    variables of its own file alone. What is wrong with one of them is no failure; M(longshore.fleet.stack) tells it for
    all services at once.
  - This module has an action plugin. The playbook C(longshore.fleet.stack) has a task for each stage.
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
      - V(ship) - builds and pushes image and code of those services of which this is the first host. To be delegated to
        the controller.
      - V(gather) - reads configuration and peers of all services, and looks at their instances, by one call of
        M(longshore.fleet.stack_info).
      - V(preflight) - plans them. Only for a service that has something to do the host is asked again, by
        M(longshore.fleet.launch), which looks for all that could fail, and pulls.
    type: str
    choices: [ship, gather, preflight]
    required: true
"""

EXAMPLES = r"""
- name: Discover configuration and peers of all services
  longshore.fleet.stack_host:
    stage: gather
  register: __stack_gathered
"""

RETURN = r"""
services:
  description: For each service what the module that was called has returned.
  type: dict
  returned: success
"""
