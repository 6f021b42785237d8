# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: leftovers
short_description: List what services without a file have left on the hosts, and remove it where told
version_added: 1.0.0
description:
  - Reads which services have a file, and calls M(longshore.fleet.node) for all others that a host has. The playbook
    C(longshore.fleet.prune) has a task for each stage. The connection to Consul and to the engine is taken from the
    variables C(consul_url), C(consul_token), C(consul_tls) and C(docker_host).
  - Removes nothing unless the variable C(confirm) of the run is true, or the variable C(service) names one service.
    With the variable C(volumes) named volumes go as well.
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
      - V(read) - on the controller, reads the variables of the run and which services have a file.
      - V(find) - on a host, in check mode, finds what others have left there; registered as C(__service_leftovers).
      - V(list) - on the controller, shows it, with the hosts that could not be asked.
      - V(remove) - on a host, removes it.
      - V(leave) - on a host that C(service_hosts) does not name any more, removes what the service of this rollout has
        there.
    type: str
    choices: [read, find, list, remove, leave]
    required: true
"""

EXAMPLES = r"""
- name: Find what services without a file have left
  longshore.fleet.leftovers:
    stage: find
  check_mode: true
  register: __service_leftovers
"""

RETURN = r"""
rows:
  description: What was shown, a row for each instance.
  type: list
  elements: dict
  returned: with O(stage=list)
ansible_facts:
  description: The fact C(longshore_pruning). The stages V(find) and V(remove) return the result of
    M(longshore.fleet.node).
  type: dict
  returned: with O(stage=read) and O(stage=list)
"""
