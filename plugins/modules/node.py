#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node
short_description: Take a host, or a service on it, out of the fleet or out of traffic
version_added: 1.0.0
description:
  - Works on all instances that M(longshore.fleet.launch) made on this host, one service after the other, each under
    its deploy lock.
  - Refuses first, with all reasons at once - where this host has the last passing instance of a service, where too few
    others would be passing (C(min_healthy)), where somebody else holds a lock, and where Consul's servers would be left
    without a quorum. What is out of traffic already takes nothing away.
  - Killed anywhere, the same call goes on from what it finds.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.docker
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul_and_docker
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  state:
    description:
      - V(absent) - all instances are drained, deregistered and removed, then the host's Consul agent leaves the
        cluster and ends. Data in volumes and directories stay.
      - V(maintenance) - all instances are drained and the whole node is in maintenance in Consul; the containers run
        on. Launches leave such a host out of traffic, and the agent remembers it over a restart.
      - V(traffic) - ends that maintenance, once each instance has passed its gate, and waits until Consul's catalog
        lists them as passing. A maintenance of somebody else is refused.
      - V(forgotten) - called on another host, removes what Consul says of O(host), which must be gone - its member, its
        node in the catalog, and the notes on its instances in the KV store.
      - V(drained) - the instances of O(service), or O(instance) alone, are drained and stay out of traffic, whatever is
        launched there meanwhile, until V(undrained); the containers run on.
      - V(undrained) - ends that, once each instance has passed its gate, and waits until Consul's catalog lists them as
        passing.
      - V(pruned) - the instances of services that O(services) does not name are drained, deregistered and removed, with
        their images where no other container uses them. Of these only such of which the KV store has a note below
        O(prefix), or those of O(service), whoever has made them. In check mode all are told.
      - V(left) - the same for the instances of O(service), which O(services) names, on a host that is none of its any
        more; waits for its lock.
    type: str
    choices: [absent, maintenance, traffic, forgotten, drained, undrained, pruned, left]
    required: true
  host:
    description:
      - The host that is gone, by its node's name in Consul, or by a name of which the part before the first dot is
        that. Required for O(state=forgotten).
    type: str
  service:
    description: The service that is drained here, or brought back, or is the only one that is pruned, or has left.
    type: str
  volumes:
    description:
      - With O(state=pruned) and O(state=left), removes their named volumes as well, those that no other container uses.
    type: bool
    default: false
  instance:
    description: The instance of this host that is drained, or brought back; with it O(service) may be left out.
    type: str
  force:
    description: Drains also where this host has the last passing instance, or too few others would be passing.
    type: bool
    default: false
  reason:
    description: Why it is out of traffic; Consul shows it, with who has set it and when.
    type: str
    default: patch day
  services:
    description: What the files of the services say; others have the defaults.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The service.
        type: str
        required: true
      prefix:
        description: Where its data begin in the KV store.
        type: str
        default: longshore
      drain:
        description: The longest wait for its open connections to end, as a duration.
        type: str
        default: 10s
      min_healthy:
        description: How many instances on other hosts must be passing; one always.
        type: int
        default: 0
      lock_wait:
        description: The longest wait for its deploy lock, as a duration; with V(0s) a lock that is held is refused.
        type: str
        default: 0s
      gate:
        description: When an instance counts as up.
        type: dict
        default: {}
        suboptions:
          timeout:
            description: The longest wait, as a duration.
            type: str
            default: 5m
          stable_for:
            description: For how long all checks must pass, as a duration.
            type: str
            default: 10s
      problem:
        description: Why the above can't be told; then a host that has an instance of it is refused.
        type: str
        default: ""
  prefix:
    description: Where the data of all other services begin in the KV store.
    type: str
    default: longshore
  who:
    description: Who does it; shown with locks and maintenance. Unless given, the user of this module.
    type: str
  where:
    description: From where; shown with locks and maintenance. Unless given, this host.
    type: str
seealso:
  - module: longshore.fleet.registration
"""

EXAMPLES = r"""
- name: Out of traffic, for a new kernel
  longshore.fleet.node:
    state: maintenance
    reason: kernel 6.1.158
    services:
      - name: web
        drain: 30s
        min_healthy: 2

- name: Into traffic again
  longshore.fleet.node:
    state: traffic

- name: The service web out of traffic on this host
  longshore.fleet.node:
    state: drained
    service: web
    reason: memory leak, INC-4711

- name: Clean up after a host that is gone
  longshore.fleet.node:
    state: forgotten
    host: web7
  delegate_to: web1
"""

RETURN = r"""
node:
  description: The host's name in Consul; empty where its agent has left already.
  type: str
  returned: success
steps:
  description: What was done, or in check mode would be, one sentence each; empty where nothing is to do.
  type: list
  elements: str
  returned: success
left:
  description: What services without a file had here, or the one that has left.
  type: list
  elements: dict
  returned: with O(state=pruned) and O(state=left)
  contains:
    service:
      description: The service.
      type: str
    instance:
      description: The instance.
      type: str
    noted:
      description: Whether the KV store has a note of it below O(prefix).
      type: bool
    containers:
      description: Its containers, by name.
      type: list
      elements: str
    images:
      description: The images of these.
      type: list
      elements: str
    volumes:
      description: The named volumes of these.
      type: list
      elements: str
"""

import getpass
import socket
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.settings import OPTIONS, Settings
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.depart import depart
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.drain import Chosen, drain, undrain
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.forget import forget
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import By, Fleet
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.patch_day import bring_back, keep_out
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.prune import Pruned, prune
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host


def story(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Do what the state asks for, and return the result."""
    settings = {entry["name"]: Settings.from_options(entry) for entry in params["services"]}
    fleet = Fleet(kv_path(params["prefix"], "prefix"), settings)
    by = By(params["who"] or getpass.getuser(), params["where"] or socket.gethostname())
    agent = Agent(consul.Consul.from_options(params))
    if params["state"] == "forgotten":
        return forget(agent, fleet, params["host"], by, check)
    host = Host(docker.Docker(params["docker_host"]), agent)
    if params["state"] == "absent":
        return depart(host, fleet, by, check)
    if params["state"] == "maintenance":
        return keep_out(host, fleet, by, params["reason"], check)
    if params["state"] == "traffic":
        return bring_back(host, fleet, by, check)
    if params["state"] in ("pruned", "left"):
        pruned = Pruned(params["service"] or "", params["volumes"], params["state"] == "left")
        return prune(host, fleet, by, pruned, check)
    chosen = Chosen(params["service"] or "", params["instance"] or "")
    if params["state"] == "drained":
        return drain(host, fleet, by, chosen, params["reason"], params["force"], check)
    return undrain(host, fleet, by, chosen, check)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            **DOCKER,
            "state": {
                "type": "str",
                "choices": ["absent", "maintenance", "traffic", "forgotten", "drained", "undrained", "pruned", "left"],
                "required": True,
            },
            "host": {"type": "str"},
            "service": {"type": "str"},
            "instance": {"type": "str"},
            "volumes": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
            "reason": {"type": "str", "default": "patch day"},
            "services": {"type": "list", "elements": "dict", "default": [], "options": OPTIONS},
            "prefix": {"type": "str", "default": "longshore"},
            "who": {"type": "str"},
            "where": {"type": "str"},
        },
        required_if=[
            ("state", "forgotten", ["host"]),
            ("state", "left", ["service"]),
            ("state", "drained", ["service", "instance"], True),
            ("state", "undrained", ["service", "instance"], True),
        ],
        supports_check_mode=True,
    )
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})
    params = module.params
    run(module, lambda: story(params, module.check_mode))


if __name__ == "__main__":
    main()
