#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_info
short_description: Tell what a host lacks for this collection and for what is to run there
version_added: 1.0.0
description:
  - Looks at the kernel, the cgroups, the clock, the network, the disk, Python, the Docker Engine and the Consul agent
    of a host, and compares that with what is expected. Touches nothing.
  - Works on bare hosts, with nothing but Python. As root it sees more than as another user.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
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
  connections:
    description:
      - As many connections as the host may have at once. The kernel's table C(nf_conntrack_max) must take so many,
        since it drops new ones when it is full.
    type: int
    default: 65536
  map_count:
    description: What C(vm.max_map_count) must be at least. Elasticsearch and OpenSearch want V(262144).
    type: int
    default: 65530
  open_files:
    description: How many open files the engine must be able to allow a container.
    type: int
    default: 65536
  free_disk:
    description: Room for the engine's folder, in Docker's notation of sizes.
    type: str
    default: 10g
  open_ports:
    description:
      - Ports that listen beyond this host on purpose, out of V(2375), V(2376), V(5000), V(8500), V(8501), V(8502) and
        V(8600). The others of these are reported where they do.
      - So are ports that are registered with the host's Consul agent, as far as it tells them without a token, where
        they listen on a public address and do not stand here.
    type: list
    elements: int
    default: []
  venv:
    description: The virtual environment of this collection's modules, as the role docker makes it.
    type: path
    default: /opt/longshore/venv
  held:
    description: Debian packages that upgrades are to pass over.
    type: list
    elements: str
    default: []
seealso:
  - module: longshore.fleet.docker_daemon
"""

EXAMPLES = r"""
- name: Look whether Elasticsearch can run here
  longshore.fleet.host_info:
    map_count: 262144
    free_disk: 50g
  register: found
"""

RETURN = r"""
findings:
  description: What the host lacks, errors first.
  type: list
  elements: dict
  returned: success
  contains:
    severity:
      description: V(error) where Longshore, or a container, cannot run; else V(warning).
      type: str
    what:
      description: What was found, and what is expected.
      type: str
    reason:
      description: Why that matters.
      type: str
    to_do:
      description: What helps.
      type: str
    mended:
      description: Whether C(bootstrap.yml), or the first role after it, brings it.
      type: bool
host:
  description: What was seen of the host.
  type: dict
  returned: success
  sample: {python: [3, 11, 2], user: root}
packages:
  description: What is there of the packages that the role docker brings.
  type: dict
  returned: success
  contains:
    can_make:
      description: Whether this Python has what makes virtual environments.
      type: bool
    installed:
      description: What the virtual environment has, as C(name==version).
      type: list
      elements: str
    unheld:
      description: Those of O(held) that are installed, and that an upgrade would change.
      type: list
      elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.observed import Expected
from ansible_collections.longshore.fleet.plugins.module_utils._running import run
from ansible_collections.longshore.fleet.plugins.module_utils._sizes import parse_bytes
from ansible_collections.longshore.fleet.plugins.module_utils._stories.host.examine import examine


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "connections": {"type": "int", "default": 65536},
            "map_count": {"type": "int", "default": 65530},
            "open_files": {"type": "int", "default": 65536},
            "free_disk": {"type": "str", "default": "10g"},
            "open_ports": {"type": "list", "elements": "int", "default": []},
            "venv": {"type": "path", "default": "/opt/longshore/venv"},
            "held": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    options = module.params
    run(module, lambda: examine(expected_by(options), options["venv"], options["held"]))


def expected_by(options: dict[str, t.Any]) -> Expected:
    return Expected(
        connections=options["connections"],
        map_count=options["map_count"],
        open_files=options["open_files"],
        free=parse_bytes(options["free_disk"], "free_disk"),
        open_ports=frozenset(options["open_ports"]),
    )


if __name__ == "__main__":
    main()
