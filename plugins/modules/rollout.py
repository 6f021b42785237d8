#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout
short_description: Plan a rollout from the preflight of all hosts, judge how it stands, and close it
version_added: 1.0.0
description:
  - Puts together what M(longshore.fleet.service_info) and M(longshore.fleet.launch) found on all hosts of a play.
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
  state:
    description:
      - V(recalled) - puts the release that M(longshore.fleet.release_info) found in the place of the service file.
      - V(planned) - fails with the problems of all hosts, or finds the hosts that have something to do and their
        batches. Writes the plan as Markdown where the run is given C(plan_file), in check mode as well.
      - V(judged) - tells how the rollout stands, from what every host has returned so far.
      - V(closed) - sums up, and fails where a host failed.
      - V(removing) - finds the hosts from which the service is removed, by what M(longshore.fleet.instance_info) found.
    type: str
    choices: [recalled, planned, judged, closed, removing]
    required: true
"""

EXAMPLES = r"""
- name: Plan the rollout
  longshore.fleet.rollout:
    state: planned
  run_once: true
  delegate_to: localhost
  delegate_facts: true
"""

RETURN = r"""
ansible_facts:
  description: The fact C(longshore_rollout), with C(hosts), C(batches) and C(actions) by host, and
    C(longshore_plan_file), what has been written of the plans of this run, for O(state=planned);
    C(longshore_verdict), with C(state), C(watched) and C(returning), for O(state=judged); C(longshore_service) for
    O(state=recalled) and O(state=removing).
  type: dict
  returned: success
"""
