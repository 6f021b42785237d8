#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: exec
short_description: Run a command in an instance's container, or in a container made like it
version_added: 1.0.0
description:
  - Runs a command to its end, or ends it with all that it has started when its time is up. Nothing of it stays, what it
    has left in the background neither.
  - Its output is told, both streams, without the secrets of the instance.
  - A command that ends with another exit status than 0 is a failure.
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
    details: Nothing is run.
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Runs the command each time.
options:
  name:
    description: The instance.
    type: str
    required: true
  command:
    description: The command and its arguments, for example V([python3, manage.py, check]). A text is split as a shell
      would; no shell is called.
    type: raw
    required: true
  timeout:
    description: The longest time it may take, as a duration.
    type: str
    default: 60s
  one_off:
    description: Whether it runs in a container of its own, which is made like the instance's and removed afterwards,
      with its image, environment, code, files, mounts, network, user and secrets, and without its ports and its
      entrypoint. The instance need not run.
    type: bool
    default: false
  sidecar:
    description: Runs it in this sidecar of the instance, for example V(nginx), and not in its main container. Not with
      O(one_off).
    type: str
"""

EXAMPLES = r"""
- name: Check the site
  longshore.fleet.exec:
    name: web
    command: [python3, manage.py, check]

- name: Clean up, with a process of its own
  longshore.fleet.exec:
    name: web
    command: python3 manage.py clearsessions
    timeout: 10m
    one_off: true
"""

RETURN = r"""
rc:
  description: The exit status; null where the command did not end in time.
  type: int
  returned: where it was run
output:
  description: The last 64 KB of what it wrote, both streams.
  type: str
  returned: where it was run
cut:
  description: Whether it wrote more.
  type: bool
  returned: where it was run
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.single_command import single_command


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            **DOCKER,
            "name": {"type": "str", "required": True},
            "command": {"type": "raw", "required": True},
            "timeout": {"type": "str", "default": "60s"},
            "one_off": {"type": "bool", "default": False},
            "sidecar": {"type": "str"},
        },
        supports_check_mode=True,
    )
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})
    params: dict[str, t.Any] = module.params
    run(module, lambda: single_command(params, module.check_mode))


if __name__ == "__main__":
    main()
