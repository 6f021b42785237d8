# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host
short_description: Carry a host, or a service on it, through a stage of its departure or its return
version_added: 1.0.0
description:
  - Reads the variables of the run and all service files, finds out what can be reached, and calls
    M(longshore.fleet.node). The playbooks C(longshore.fleet.leave), C(longshore.fleet.return), C(longshore.fleet.drain)
    and C(longshore.fleet.undrain) have a task for each stage. The connection to Consul and to the engine is
    taken from the variables C(consul_url), C(consul_token), C(consul_tls) and C(docker_host).
  - This module has an action plugin.
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
      - V(prepare) - on the controller, reads which host goes or comes, and what the service files say.
      - V(choose) - on the controller, refuses a host that can't be reached, or that is said to be gone and is not, and
        finds another one that tells Consul.
      - V(leave) - on the host, takes it out of the fleet, or out of traffic.
      - V(forget) - on another host, removes what Consul says of one that is gone or has left.
      - V(return) - on the host, brings it back into traffic.
      - V(drain) - on the host, takes a service or an instance out of traffic.
      - V(undrain) - on the host, brings it back into traffic.
    type: str
    choices: [prepare, choose, leave, forget, return, drain, undrain]
    required: true
"""

EXAMPLES = r"""
- name: Take the host out of the fleet, or out of traffic
  longshore.fleet.host:
    stage: leave
  register: __host_left
"""

RETURN = r"""
ansible_facts:
  description: The fact C(longshore_departure). All other stages return the result of M(longshore.fleet.node).
  type: dict
  returned: for the stages V(prepare) and V(choose)
"""
