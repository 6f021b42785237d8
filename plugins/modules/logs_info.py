#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: logs_info
short_description: Tell the newest log lines of a service's instances on a host
version_added: 1.0.0
description:
  - Reads what the containers of the service on this host have written, both streams, as their logging driver keeps it.
  - Secrets of the service are masked, whatever the application does with them. A container whose logging driver cannot
    be read is a failure that says which it is.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.docker
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_docker
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
    description: The service.
    type: str
    required: true
  lines:
    description: How many lines of each container, the newest ones.
    type: int
    default: 100
  since:
    description: Only lines that are no older than this, as a duration, for example V(10m).
    type: str
  grep:
    description:
      - Only lines in which this regular expression (of Python) is found; O(lines) counts these.
      - All lines since O(since) are read for it; where that takes longer than a minute, it is a failure.
    type: str
  max_bytes:
    description: The most bytes of one container's lines; where there are more, the newest lines count. Of a line that
      is longer than 32768 bytes, the beginning.
    type: int
    default: 262144
seealso:
  - module: longshore.fleet.instance_info
"""

EXAMPLES = r"""
- name: Look for errors
  longshore.fleet.logs_info:
    name: web
    since: 10m
    grep: ERROR|Traceback
  register: found
"""

RETURN = r"""
instances:
  description: Each container of the service, sorted by name.
  type: list
  elements: dict
  returned: success
  contains:
    instance:
      description: The instance that it belongs to.
      type: str
    container:
      description: Its name; while an instance is replaced, it has a second one.
      type: str
    lines:
      description: Each with its C(time) in UTC and its C(text), the oldest first. Control characters are as they were
        written.
      type: list
      elements: dict
    cut:
      description: Whether there are more lines than O(max_bytes) allows.
      type: bool
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker
from ansible_collections.longshore.fleet.plugins.module_utils._connections import DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.log_lines import newest_lines


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **DOCKER,
            "name": {"type": "str", "required": True},
            "lines": {"type": "int", "default": 100},
            "since": {"type": "str"},
            "grep": {"type": "str"},
            "max_bytes": {"type": "int", "default": 262144},
        },
        supports_check_mode=True,
    )
    require(module, docker.LIBRARIES)
    params = module.params
    run(module, lambda: {"changed": False, "instances": newest_lines(params)})


if __name__ == "__main__":
    main()
