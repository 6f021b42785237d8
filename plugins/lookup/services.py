# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: services
short_description: The services of the fleet, and how each is reached through a gateway
version_added: 1.0.0
description:
  - Reads the service files on the controller. A template of C(service_files) makes of them what one service has to know
    of all others, such as the configuration of a gateway.
  - It asks no host and not Consul, so a file that is made of it changes only where a service file does.
  - Two services at the same name and path, or at the same port of the gateway, are an error that names both files.
author:
  - Longshore contributors (@longshore)
options:
  _terms:
    description: Names of services, for example V(web). Unless given, all that there are.
    type: list
    elements: str
    required: false
"""

EXAMPLES = r"""
- name: Show what is reached by HTTP, and where
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.gateway.http.names | join(', ') }}{{ item.gateway.http.path }}"
  loop: "{{ query('longshore.fleet.services') | selectattr('gateway') | selectattr('gateway.http') }}"
"""

RETURN = r"""
_raw:
  description:
    - "For each service, in the order of their names, C(name), C(hosts) (those of C(service_hosts), in their order) and
      C(gateway)."
    - "C(gateway) is empty unless the file has C(service_gateway), whose keys it then has, with all defaults: C(http)
      (C(names) and C(path)) or C(tcp) (C(listen)), the other one being empty; C(slots), C(maxconn), C(check), and
      C(timeouts) with C(connect), C(queue), C(client) and C(server)."
    - Beside them C(write), V(one) or V(all); C(registration), the name in Consul; and C(nodes), the hosts' names in
      Consul (the variable C(consul_node_name), unless set the host's name, with hyphens for dots).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._gateway_files import ServicesFiles


class LookupModule(LookupBase):
    """Reads the files on the controller."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        files = ServicesFiles(self._loader, self._templar, variables or {})
        try:
            return files.read([str(term) for term in terms])
        except Failure as failure:
            raise AnsibleError(f"The lookup longshore.fleet.services: {failure}") from failure
