#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Begin and end a rollout, with its deploy lock and its record in Consul's KV
version_added: 1.0.0
description:
  - V(begun) takes the deploy lock and writes the record; V(ended) writes how it ended, and gives the lock back.
  - A record holds the image, the service file, the configuration of Consul's KV as it was, who, when, from which
    commit, and what became of each host. The newest 20 are kept. Secrets are in none of it.
  - Every write is refused once the session does not hold the lock any more.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
attributes:
  check_mode:
    support: none
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Begins and ends a rollout each time.
options:
  name:
    description: The service.
    type: str
    required: true
  prefix:
    description: Where the fleet's data begins in the KV store.
    type: str
    default: longshore
  state:
    description:
      - Whether the rollout begins or ends.
      - V(removed) ends a removal, for which M(longshore.fleet.lock) took the lock. Without an instance left there is no
        current release any more; the records stay.
    type: str
    choices: [begun, ended, removed]
    required: true
  begin:
    description: What the record says of the rollout. Required for O(state=begun).
    type: dict
    suboptions:
      who:
        description: The user on the controller.
        type: str
        required: true
      where:
        description: The controller.
        type: str
        required: true
      commit:
        description: Of the git repository of the fleet; empty where there is none.
        type: str
        default: ""
      image:
        description: As the module M(longshore.fleet.image) returns it.
        type: dict
        default: {}
        suboptions:
          reference:
            description: Repository and digest.
            type: str
          content:
            description: Tells whether the image has changed.
            type: str
          version:
            description: A name for people.
            type: str
          sidecars:
            description: Of each sidecar by its name, the same of its own image.
            type: dict
      code:
        description: The release of the code, where the service has one.
        type: dict
      service_file:
        description: The service file as it stands, templates untouched.
        type: str
        default: ""
      rendered:
        description: Host to what tells whether the service file still renders to the same there, as it depends on the
          inventory's variables as well.
        type: dict
        default: {}
      config_prefixes:
        description: Full paths in the KV of all layers that any host reads.
        type: list
        elements: str
        default: []
      hosts:
        description: The hosts that have something to do.
        type: list
        elements: str
        default: []
      set_aside:
        description: Hosts that could not be reached; the next rollout catches them up.
        type: list
        elements: str
        default: []
      seen:
        description: The current release at the preflight, as M(longshore.fleet.service_info) returned it. Where another
          one is current now, the plan is out of date and nothing begins.
        type: str
        default: ""
      keep:
        description: How many releases before the current one keep their images on the hosts.
        type: int
        default: 5
      lock_wait:
        description: The longest wait for somebody else's rollout to end, as a duration.
        type: str
        default: 0s
      back_to:
        description: The ID of the release to which a rollback goes; image, service file and configuration are its own.
        type: str
        default: ""
      chosen:
        description: Whether O(begin.back_to) was asked for by its ID, so that it stays right whatever others release
          meanwhile.
        type: bool
        default: false
      config_digest:
        description: Of a rollback, RV(config_digest) of the record that was found authentic; one that was changed since
          is refused.
        type: str
        default: ""
      promoted_from:
        description: Of a promotion, the ID of the release of another fleet whose image and code are rolled, and where
          that fleet is; for people.
        type: str
        default: ""
  session:
    description: As V(begun) returned it. Required for O(state=ended) and O(state=removed). With O(state=begun), of the
      lock under which the rollout was planned anew.
    type: str
  id:
    description: As V(begun) returned it. Required for O(state=ended).
    type: str
  end:
    description: How the rollout ended. Required for O(state=ended).
    type: dict
    suboptions:
      state:
        description:
          - V(done) makes the release the current one.
          - V(held) ended on purpose after the first batch; the next rollout of the same release goes on.
        type: str
        choices: [done, failed, held, rolled back]
        required: true
      hosts:
        description: Host to its C(node), C(action), C(result), C(seconds) and C(message).
        type: dict
        default: {}
      unchanged:
        description: Nodes that had nothing to do, and so run the release; C(node/instance) where a node has several.
        type: list
        elements: str
        default: []
      signature:
        description: What the controller makes of RV(record) with the fleet key; a record without it is never rolled.
        type: str
        default: ""
"""

EXAMPLES = r"""
- name: Begin
  longshore.fleet.release:
    name: web
    state: begun
    begin:
      who: anna
      where: controller
      image: {reference: 'registry:5000/web@sha256:1f0e', content: 1f0e}
  register: begun

- name: End
  longshore.fleet.release:
    name: web
    state: ended
    id: "{{ begun.id }}"
    session: "{{ begun.session }}"
    end:
      state: done
"""

RETURN = r"""
id:
  description: The release.
  type: str
  returned: with O(state=begun) and O(state=ended)
session:
  description: The session that holds the lock.
  type: str
  returned: with O(state=begun)
outdated:
  description: Whether somebody else has released since the preflight, while this run waited for the lock. It holds the
    lock now, and is to plan anew.
  type: bool
  returned: with O(state=begun), where it is so
went_on_from:
  description: The state of the same release's earlier rollout; empty where there was none.
  type: str
  returned: with O(state=begun)
image:
  description: What the hosts run from now on.
  type: dict
  returned: with O(state=begun)
code:
  description: The code that the hosts run from now on, where the service has any.
  type: dict
  returned: with O(state=begun)
config_digest:
  description: Tells the configuration of this release from any other.
  type: str
  returned: with O(state=begun)
record:
  description: The record that was written, without its configuration.
  type: dict
  returned: with O(state=begun)
keep_images:
  description: References of the images that stay on the hosts.
  type: list
  elements: str
  returned: with O(state=begun)
previous:
  description: The record of the release that was current; empty where there was none.
  type: dict
  returned: with O(state=begun)
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.record import (
    Begin,
    End,
    begin,
    end,
    remove,
)

IMAGE = {
    "reference": {"type": "str"},
    "content": {"type": "str"},
    "version": {"type": "str"},
    "sidecars": {"type": "dict"},
}
BEGIN = {
    "who": {"type": "str", "required": True},
    "where": {"type": "str", "required": True},
    "commit": {"type": "str", "default": ""},
    "image": {"type": "dict", "default": {}, "options": IMAGE},
    "code": {"type": "dict"},
    "service_file": {"type": "str", "default": ""},
    "rendered": {"type": "dict", "default": {}},
    "config_prefixes": {"type": "list", "elements": "str", "default": []},
    "hosts": {"type": "list", "elements": "str", "default": []},
    "set_aside": {"type": "list", "elements": "str", "default": []},
    "seen": {"type": "str", "default": ""},
    "keep": {"type": "int", "default": 5},
    "lock_wait": {"type": "str", "default": "0s"},
    "back_to": {"type": "str", "default": ""},
    "chosen": {"type": "bool", "default": False},
    "config_digest": {"type": "str", "default": ""},
    "promoted_from": {"type": "str", "default": ""},
}
END = {
    "state": {"type": "str", "choices": ["done", "failed", "held", "rolled back"], "required": True},
    "hosts": {"type": "dict", "default": {}},
    "unchanged": {"type": "list", "elements": "str", "default": []},
    "signature": {"type": "str", "default": ""},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            "name": {"type": "str", "required": True},
            "prefix": {"type": "str", "default": "longshore"},
            "state": {"type": "str", "choices": ["begun", "ended", "removed"], "required": True},
            "begin": {"type": "dict", "options": BEGIN},
            "session": {"type": "str"},
            "id": {"type": "str"},
            "end": {"type": "dict", "options": END},
        },
        required_if=[
            ("state", "begun", ["begin"]),
            ("state", "ended", ["session", "id", "end"]),
            ("state", "removed", ["session"]),
        ],
    )
    require(module, LIBRARIES)
    run(module, lambda: story(module.params))


def story(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Begin, end or remove, as the state asks, and return the result."""
    consul = Consul.from_options(options)
    lock = Lock(consul, Keys(options["prefix"], options["name"]), options["session"] or "")
    if options["state"] == "begun":
        given = options["begin"]
        wait = seconds(given["lock_wait"], "service_rollout.lock_wait")
        begun = begin(lock, Begin(**{**given, "lock_wait": wait}))
        return {"changed": bool(begun["id"]), **begun}
    if options["state"] == "removed":
        return {"changed": remove(lock)}
    return {"changed": True, **end(lock, options["id"], End(**options["end"]))}


if __name__ == "__main__":
    main()
