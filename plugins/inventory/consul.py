# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: consul
short_description: Hosts from the nodes of Consul's catalog
version_added: 1.0.0
description:
  - Asks a Consul agent from the controller for all nodes, their services and their checks, in one request for each
    datacenter and one more that tells which there are. Its file's name ends with C(consul.yml) or C(consul.yaml).
  - Each node is a host, by the node's name; where several datacenters are asked, by V(node.datacenter).
  - Each host has the variables C(ansible_host), C(consul_node), C(consul_datacenter), C(consul_meta), C(consul_health)
    and C(consul_services), the names of its services. As anybody who may register a service writes them, none of them
    is ever a template.
  - A node whose name or address is not one, or whose name is a group's or C(localhost), is left out with a warning.
    Nodes of other clusters, imported by cluster peering, are left out.
  - The policy of O(consul_token) needs C(node:read) and C(service:read), and C(agent:read) where O(datacenters) is not
    given. What ACLs keep back is not in the answer; Consul 1.11 and newer say so, and a warning passes it on. No node
    at all, or none with a service, is asked about in every version.
  - O(consul_url), O(consul_token), O(consul_tls) and what chooses nodes may be templates. Files and environment of
    O(consul_tls) are the controller's.
author:
  - Longshore contributors (@longshore)
requirements:
  - py-consul >= 1.8.0
extends_documentation_fragment:
  - longshore.fleet.consul
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is this plugin's.
    type: str
    required: true
    choices: [longshore.fleet.consul]
  datacenters:
    description: The datacenters to ask, for example V([dc1, dc2]), or V([all]). Unless given, the agent's own.
    type: list
    elements: str
    default: []
  services:
    description: Only nodes with an instance of one of these services, for example V([web, mysql]).
    type: list
    elements: str
    default: []
  tags:
    description: Only nodes with an instance, of O(services) where that is given, that has all of these tags.
    type: list
    elements: str
    default: []
  node_meta:
    description: "Only nodes with this meta, for example V({rack: a})."
    type: dict
    default: {}
  only_passing:
    description: Whether nodes and instances are left out whose checks warn or fail.
    type: bool
    default: false
  with_instances:
    description:
      - Whether each host has the variable C(consul_instances) as well, a list of C(id), C(name), C(address), C(port),
        C(tags), C(meta) and C(health). Ansible takes some seconds for it with 1,000 nodes of 20 instances each.
    type: bool
    default: false
  groups_from:
    description:
      - What groups are made of, by the names of V(services), by V(tags) (C(tag_blue)), by the V(meta) of nodes
        (C(meta_rack_a)), by V(datacenter) (C(datacenter_dc1)), and by V(health), that of the node's own checks
        (C(health_passing)).
      - Characters that a group's name may not have become C(_).
    type: list
    elements: str
    choices: [services, tags, meta, datacenter, health]
    default: [services]
  consul_token:
    env:
      - name: CONSUL_HTTP_TOKEN
"""

EXAMPLES = r"""
# web.consul.yml: the nodes where web passes, in groups by rack and datacenter, by SSH as deploy
plugin: longshore.fleet.consul
consul_url: http://127.0.0.1:8500
services: [web]
only_passing: true
groups_from: [services, meta]
compose:
  ansible_user: "'deploy'"
keyed_groups:
  - {key: consul_datacenter, prefix: dc}
"""

import typing as t

from ansible import constants as C
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import ANY_NODE, ANY_SERVICE
from ansible_collections.longshore.fleet.plugins.plugin_utils._agent_lookup import require
from ansible_collections.longshore.fleet.plugins.plugin_utils._catalog import Node, Selection

# What Consul's own pages ask: nodes with all that is registered on them, in one answer. In every version since 0.5.
NODES = "internal/ui/nodes"
Answers = dict[str, list[dict[str, t.Any]]]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Makes hosts and groups of the nodes of Consul's catalog."""

    NAME = "longshore.fleet.consul"

    def verify_file(self, path: str) -> bool:
        """Return whether the file's name is one of this plugin's."""
        return bool(super().verify_file(path)) and path.endswith(("consul.yml", "consul.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Fill the inventory; what cannot be had ends in an error that says what to do."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        require(LIBRARIES)
        try:
            answers = self._answers(self.get_cache_key(path), cache)
        except Failure as failure:
            raise AnsibleParserError(str(failure)) from None
        names = ("services", "tags", "node_meta", "only_passing")
        selection = Selection(**{name: self._rendered(name) for name in names})
        hosts = {}
        for datacenter, nodes in answers.items():
            for answer in nodes:
                node = selection.of(Node.from_api(answer, datacenter))
                if node and not answer.get("PeerName"):  # of another cluster, whose names may be the same
                    hosts[f"{node.name}.{datacenter}" if len(answers) > 1 else node.name] = node
        for host, node in hosts.items():
            problem = node.problem or self._taken(host)
            if problem:
                self.display.warning(f"The node {host!r} of Consul's catalog is not in the inventory: {problem}.")
            else:
                self._add(host, node, hosts)

    def _answers(self, key: str, cache: bool) -> Answers:
        """Return what each datacenter answers, or what the cache still has of it."""
        is_cached = self.get_option("cache")
        if is_cached and cache and key in self._cache:
            kept: Answers = self._cache[key]
            return kept
        answers = self._ask()
        if is_cached:
            self._cache[key] = answers
        return answers

    def _ask(self) -> Answers:
        consul = Consul.from_options({name: self._rendered(name) for name in CONSUL})
        datacenters = self._rendered("datacenters") or [consul.get("agent/self")["Config"]["Datacenter"]]
        if datacenters == ["all"]:
            datacenters = consul.get("catalog/datacenters")
        answers: Answers = {}
        for datacenter in datacenters:
            nodes, is_filtered = consul.get_and_hint(NODES, [("dc", datacenter)])
            if nodes is None:
                raise Failure(f"The Consul agent at {consul.url} does not answer GET {NODES}. Is it Consul's agent?")
            answers[datacenter] = nodes
            if not nodes:  # even the servers' own
                consul.refuse_hidden(f"node of {datacenter}", ANY_NODE)
            hides = not any(node["Services"] for node in nodes) and consul.lacking([ANY_SERVICE])
            if is_filtered or hides:
                lacks = consul.lacks(consul.lacking([ANY_NODE, ANY_SERVICE]))
                self.display.warning(f"Consul has kept a part of the catalog of {datacenter} back. {lacks}.")
        return answers

    def _rendered(self, name: str) -> t.Any:
        """Return an option of the file, which may be a template, such as a lookup of the token."""
        return self.templar.template(self.get_option(name))

    def _taken(self, host: str) -> str:
        """Return why a name cannot be a host's here: variables of a host would be those of a group of its name."""
        if host in C.LOCALHOST:
            return "its name is the controller's"
        return "a group of the inventory has its name" if host in self.inventory.groups else ""

    def _add(self, host: str, node: Node, hosts: t.Collection[str]) -> None:
        """Add a host with its variables and groups, and what the file composes of them."""
        self.inventory.add_host(host)
        for name, value in node.to_variables(self.get_option("with_instances")).items():
            self.inventory.set_variable(host, name, value)
        for group in map(self._sanitize_group_name, node.groups(self.get_option("groups_from"))):
            if group in hosts:
                self.display.warning(f"There is no group {group}, as a node of Consul's catalog has this name.")
            else:
                self.inventory.add_host(host, self.inventory.add_group(group))
        variables, strict = self.inventory.get_host(host).get_vars(), self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict)
