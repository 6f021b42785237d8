#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: Read the release records of services, who holds their locks, and what each host last did
version_added: 1.0.0
description:
  - Reads what M(longshore.fleet.release) and M(longshore.fleet.launch) wrote into Consul's KV.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
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
  name:
    description: The service; unless given, all services that have records.
    type: str
  prefix:
    description: Where the fleet's data begins in the KV store.
    type: str
    default: longshore
  prefixes:
    description: By service, the prefix of those whose data begin elsewhere, in the place of O(prefix).
    type: dict
    default: {}
  back_to:
    description:
      - Finds the release that a rollback goes to, and returns it as RV(target).
      - An ID, or V(previous) for the one before the current one.
    type: str
"""

EXAMPLES = r"""
- name: Read what was released of a service
  longshore.fleet.release_info:
    name: web
  register: web
"""

RETURN = r"""
services:
  description: By service.
  type: dict
  returned: without O(back_to)
  contains:
    prefix:
      description: Where the service's data begin in the KV store.
      type: str
    current:
      description: The ID of the current release; empty where no rollout has come to its end.
      type: str
    releases:
      description: The records, the newest first, without the configuration they were rendered with.
      type: list
      elements: dict
    lock:
      description: Who holds the deploy lock; empty where nobody does.
      type: str
    session:
      description: The session that holds the deploy lock.
      type: str
    nodes:
      description: By node and instance, what it last did or is doing, with C(release), C(action), C(doing), C(limit) in
        seconds, C(result) and C(when).
      type: dict
    drains:
      description: Who has drained instances, brought them back, or broken the lock, the newest first, each with
        C(when), C(who), C(what), C(node), C(instance) and C(reason).
      type: list
      elements: dict
    problems:
      description: What of the service's keys cannot be read, each with its path and what to do.
      type: list
      elements: str
target:
  description: The release that a rollback goes to.
  type: dict
  returned: with O(back_to)
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import target_of
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.info import read_services


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            "name": {"type": "str"},
            "prefix": {"type": "str", "default": "longshore"},
            "prefixes": {"type": "dict", "default": {}},
            "back_to": {"type": "str"},
        },
        required_by={"back_to": ["name"]},
        supports_check_mode=True,
    )
    require(module, LIBRARIES)
    run(module, lambda: story(module.params))


def story(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the services' records, and the target of a rollback where it is asked for."""
    consul = Consul.from_options(options)
    services = read_services(consul, options["prefix"], options["name"], options["prefixes"])
    if not options["back_to"]:
        return {"changed": False, "services": {name: service.to_result() for name, service in services.items()}}
    service = services[options["name"]]
    if service.problems:
        raise Failure("\n".join(service.problems))
    wanted = "" if options["back_to"] == "previous" else options["back_to"]
    return {"changed": False, "target": target_of(service.releases, service.current, wanted).to_result()}


if __name__ == "__main__":
    main()
