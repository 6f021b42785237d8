# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kv
short_description: Values of Consul's KV store, on the controller
version_added: 1.0.0
description:
  - Reads keys of Consul's KV store from the controller, with their types. An empty value is an empty text, and a
    missing key an error that names it.
  - Service files need no lookup. They see C(config), which each host reads from its own agent
    (M(longshore.fleet.service_info)).
author:
  - Longshore contributors (@longshore)
requirements:
  - py-consul, on the controller
options:
  _terms:
    description:
      - Full paths in the KV store, for example V(longshore/config/common/timezone).
      - With a slash at its end, a path stands for all keys below it, as nested data.
    type: list
    elements: str
    required: true
  default:
    description: What a missing key is, in place of an error.
    type: raw
  consul_url:
    description: URL of the HTTP API of an agent that the controller reaches, for example V(http://127.0.0.1:8500).
      Unless given, C(CONSUL_HTTP_ADDR) of the controller's environment.
    type: str
    default: http://127.0.0.1:8500
    vars:
      - name: consul_url
  consul_token:
    description: Token for Consul's ACL system. Unless given, that of the file C(CONSUL_HTTP_TOKEN_FILE), else
      C(CONSUL_HTTP_TOKEN), of the controller's environment.
    type: str
    vars:
      - name: consul_token
  consul_tls:
    description:
      - What a C(https) URL takes beyond the system's CA store; paths are the controller's. Keys are those of the option
        C(consul_tls) of M(longshore.fleet.kv_info).
      - What is not given here comes from the controller's environment, from the variables that Consul's own CLI reads.
    type: dict
    vars:
      - name: consul_tls
seealso:
  - module: longshore.fleet.kv_info
"""

EXAMPLES = r"""
- name: A single value
  ansible.builtin.debug:
    msg: "{{ lookup('longshore.fleet.kv', 'longshore/config/common/timezone') }}"

- name: All of a prefix, and a value that may be missing
  ansible.builtin.debug:
    msg: "{{ lookup('longshore.fleet.kv', 'longshore/config/common/') }}
      {{ lookup('longshore.fleet.kv', 'longshore/config/common/proxy', default='') }}"
"""

RETURN = r"""
_raw:
  description: The value of each path; Base64 where it is no text.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv_info import read_value
from ansible_collections.longshore.fleet.plugins.plugin_utils._agent_lookup import AgentLookup, require


class LookupModule(AgentLookup):
    """Reads keys by way of any agent that the controller reaches."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_agent_options(variables, kwargs)
        require(LIBRARIES)
        try:
            consul = Consul(*map(self.get_option, CONSUL))
            return [self._value(consul, str(term), "default" in kwargs) for term in terms]
        except Failure as failure:
            raise AnsibleError(f"The lookup longshore.fleet.kv: {failure}") from failure

    def _value(self, consul: Consul, path: str, has_default: bool) -> t.Any:
        found, value = read_value(consul, path)
        if found:
            return value
        if has_default:
            return self.get_option("default")
        raise Failure(f"Consul KV: {path} is not set; set it (consul kv put {path.rstrip('/')} VALUE) or give default=")
