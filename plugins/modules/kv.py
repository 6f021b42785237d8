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
    Reading (M(longshore.fleet.discover)) gives back what was written, with its type.
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
  - A key that has a value and also lies above other keys is refused, since data can't be both.
    With O(purge=true) the data decides.
seealso:
  - module: longshore.fleet.discover
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

from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import ARGUMENT_SPEC, LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils.stories.kv import remove_data, write_data


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **ARGUMENT_SPEC,
            "prefix": {"type": "str", "required": True},
            "data": {"type": "dict"},
            "purge": {"type": "bool", "default": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["data"])],
        supports_check_mode=True,
    )
    require(module, LIBRARIES)
    run(module, lambda: kv(module.params, module.check_mode))


def kv(options: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    consul = Consul(options["consul_url"], options["consul_token"])
    if options["state"] == "present":
        return write_data(consul, options["prefix"], options["data"], options["purge"], check)
    if options["data"] is not None:
        raise Failure("data has no meaning with state=absent, which removes all below the prefix; leave it out")
    return remove_data(consul, options["prefix"], check)


if __name__ == "__main__":
    main()
