#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registration_info
short_description: Gather whether the tokens of registered services suffice
version_added: 1.0.0
description:
  - Reads what is registered with the host's Consul agent, and tries each registration's token. An agent keeps a service
    up to date with the token that it was registered with; once Consul denies what no token allows, a service without
    one, or with one that lacks the right, is no longer brought up to date in the catalog.
  - The tokens are read from the agent's own data, as no request tells them, and are not returned.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
  - longshore.fleet.consul
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
  data_dir:
    description: The C(data_dir) of the agent's configuration.
    type: path
    default: /var/lib/consul
notes:
  - An agent that allows what no policy denies (C(default_policy = "allow")) finds every token sufficient that Consul
    knows. Only one that denies tells V(denied).
  - Runs as root, or as the user of the agent.
seealso:
  - module: longshore.fleet.registration
"""

EXAMPLES = r"""
- name: Look whether Consul may deny what no token allows
  longshore.fleet.registration_info:
    data_dir: /opt/consul
  register: registered

- name: Tell which services have to be registered again, with a token
  ansible.builtin.debug:
    msg: "{{ registered.services | rejectattr('token', 'eq', 'suffices') | map(attribute='id') }}"
"""

RETURN = r"""
services:
  description: What is registered with the agent, sorted by ID.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: ID of the service on its agent.
      type: str
    service:
      description: Name of the service.
      type: str
    token:
      description: V(suffices), V(denied) where it lacks the right to register the service, V(unknown) where Consul does
        not know it, or V(none) where the service was registered without a token.
      type: str
  sample: [{id: web, service: web, token: suffices}]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.registered_tokens import (
    read_registered_tokens,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CONSUL, "data_dir": {"type": "path", "default": "/var/lib/consul"}},
        supports_check_mode=True,
    )
    require(module, LIBRARIES)
    run(module, lambda: read_registered_tokens(module.params))


if __name__ == "__main__":
    main()
