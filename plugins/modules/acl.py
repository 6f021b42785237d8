#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acl
short_description: Have policies and tokens of Consul's ACLs, in one call
version_added: 1.0.0
description:
  - Makes policies and tokens as they are given, and removes tokens. Others are left alone.
  - C(community.general.consul_policy) and C(community.general.consul_token) make one each. A fleet has a policy and a
    token for each service and a token for each host, which take as many tasks.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details: Names the policies and tokens that differ.
  idempotent:
    support: full
options:
  policies:
    description: Policies, by their names.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      description:
        description: What it is for.
        type: str
        default: ""
      rules:
        description: Its rules, as Consul reads them.
        type: str
        required: true
  tokens:
    description: Tokens, by their accessors. Consul makes their secrets.
    type: list
    elements: dict
    default: []
    suboptions:
      accessor:
        description: Its accessor, a UUID of your choice, by which it is found again.
        type: str
        required: true
      description:
        description: Whose it is; the name of its secret in RV(secrets).
        type: str
        required: true
      policies:
        description: Names of its policies.
        type: list
        elements: str
        default: []
      nodes:
        description: Nodes whose agents it is for, which may then register them.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: The node.
            type: str
            required: true
          datacenter:
            description: The datacenter that it is in.
            type: str
            required: true
  absent:
    description: Accessors of tokens that must be no more.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Have a token for the deploys of web
  longshore.fleet.acl:
    consul_token: "{{ management_token }}"
    policies:
      - {name: web, rules: 'service "web" { policy = "write" }'}
    tokens:
      - {accessor: "{{ 'deploys of web' | ansible.builtin.to_uuid }}", description: deploys of web, policies: [web]}
  register: made
  no_log: true
"""

RETURN = r"""
secrets:
  description: The secret of each of O(tokens), by its description. Keep them from the output by C(no_log).
  type: dict
  returned: success
  sample: {deploys of web: made by the run}
diff:
  description: The policies and tokens that differ.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl import Policy, Token
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.acl import have

POLICY = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str", "default": ""},
    "rules": {"type": "str", "required": True},
}
NODE = {"name": {"type": "str", "required": True}, "datacenter": {"type": "str", "required": True}}
TOKEN = {
    "accessor": {"type": "str", "required": True},
    "description": {"type": "str", "required": True},
    "policies": {"type": "list", "elements": "str", "default": []},
    "nodes": {"type": "list", "elements": "dict", "default": [], "options": NODE},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "policies": {"type": "list", "elements": "dict", "default": [], "options": POLICY},
            "tokens": {"type": "list", "elements": "dict", "default": [], "no_log": False, "options": TOKEN},
            "absent": {"type": "list", "elements": "str", "default": []},
            **CONSUL,
        },
        supports_check_mode=True,
    )
    require(module, consul.LIBRARIES)
    options = module.params
    policies = [Policy.from_options(entry) for entry in options["policies"]]
    tokens = [Token.from_options(entry) for entry in options["tokens"]]
    run(
        module,
        lambda: have(consul.Consul.from_options(options), policies, tokens, options["absent"], module.check_mode),
    )


if __name__ == "__main__":
    main()
