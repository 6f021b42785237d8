# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: placement
short_description: Propose hosts that fulfil the rules of a service
version_added: 1.0.0
description:
  - Proposes hosts for the key C(service_hosts) of a service file, by the rules of its C(service_placement). Those that
    run the service today come first, by what M(longshore.fleet.instance_info) found on the hosts, registered as
    C(__service_instances), then those that C(service_hosts) names, then others by rendezvous hashing.
  - Writes nothing, unless the variable C(write) of the run is true. Then only the value of C(service_hosts) is
    replaced in the file; comments and all else stay as they are.
  - This module works on the controller and has an action plugin. The playbook C(longshore.fleet.place) has a task for
    each stage.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  stage:
    description:
      - V(read) - which service it is, and whether the proposal is written, by the variables of the run.
      - V(propose) - which hosts are proposed. Fails where too few fulfil the rules, with how many each rule leaves.
    type: str
    choices: [read, propose]
    required: true
"""

EXAMPLES = r"""
# ansible-playbook longshore.fleet.place -e service=web
- name: Propose hosts
  longshore.fleet.placement:
    stage: propose
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
hosts:
  description: The hosts that are proposed, with the reason of each.
  type: dict
  returned: with O(stage=propose)
left_out:
  description: Hosts that run the service today, or are named for it, and are not proposed, with the reason of each.
  type: dict
  returned: with O(stage=propose)
ansible_facts:
  description: The fact C(longshore_run), with the variables of this run.
  type: dict
  returned: with O(stage=read)
"""
