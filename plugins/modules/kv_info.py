#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kv_info
short_description: Read a subtree of Consul's KV store
version_added: 1.0.0
description:
  - Reads a key of Consul's KV store and all keys below it, with their types.
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
  prefix:
    description:
      - Full path in the KV store, for example V(longshore/config/elasticsearch).
      - Slashes at its beginning and end don't count.
    type: str
    required: true
notes:
  - Keys that the token may not read are missing without an error.
seealso:
  - module: longshore.fleet.kv
  - plugin: longshore.fleet.kv
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read what Elasticsearch is configured with
  longshore.fleet.kv_info:
    prefix: longshore/config/elasticsearch
  register: before

- name: Read it from an agent that verifies its clients
  longshore.fleet.kv_info:
    prefix: longshore/config/elasticsearch
    consul_url: https://127.0.0.1:8501
    consul_tls:
      ca_file: /etc/consul.d/ca.pem
      client_cert: /etc/consul.d/client.pem
      client_key: /etc/consul.d/client-key.pem

- name: Double its heap, unless somebody else changes it at the same time
  longshore.fleet.kv:
    prefix: longshore/config/elasticsearch
    data:
      heap: "{{ before.data.heap * 2 }}"
    cas:
      heap: "{{ (before['keys'] | selectattr('key', 'eq', 'longshore/config/elasticsearch/heap') | first).index }}"
"""

RETURN = r"""
data:
  description:
    - The keys below O(prefix), nested; empty where there are none.
    - Null, with a warning, where a key has a value and also lies above others. RV(keys) has them all.
  type: dict
  returned: success
  sample: {heap: 256m, jvm: {options: [-ea]}}
keys:
  description: The key O(prefix) itself, where there is one, and all below it, sorted by their paths.
  type: list
  elements: dict
  returned: success
  contains:
    key:
      description: Full path.
      type: str
    value:
      description: The typed value, in Base64 where it is no text.
      type: raw
    type:
      description: V(text) or V(binary) where that is said in the flags, or where the value is no text; else null.
      type: str
    index:
      description: Consul's ModifyIndex, for O(longshore.fleet.kv#module:cas).
      type: int
    flags:
      description: Consul's flags of the key.
      type: int
  sample: [{key: longshore/config/elasticsearch/heap, value: 256m, type: null, index: 812, flags: 0}]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv_info import read_info


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CONSUL, "prefix": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    require(module, LIBRARIES)
    options = module.params
    run(module, lambda: read_info(Consul.from_options(options), options["prefix"]))


if __name__ == "__main__":
    main()
