#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: discover
short_description: Read a service's configuration and peers from Consul
version_added: 1.0.0
description:
  - Asks the host's own Consul agent for all that the variables of a service file see, namely RV(config) from the
    KV store, RV(peers) from DNS, the host's own RV(node), and whether this is the RV(first_boot) of the service.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
  - longshore.fleet.consul
  - longshore.fleet.dns
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
  service:
    description:
      - Name under which the service that is deployed is registered in Consul, for example V(elasticsearch).
      - Needed for RV(first_boot) only.
    type: str
  prefix:
    description: Where the fleet's data begins in the KV store.
    type: str
    default: longshore
  config:
    description:
      - Which configuration to read, for example V([common, elasticsearch]).
        Of a key in several of them, the later one wins.
      - Each name stands for the keys below C(PREFIX/config/NAME/) in the KV store, where C(PREFIX) is O(prefix).
      - A value is read as JSON where it is JSON (numbers, booleans, null, lists, quoted strings), else as a string.
        A slash in a key, or a JSON object as a value, makes a nested dict.
    type: list
    elements: str
    default: []
  peers:
    description:
      - "Whom to ask DNS for, by names of your choice, for example
        V({transport: {service: elasticsearch, port: 9300, exclude_self: true}})."
      - "C(service): name of the service in Consul; required."
      - "C(port): a port in place of the registered one."
      - "C(tag): only instances that are registered with this tag."
      - "C(datacenter): in place of the agent's own."
      - "C(exclude_self): whether to leave out instances at this node's own address; V(false) unless set."
      - DNS lists the instances whose checks pass or warn; only the passing ones where the agents are configured
        with C(only_passing).
    type: dict
    default: {}
notes:
  - With ACLs, the token needs C(agent_prefix "" read), C(key_prefix) with read for O(prefix),
    C(node_prefix "" read) and C(service_prefix "" read). DNS uses the agent's own token.
    Keys and services that a token may not see are missing without an error.
seealso:
  - module: longshore.fleet.kv
"""

EXAMPLES = r"""
- name: What Elasticsearch needs to know before it starts
  longshore.fleet.discover:
    service: elasticsearch
    config: [common, elasticsearch]
    peers:
      transport: {service: elasticsearch, port: 9300, exclude_self: true}
  register: discovered

- name: Show the peers
  ansible.builtin.debug:
    var: discovered.peers.transport
"""

RETURN = r"""
config:
  description: The configuration, nested.
  type: dict
  returned: success
  sample: {cluster_name: logs, heap: 256m, jvm: {options: [-Xlog:disable]}}
config_origin:
  description: For each value, by its path, the name in O(config) that it came from.
  type: dict
  returned: success
  sample: {cluster_name: elasticsearch, heap: common, jvm/options: elasticsearch}
config_prefixes:
  description: Where it was searched for in the KV store, in the order of O(config).
  type: list
  elements: str
  returned: success
  sample: [longshore/config/common, longshore/config/elasticsearch]
peers:
  description:
    - For each entry of O(peers), the instances as V(address:port), sorted, each once; empty where there is none.
    - An IPv6 address stands in brackets. A service that is registered at a host name keeps that name.
  type: dict
  returned: success
  sample: {transport: ['10.0.0.2:9300', '10.0.0.3:9300']}
peer_parts:
  description:
    - The same in parts, in the same order. The node is null where the registration has an address of its own,
      since DNS does not tell the node then.
  type: dict
  returned: success
  sample: {transport: [{address: 10.0.0.2, port: 9300, node: node2}, {address: 10.0.0.3, port: 9300, node: node3}]}
node:
  description: This host as Consul knows it.
  type: dict
  returned: success
  contains:
    name:
      description: Name of the node.
      type: str
    address:
      description: Address that the agent advertises.
      type: str
    datacenter:
      description: Datacenter of the agent.
      type: str
  sample: {name: node1, address: 10.0.0.1, datacenter: dc1}
first_boot:
  description: Whether no instance of O(service) is in Consul's catalog, in any state.
  type: bool
  returned: with O(service)
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import ARGUMENT_SPEC as CONSUL_SPEC
from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import LIBRARIES as CONSUL_LIBRARIES
from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import ARGUMENT_SPEC as DNS_SPEC
from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import LIBRARIES as DNS_LIBRARIES
from ansible_collections.longshore.fleet.plugins.module_utils.clients.dns import Dns
from ansible_collections.longshore.fleet.plugins.module_utils.running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils.stories.discover import discover


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL_SPEC,
            **DNS_SPEC,
            "service": {"type": "str"},
            "prefix": {"type": "str", "default": "longshore"},
            "config": {"type": "list", "elements": "str", "default": []},
            "peers": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    require(module, {**CONSUL_LIBRARIES, **DNS_LIBRARIES})
    run(module, lambda: discovered(module.params))


def discovered(options: dict[str, t.Any]) -> dict[str, t.Any]:
    return discover(
        Consul(options["consul_url"], options["consul_token"]),
        Dns(options["dns_address"], options["dns_port"]),
        service=options["service"],
        prefix=options["prefix"],
        config=options["config"],
        peers=options["peers"],
        domain=options["consul_domain"],
    )


if __name__ == "__main__":
    main()
