#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kv
short_description: Make a subtree of Consul's KV store equal to given data
version_added: 1.0.0
description:
  - Writes nested data into Consul's KV store, one key for each value, and leaves keys alone that have it already.
  - A string is stored as it is. Numbers, booleans, null and lists are stored as JSON, and so is a string that would
    be read back as one of them, such as V("5").
    Reading (M(longshore.fleet.service_info)) gives back what was written, with its type.
  - Every key is written or removed only if nobody else changed it since it was read.
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
  prefix:
    description:
      - Full path in the KV store under which the data lies, for example V(longshore/config/elasticsearch).
      - Slashes at its beginning and end don't count.
    type: str
    required: true
  data:
    description:
      - "The data, for example V({heap: 256m, jvm: {options: [-ea]}}).
        A dict becomes a folder, an empty dict the value V({})."
      - A key may hold spaces and any letters of Unicode, but no slash. One value takes at most 512 KB.
      - Required with O(state=present), and refused with O(state=absent).
    type: dict
  purge:
    description: Whether keys below O(prefix) that O(data) does not have are removed.
    type: bool
    default: false
  overwrite:
    description:
      - Whether a key that is there already gets the value of O(data).
      - V(false) is a seed. Missing keys are made, and whatever people changed since stays.
    type: bool
    default: true
  types:
    description:
      - "How values are stored and read back, by the path of their key, for example
        V({jvm/opts: text, keystore: binary})."
      - V(text) stores a string as it is, whatever it looks like, so that other readers of the KV see no quotes
        around V(5).
      - V(binary) stores the bytes that O(data) has in Base64. Reading gives back Base64.
      - The type stands in the flags of the key. Flags that somebody else has set stay, unless O(types) names the key.
    type: dict
    default: {}
  cas:
    description:
      - "Check-and-set against what you have read, by the path of a key in O(data), for example V({jvm/heap: 812}).
        The number is RV(longshore.fleet.kv_info#module:keys[].index) of M(longshore.fleet.kv_info), or V(0) where
        there was no key."
      - If one of these keys has another index by now, nothing at all is written.
      - Without it, a key is written only if it is as this module read it a moment before.
    type: dict
    default: {}
  state:
    description:
      - V(present) makes the values of O(data) be there.
      - V(absent) removes the key O(prefix) itself and all keys below it.
    type: str
    choices: [present, absent]
    default: present
notes:
  - What is written stands in the output and in the host's journal. Secrets don't belong into the KV store.
  - Up to 64 keys of together at most 512 KB are written at once or not at all; more are written in several such steps.
    A run that failed between two steps is simply repeated.
  - Larger values than a transaction takes (from about 380 KB on) are written one by one, each with check-and-set.
  - The key O(prefix) itself is none of the keys below it. O(state=present) leaves it alone.
  - A key that has a value and also lies above other keys is refused, since data can't be both.
    With O(purge=true) the data decides.
seealso:
  - module: longshore.fleet.service_info
  - module: longshore.fleet.kv_info
"""

EXAMPLES = r"""
- name: Configuration of Elasticsearch, beside whatever else is there
  longshore.fleet.kv:
    prefix: longshore/config/elasticsearch
    data:
      cluster_name: logs
      heap: 256m
      jvm:
        options: [-Xlog:disable]

- name: The same and nothing else
  longshore.fleet.kv:
    prefix: longshore/config/elasticsearch
    data: "{{ lookup('ansible.builtin.file', 'config/elasticsearch.yml') | from_yaml }}"
    purge: true

- name: Only what is missing
  longshore.fleet.kv:
    prefix: longshore/config/elasticsearch
    data:
      heap: 256m
    overwrite: false

- name: A certificate, and a commit that looks like a number
  longshore.fleet.kv:
    prefix: longshore/config/web
    data:
      keystore: "{{ lookup('ansible.builtin.file', 'web.p12', rstrip=false) | b64encode }}"
      commit: "1e5"
    types:
      keystore: binary
      commit: text

- name: Away with it
  longshore.fleet.kv:
    prefix: longshore/config/elasticsearch
    state: absent
"""

RETURN = r"""
changed_keys:
  description: Full paths of the keys that were written or removed (in check mode, that would be), sorted.
  type: list
  elements: str
  returned: success
  sample: [longshore/config/elasticsearch/heap]
diff:
  description:
    - The values of these keys before and after, by their path below the prefix.
    - A key that is not there is left out.
  type: dict
  returned: success
  sample: {before: {heap: 256m}, after: {heap: 512m}}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv import Write, remove_data, write_data


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            "prefix": {"type": "str", "required": True},
            "data": {"type": "dict"},
            "purge": {"type": "bool", "default": False},
            "overwrite": {"type": "bool", "default": True},
            "types": {"type": "dict", "default": {}},
            "cas": {"type": "dict", "default": {}},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["data"])],
        supports_check_mode=True,
    )
    require(module, LIBRARIES)
    run(module, lambda: kv(module.params, module.check_mode))


def kv(options: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    consul = Consul.from_options(options)
    if options["state"] == "present":
        wanted = Write(**{name: options[name] for name in ("data", "types", "cas", "purge", "overwrite")})
        return write_data(consul, options["prefix"], wanted, check)
    if options["data"] is not None:
        raise Failure("data has no meaning with state=absent, which removes all below the prefix; leave it out")
    return remove_data(consul, options["prefix"], check)


if __name__ == "__main__":
    main()
