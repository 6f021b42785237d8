# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: peers
short_description: The instances of a service, as Consul lists them
version_added: 1.0.0
description:
  - Asks a Consul agent from the controller what M(longshore.fleet.service_info) asks the host's own.
  - Unlike the module it needs nothing but DNS, unless O(from=http) or O(consul_token) is given. With a token, an empty
    answer of DNS is compared with that of the HTTP API. So a service that has no instance is told from one that the
    agent's own token may not see; a warning says where that API can't be reached.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.consul
  - longshore.fleet.dns
options:
  _terms:
    description: Names of services in Consul.
    required: true
  port:
    description: A port in place of the registered one, for example V(9300).
    type: int
  tags:
    description: Only instances that are registered with all of these tags, for example V([ssd]).
    type: list
    elements: str
  datacenter:
    description: In place of the agent's own, for example V(dc2).
    type: str
  record:
    description: V(SRV) for addresses and ports, V(A) for addresses alone.
    type: str
    choices: [SRV, A]
    default: SRV
  from:
    description: Consul's V(dns), or V(http) for its HTTP API.
    type: str
    choices: [dns, http]
    default: dns
  only_passing:
    description: With O(from=http), whether to leave out instances whose checks warn.
    type: bool
  near:
    description: With O(from=http), the name of a node, or V(_agent); the nearest instance then comes first.
    type: str
  min:
    description: Fail unless there are as many instances of each service, for example V(2); waits for them.
    type: int
  wait:
    description: The longest wait for O(min), as a duration, for example V(1m). V(30s) unless set.
    type: str
  consul_url:
    vars:
      - name: consul_url
  consul_token:
    vars:
      - name: consul_token
  consul_tls:
    vars:
      - name: consul_tls
  consul_domain:
    vars:
      - name: consul_domain
  dns_address:
    vars:
      - name: dns_address
  dns_port:
    vars:
      - name: dns_port
"""

EXAMPLES = r"""
- name: Show the nodes of a search cluster
  ansible.builtin.debug:
    msg: "{{ query('longshore.fleet.peers', 'elasticsearch', port=9300, dns_address='192.0.2.10') }}"

- name: Wait for two databases that run on solid state disks
  ansible.builtin.debug:
    msg: "{{ lookup('longshore.fleet.peers', 'mysql', tags=['ssd'], min=2, wait='1m') }}"
"""

RETURN = r"""
_raw:
  description:
    - Addresses and ports, such as C(10.0.0.2:9300), sorted, each once. Of several services one after the other.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, dns
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import Peer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.peers import (
    find_peers,
    from_dns,
    from_dns_checked,
    from_http,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._agent_lookup import AgentLookup, require

display = Display()

QUERY = ("port", "tags", "datacenter", "record", "from", "only_passing", "near", "min", "wait")


class LookupModule(AgentLookup):
    """Asks from the controller for the instances of services."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_agent_options(variables, kwargs)
        given = {name: self.get_option(name) for name in QUERY}
        asks_http = given["from"] == "http" or self.get_option("consul_token")
        require({**(consul.LIBRARIES if asks_http else {}), **dns.LIBRARIES})
        try:
            queries = [PeersQuery.from_options({"service": term, **given}, f"peers {term}") for term in terms]
            ask = self._ask(given["from"])
            return [peer.endpoint for query in queries for peer in find_peers(query, ask, ())]
        except Failure as failure:
            raise AnsibleError(str(failure)) from None

    def _ask(self, source: str) -> t.Any:
        options = {name: self.get_option(name) for name in CONSUL}
        if source == "http":
            agent = consul.Consul.from_options(options)
            return lambda query: from_http(agent, query)
        client = dns.Dns(self.get_option("dns_address"), self.get_option("dns_port"))
        domain = self.get_option("consul_domain")
        if not options["consul_token"]:
            return lambda query: from_dns(client, query, domain)
        return lambda query: _checked(client, consul.Consul.from_options(options), query, domain)


def _checked(client: dns.Dns, agent: consul.Consul, query: PeersQuery, domain: str) -> list[Peer]:
    """Return what DNS lists; where that is nothing, a warning says if it could not be checked."""
    try:
        return from_dns_checked(client, agent, query, domain)
    except consul.Unreachable as failure:
        display.warning(
            f"{query.where}: DNS lists no instance of {query.service}. Whether it hides some for lack of a right could"
            f" not be checked: {failure}"
        )
        return []
