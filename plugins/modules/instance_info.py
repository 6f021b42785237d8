#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance_info
short_description: Tell what runs on a host, and how it differs from what was launched there
version_added: 1.0.0
description:
  - Finds all instances that M(longshore.fleet.launch) made on this host, by the labels of their containers.
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
    details: Reads only, in check mode too.
  diff_mode:
    support: N/A
    details: Never changes anything.
  idempotent:
    support: full
options:
  name:
    description: The service; unless given, all that run here.
    type: str
seealso:
  - module: longshore.fleet.release_info
"""

EXAMPLES = r"""
- name: Find out what runs here
  longshore.fleet.instance_info:
  register: found
"""

RETURN = r"""
node:
  description: This host's name in Consul.
  type: str
  returned: success
instances:
  description: Sorted by name.
  type: list
  elements: dict
  returned: success
  contains:
    instance:
      description: Its name.
      type: str
    service:
      description: The service it belongs to.
      type: str
    state:
      description: Of its container, as Docker has it, with the health where the image has a health check.
      type: str
    since:
      description: When the container started, in UTC.
      type: str
    restarts:
      description: How often Docker has restarted the container.
      type: int
    reference:
      description: Repository and digest of its image.
      type: str
    content:
      description: Tells whether the image is that of a release.
      type: str
    version:
      description: The image's name for people.
      type: str
    code:
      description: The release of the code that it was last proved to have loaded; empty where it has none.
      type: str
    drained:
      description: Why it is drained, by whom and since when; empty where it is not.
      type: str
    checks:
      description: Check to status, as the host's Consul agent has them, maintenance among them.
      type: dict
    failing:
      description: Checks that do not pass, with the first line of their output, and maintenance with its reason.
      type: list
      elements: str
    sidecars:
      description: Sidecar to the state of its container, as Docker has it, or C(not there).
      type: dict
    drift:
      description: What somebody changed by hand, or a launch that was killed has left.
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.status import instances
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CONSUL, **DOCKER, "name": {"type": "str"}},
        supports_check_mode=True,
    )
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})
    options = module.params

    def story() -> dict[str, object]:
        agent = Agent(consul.Consul.from_options(options))
        host = Host(docker.Docker(options["docker_host"]), agent)
        return {"changed": False, "node": agent.node(), "instances": instances(host, options["name"])}

    run(module, story)


if __name__ == "__main__":
    main()
