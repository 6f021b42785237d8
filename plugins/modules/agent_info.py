#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: agent_info
short_description: Tell what a host has of Consul, and how its agent runs
version_added: 1.0.0
description:
  - Looks at Consul's program, at the unit and the files of the role longshore.fleet.consul, and at what the agent gives
    to somebody without a token. Touches nothing.
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
  program:
    description: Consul's program.
    type: path
    default: /usr/bin/consul
  units:
    description: Further units of systemd that should run, and be started at boot.
    type: list
    elements: str
    default: []
seealso:
  - module: longshore.fleet.host_info
  - module: longshore.fleet.registration_info
"""

EXAMPLES = r"""
- name: Look whether the agent has to be restarted
  longshore.fleet.agent_info:
    program: /usr/local/bin/consul
  register: agent

- name: Tell so
  ansible.builtin.debug:
    msg: It does not run with what is on disk.
  when: not agent.started
"""

RETURN = r"""
version:
  description: Version of the program; empty where there is none.
  type: str
  returned: success
  sample: 1.13.9
sha256:
  description: Digest of the program; empty where there is none.
  type: str
  returned: success
user:
  description: Whether the host has the user C(consul).
  type: bool
  returned: success
configured:
  description: Whether there is a C(/etc/consul.d/consul.json).
  type: bool
  returned: success
stage:
  description:
    - What the agent demands, as C(consul_security) of the role names it - V(open), V(offered), V(used) or V(required).
    - Empty where no agent answers.
  type: str
  returned: success
  sample: required
leader:
  description: Address of the cluster's leader; empty where the agent knows none.
  type: str
  returned: success
  sample: 192.0.2.11:8300
started:
  description: Whether the agent runs, also after a boot, and was started with the program and the configuration that
    are on disk.
  type: bool
  returned: success
loaded:
  description: Whether the agent has read the tokens and certificates that are on disk.
  type: bool
  returned: success
idle:
  description: Those of O(units) that do not run, or would not after a boot.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._running import run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.local_agent import look


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "program": {"type": "path", "default": "/usr/bin/consul"},
            "units": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    run(module, lambda: look(module.params["program"], module.params["units"]))


if __name__ == "__main__":
    main()
