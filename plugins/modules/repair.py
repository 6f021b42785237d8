#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: repair
short_description: Give the instances of a host back what they have lost
version_added: 1.0.0
description:
  - Starts containers that should run and do not, makes those again that somebody removed, writes secret files that a
    reboot took where the host keeps them (C(service_secrets_at_rest)), registers what Consul's agent has lost, and ends
    or undoes a launch that was killed.
  - Goes by what M(longshore.fleet.launch) has noted on the host. A container that runs is neither replaced nor
    restarted nor changed; what would need that is only reported, in the result and in Consul's KV.
  - Leaves a service alone as long as its deploy lock is held by somebody alive. A holder of whom no sign is seen for 30
    seconds is dead; check mode does not wait for that.
  - The role P(longshore.fleet.repair#role) has each host do the same by itself, after its boot and by a timer.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.docker
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul_and_docker
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options: {}
seealso:
  - module: longshore.fleet.instance_info
"""

EXAMPLES = r"""
- name: Mend what the instances of this host have lost
  longshore.fleet.repair:
  register: mended
"""

RETURN = r"""
instances:
  description: Every instance of which a launch is noted on this host, sorted by name.
  type: list
  elements: dict
  returned: success
  contains:
    instance:
      description: Its name.
      type: str
    service:
      description: The service it belongs to; empty where that is unknown.
      type: str
    state:
      description:
        - V(well); V(mended); V(drift), what differs and was left alone, in check mode what would be mended too;
          V(failed), what a repair could not do; V(locked), a rollout is at work; V(unknown), nothing is noted of its
          launch.
      type: str
    what:
      description: What was mended or is left, as sentences.
      type: list
      elements: str
library:
  description: The folder of this collection's modules on the host, from which the role's unit runs.
  type: str
  returned: always
timer:
  description: Whether the timer of the role's unit runs, also after a boot.
  type: bool
  returned: always
"""

from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.units import idle_units
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair.repair import LIBRARY, repair

TIMER = "longshore-repair.timer"


def main() -> None:
    module = AnsibleModule(argument_spec={**CONSUL, **DOCKER}, supports_check_mode=True)
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})

    run(module, lambda: result_of(module.params, module.check_mode))


def result_of(params: dict[str, object], check: bool) -> dict[str, object]:
    always = {"library": str(LIBRARY), "timer": not idle_units([TIMER])}
    try:
        told = repair(params, check)
    except Failure as failure:
        raise Failure(str(failure), **always) from failure
    changed = any(one.state == "mended" for one in told)
    return {"changed": changed, "instances": [asdict(one) for one in told], **always}


if __name__ == "__main__":
    main()
