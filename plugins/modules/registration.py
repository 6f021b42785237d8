#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registration
short_description: Register a service that is no container of ours
version_added: 1.0.0
description:
  - Registers a service with its checks at the host's own Consul agent, for what M(longshore.fleet.launch) does not
    run - a daemon of the host, or a service elsewhere that has no agent of its own, such as a managed MySQL.
  - The agent at which a service is registered owns it, and runs its checks. It must be the only one.
  - A registration that is as wanted costs two reads, and nothing is written.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
  - longshore.fleet.consul
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description:
      - The service's name in Consul; DNS serves letters, digits and hyphens.
      - Required for O(state=present).
    type: str
  id:
    description: The registration's ID, unique on its agent. Unless given, O(name).
    type: str
  state:
    description:
      - V(present) - registered as wanted. Checks that stay keep their status, those that are not wanted go. A
        maintenance stays, and is told in a warning.
      - V(absent) - deregistered, with its checks. A registration that this module has not made is left alone, and is an
        error.
      - V(maintenance) - out of traffic for O(reason), whoever has registered it. Checks and definition stay.
      - V(traffic) - no longer in maintenance, whoever had set it.
    type: str
    choices: [present, absent, maintenance, traffic]
    default: present
  reason:
    description: Why it is in maintenance; Consul shows it. Required for O(state=maintenance).
    type: str
  port:
    description: The port at which it listens, from 1 to 65535.
    type: int
  address:
    description: Where it listens; unless given, at the node's own address.
    type: str
  socket_path:
    description: The Unix socket at which it listens, in the place of O(port) and O(address). Consul 1.10.2 or newer.
    type: str
  tags:
    description: Tags, by which DNS and the HTTP API can be asked.
    type: list
    elements: str
  meta:
    description: Keys of letters, digits, hyphens and underscores, with texts of 512 characters at most; 61 of them.
    type: dict
  weights:
    description: The instance's weight in SRV answers of Consul's DNS, V(passing) and V(warning), each 1 unless given.
    type: dict
  tagged_addresses:
    description: Name to a mapping of C(address) and C(port), for example of the address that V(wan) sees.
    type: dict
  enable_tag_override:
    description:
      - Whether others may change the tags in Consul's catalog.
      - Then O(tags) are those of the first registration, and others' changes stay.
    type: bool
    default: false
  checks:
    description:
      - Checks by Consul's own names in snake_case; docs/consul.md lists them all, with the least version of Consul.
      - A new check begins with its C(status) where that is given. Else those by HTTP and TCP begin with what one run
        from this host shows, and all others critical.
    type: list
    elements: dict
notes:
  - When the owning host goes, Consul takes all its registrations for critical, and nobody checks them. Another host
    takes over by O(state=present) there; O(state=absent) on the old one, once it is back, ends the doubling. See
    docs/consul.md.
seealso:
  - module: longshore.fleet.launch
"""

EXAMPLES = r"""
- name: A managed MySQL, owned and checked by the first of the monitoring hosts
  longshore.fleet.registration:
    name: mysql
    state: "{{ (inventory_hostname == groups.monitoring[0]) | ternary('present', 'absent') }}"
    address: mysql-1.example.com
    port: 3306
    tags: [primary]
    checks:
      - tcp: mysql-1.example.com:3306
        interval: 10s
        timeout: 2s

- name: Out of traffic
  longshore.fleet.registration:
    name: mysql
    state: maintenance
    reason: upgrade to 8.4

- name: Into traffic again
  longshore.fleet.registration:
    name: mysql
    state: traffic
"""

RETURN = r"""
action:
  description: One of none, register, remove.
  type: str
  returned: success
changes:
  description: Every key that causes the action.
  type: list
  elements: dict
  returned: success
  contains:
    key:
      description: Dotted, for example C(registrations.mysql.tags).
      type: str
    before:
      description: As the agent has it; null where it was not there.
      type: raw
    after:
      description: As wanted; null where it goes.
      type: raw
  sample: [{key: registrations.mysql.port, before: 3306, after: 3307}]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import Registration
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul import registration

SERVICE = {
    "port": {"type": "int"},
    "address": {"type": "str"},
    "socket_path": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "meta": {"type": "dict"},
    "weights": {"type": "dict"},
    "tagged_addresses": {"type": "dict"},
    "enable_tag_override": {"type": "bool", "default": False},
    "checks": {"type": "list", "elements": "dict"},
}
ARGUMENT_SPEC = {
    **CONSUL,
    "name": {"type": "str"},
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent", "maintenance", "traffic"], "default": "present"},
    "reason": {"type": "str"},
    **SERVICE,
}


def story(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Do what the state asks for, and return the result."""
    agent = Agent(consul.Consul.from_options(params))
    identity, name = params["id"] or params["name"], params["name"] or params["id"]
    # No container can have this name: a launch never takes the registration for its own.
    owner = f"registration:{identity}"
    if params["state"] == "present":
        options = {"id": identity, "name": params["name"], **{key: params[key] for key in SERVICE}}
        return registration.present(agent, Registration.from_options(options, owner, identity), check)
    if params["state"] == "absent":
        return registration.absent(agent, identity, name, owner, check)
    reason = params["reason"] if params["state"] == "maintenance" else None
    return registration.maintenance(agent, identity, name, reason, check)


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        required_if=[("state", "present", ["name"]), ("state", "maintenance", ["reason"])],
        required_one_of=[("name", "id")],
        supports_check_mode=True,
    )
    require(module, consul.LIBRARIES)
    params = module.params
    run(module, lambda: story(params, module.check_mode))


if __name__ == "__main__":
    main()
