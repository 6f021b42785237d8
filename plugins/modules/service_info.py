#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_info
short_description: Read a service's configuration and peers from Consul
version_added: 1.0.0
description:
  - Asks the host's own Consul agent for all that the variables of a service file see, namely RV(config) from the
    KV store, RV(peers) from DNS, the host's own RV(node), and whether this is the RV(first_boot) of the service.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul_and_docker
  - longshore.fleet.consul
  - longshore.fleet.dns
  - longshore.fleet.docker
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
  survey:
    description:
      - The name of an instance that is looked at in passing, for example V(web), see RV(survey).
        Needs the Docker SDK for Python on the host.
    type: str
  code_path:
    description: The folder on the host of the code of O(survey), for example V(/srv/code/web), to tell what is current.
    type: path
  secret_fingerprints:
    description:
      - For each secret of O(survey) the SHA-256 of its value in hexadecimal digits, to tell its digest by the host's
        own key. Not the secrets themselves, as Ansible hides such values wherever else they occur, even
        in a configuration that has nothing to do with them.
    type: dict
    default: {}
  service:
    description:
      - All names under which the service that is deployed is registered in Consul, for example V([elasticsearch]).
      - Needed for RV(first_boot) and O(passing) only.
    type: list
    elements: str
    default: []
  found:
    description:
      - Whether this host is the one that is to found the cluster of O(name). Then RV(first_boot) is also true where it
        was founded before and has no instance left; on all other hosts, for which this is V(false), it is false.
      - Unless given, no host was chosen, and a service that was founded before is no first boot.
    type: bool
  hosts:
    description:
      - All hosts of the service by the inventory, for example V([db1, db2, db3]), for entries of O(peers) that say
        C(planned). Those that are nodes of Consul, by the same name or by its part before the first dot, stay among
        the members where they are down or left out by C(--limit).
    type: list
    elements: str
    default: []
  name:
    description: The service whose records are asked for RV(current_release); a service with one has had its first boot.
    type: str
  release:
    description:
      - The ID of a release of O(name); the configuration is then read from its record, as it was when it was released.
    type: str
  config_digest:
    description:
      - What the configuration of O(release) is known to be, as M(longshore.fleet.release) returned it.
      - A record that has another one was changed by somebody, and is refused.
    type: str
    default: ""
  noted:
    description: Whether RV(noted_nodes) and RV(current_record) are returned too. Requires O(name).
    type: bool
    default: false
  passing:
    description: Whether RV(passing_nodes) is returned too, of the names in O(service).
    type: bool
    default: false
  prefix:
    description: Where the fleet's data begins in the KV store.
    type: str
    default: longshore
  config:
    description:
      - Which configuration to read, for example V([common, elasticsearch]), each name once.
        Of a key in several of them, the later one wins.
      - Each name stands for the keys below C(PREFIX/config/NAME/) in the KV store, where C(PREFIX) is O(prefix),
        and for those in the layers of this host, where there are any. These are C(NAME@DATACENTER), then
        C(NAME@group:GROUP) for each of O(groups), then C(NAME@node:NODE). Again the later one wins.
      - A value is read as JSON where it is JSON (numbers, booleans, null, lists, quoted strings), else as a string.
        A slash in a key, or a JSON object as a value, makes a nested dict.
    type: list
    elements: str
    default: []
  groups:
    description: Groups of this host whose layers are read, in this order, for example V([web, eu]).
    type: list
    elements: str
    default: []
  config_schema:
    description:
      - "What the configuration must be like, by the path of each key, for example
        V({heap: {type: str, required: true}, jvm/gc: {choices: [g1, parallel], default: g1}})."
      - "C(type): V(str), V(int), V(float), V(bool), V(list), or V(dict) for a folder with all that is in it; unless
        set, every type is right."
      - "C(required): whether a missing key is a problem; V(false) unless set."
      - "C(default): the value of a key that is missing."
      - "C(choices): a list of all values that are right."
      - "C(description): for people."
      - What is wrong is listed in RV(config_problems). Keys that the schema does not know are a warning.
    type: dict
    default: {}
  peers:
    description:
      - "Whom to ask Consul for, by names of your choice, for example
        V({transport: {service: elasticsearch, port: 9300, exclude_self: true}}). The keys of an entry:"
      - "C(service): name of the service in Consul; required."
      - "C(port): a port in place of the registered one, for example V(9300)."
      - "C(tags): only instances that are registered with all of these tags, for example V([ssd])."
      - "C(datacenter): in place of the agent's own, for example V(dc2)."
      - "C(exclude_self): whether to leave out instances at this node's own address; V(false) unless set."
      - "C(min): fail unless there are as many peers, for example V(2); waits for them."
      - "C(wait): the longest wait for C(min), as a duration; V(30s) unless set."
      - "C(planned): whether to add the addresses of this rollout's other hosts that do not run yet, with C(port);
        V(false) unless set. M(longshore.fleet.instance) does so, this module does not."
      - "C(record): V(SRV), unless set, for addresses and ports; V(A) for addresses alone, IPv6 included."
      - "C(from): V(dns), unless set, or V(http) for Consul's HTTP API, where the agent's DNS is off, or for these two:"
      - "C(only_passing): with V(from: http), whether to leave out instances whose checks warn; V(false) unless set.
        DNS lists them unless the agents are configured with C(only_passing)."
      - "C(near): with V(from: http), the name of a node, or V(_agent); the nearest peer then comes first."
    type: dict
    default: {}
notes:
  - With ACLs, the token needs C(agent_prefix "" read), C(key_prefix) with read for O(prefix),
    C(node_prefix "" read) and C(service_prefix "" read). DNS uses the agent's own token, and an instance that only
    O(consul_token) may see is an error. So is an empty answer of Consul where the token lacks a right to see more.
seealso:
  - module: longshore.fleet.kv
"""

EXAMPLES = r"""
- name: What Elasticsearch needs to know before it starts
  longshore.fleet.service_info:
    service: [elasticsearch]
    config: [common, elasticsearch]
    peers:
      transport: {service: elasticsearch, port: 9300, exclude_self: true}
  register: discovered

- name: Read a configuration, and go on only if it is right
  longshore.fleet.service_info:
    config: [common, web]
    groups: "{{ group_names }}"
    config_schema:
      heap: {type: str, required: true}
      jvm/gc: {choices: [g1, parallel], default: g1}
  register: web
  failed_when: web is failed or web.config_problems

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
  description:
    - For each value, by its path, the layer that it came from, which is a name in O(config) or one with the host's
      datacenter, group or node. V(service_config_schema) stands for a default of O(config_schema).
  type: dict
  returned: success
  sample: {cluster_name: elasticsearch, heap: 'common@dc1', jvm/options: 'elasticsearch@node:node1'}
config_prefixes:
  description: Where it was searched for in the KV store, in the order of O(config).
  type: list
  elements: str
  returned: success
  sample: [longshore/config/common, longshore/config/elasticsearch]
config_layers:
  description: Full paths in the KV store of all layers that this host reads, whether there is anything or not.
  type: list
  elements: str
  returned: success
config_problems:
  description:
    - Whatever of RV(config) is not as O(config_schema) wants it, each with its full path in the KV store.
    - M(longshore.fleet.instance) hands them to M(longshore.fleet.launch), which then touches nothing.
      Use them likewise, as in the example.
  type: list
  elements: str
  returned: success
  sample: ["Consul KV: longshore/config/common/heap: expected str, got int 5; correct the value there, or ..."]
peers:
  description:
    - For each entry of O(peers), the instances as V(address:port), or V(address) for A records; sorted, each once;
      empty where there is none.
    - An IPv6 address stands in brackets. A service that is registered at a host name keeps that name.
  type: dict
  returned: success
  sample: {transport: ['10.0.0.2:9300', '10.0.0.3:9300']}
peer_parts:
  description:
    - The same in parts, in the same order. DNS does not tell the node (null) of A records, and where the
      registration has an address of its own.
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
    meta:
      description: The node's meta, as the agent's configuration has it (C(node_meta)).
      type: dict
  sample: {name: node1, address: 10.0.0.1, datacenter: dc1, meta: {rack: a}}
first_boot:
  description: Whether no instance of any name in O(service) is in Consul's catalog, in any state, there is no
    RV(current_release), and the service was not RV(founded) before. See also O(found).
  type: bool
  returned: with O(service)
no_instances:
  description: Whether no instance of any name in O(service) is in Consul's catalog, in any state, and there is no
    RV(current_release).
  type: bool
  returned: with O(service)
founded:
  description: Where and when the service of O(name) was founded, also where it was removed since. Empty where it never
    was, and where there is a RV(current_release).
  type: dict
  returned: with O(service)
  sample: {node: node1, when: '2026-01-31T12:00:00Z', release: 20260131-120000-0a1b2c3d}
unfinished_release:
  description: The ID of the release of O(name) whose rollout has begun and not come to its end; empty where there is
    none.
  type: str
  returned: success
noted_nodes:
  description: The nodes that have an instance of O(name), as the notes of rollouts in Consul's KV tell.
  type: list
  elements: str
  returned: with O(noted)
current_record:
  description: The record of RV(current_release), as M(longshore.fleet.release_info) returns it; empty where there is
    none that can be read.
  type: dict
  returned: with O(noted)
passing_nodes:
  description: The nodes on which an instance of a name in O(service) is registered and all checks of these instances
    and of the node pass, also where this run does not go.
  type: list
  elements: str
  returned: with O(passing)
  sample: [node1, node3]
survey:
  description:
    - The instance's containers and registrations. Null where they can't be told; M(longshore.fleet.launch) says why.
    - Secrets are there as digests by the host's own key.
  type: dict
  returned: with O(survey)
instances:
  description: The instances of the service O(name) that have a container on this host, or that the host has notes on.
  type: list
  elements: str
  returned: with O(survey) and O(name), where they can be told
  sample: [web-1, web-2]
current_release:
  description: The ID of the current release of O(name); empty where no rollout has come to its end.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, dns, docker
from ansible_collections.longshore.fleet.plugins.module_utils._gathering import GATHERING
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.gather import gather


def main() -> None:
    module = AnsibleModule(**GATHERING, supports_check_mode=True)
    libraries = {**consul.LIBRARIES, **dns.LIBRARIES}
    require(module, {**libraries, **docker.LIBRARIES} if module.params["survey"] else libraries)
    run(module, lambda: gather(module.params))


if __name__ == "__main__":
    main()
