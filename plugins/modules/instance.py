# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance
short_description: Carry the instance of one host through a stage of a rollout
version_added: 1.0.0
description:
  - Reads the host's variables, which are those of the service file, renders them, decides, and calls
    M(longshore.fleet.release_info), M(longshore.fleet.service_info), M(longshore.fleet.launch) or
    M(longshore.fleet.once) on the host where something is to be asked or done.
  - The role P(longshore.fleet.service#role) has a task for each stage. The connection to Consul and to the engine is
    taken from the variables C(consul_url), C(consul_token), C(consul_tls), C(consul_domain), C(dns_address),
    C(dns_port) and C(docker_host).
  - This module has an action plugin.
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
      - V(recall) - reads the release that a rollback goes back to, on the first three hosts of the service; any of them
        can tell.
      - V(gather) - reads configuration and peers, and looks at the instance in passing.
      - V(preflight) - plans, looks for all that could fail, and pulls. What V(recall), V(gather) and V(preflight)
        find wrong is no failure; M(longshore.fleet.rollout) tells it for all hosts at once.
      - V(run) - gathers and launches, outside of a rollout.
      - V(once) - runs the fleet-once tasks.
      - V(roll) - launches in the host's turn, and gathers before where others may have changed something since.
      - V(watch) - looks on until the rollout's watch has ended.
      - V(back) - gathers and launches the release before.
      - V(remove) - removes the instance.
      - V(show) - gathers, and returns the service file in its long form and what a shell would say.
    type: str
    choices: [recall, gather, preflight, run, once, roll, watch, back, remove, show]
    required: true
"""

EXAMPLES = r"""
- name: Discover configuration and peers
  longshore.fleet.instance:
    stage: gather
  register: __service_discovered
"""

RETURN = r"""
gathered:
  description: The result of M(longshore.fleet.service_info). All else is the result of the module that was called last.
  type: dict
  returned: where it was asked before a launch
long_form:
  description: The lines of the service file with all its keys, each with where it comes from.
  type: list
  elements: str
  returned: with O(stage=show)
shell:
  description: The lines that would make the container and register it on this host, without secrets.
  type: list
  elements: str
  returned: with O(stage=show)
"""
