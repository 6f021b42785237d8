#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lock
short_description: Take, keep and give back the deploy lock of a service
version_added: 1.0.0
description:
  - The lock is a key of Consul's KV that a session of Consul holds. The session lives for 30 s unless it is renewed,
    and Consul may let it live twice as long, so that a lock whose holder was killed frees itself. Consul then keeps it
    back for another 15 s, its lock-delay.
  - The rollout's own modules renew the session for as long as they work.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul
attributes:
  check_mode:
    support: full
    details: Takes and ends nothing.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: V(acquired) without O(session) is a new attempt each time.
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
      - V(acquired) - takes the lock by a new session; with O(session), fails unless that one still holds it.
      - V(released) - gives it back.
      - V(broken) - ends the session of a holder that does not work any more; O(session) must be the one that is
        shown, so that nobody breaks the lock of the next holder. Without it, fails and shows who holds the lock.
    type: str
    choices: [acquired, released, broken]
    default: acquired
  session:
    description: The session that holds it.
    type: str
  wait:
    description:
      - The longest wait while somebody else holds it, as a duration.
      - With O(session), for how long the lock is kept before the module ends, which makes a pause.
    type: str
    default: 0s
  purpose:
    description: What it is taken for; shown to whoever waits.
    type: str
    default: by hand
  who:
    description:
      - Who takes it, shown to whoever waits; or who breaks it, for the record. Unless given, the user of this module.
    type: str
"""

EXAMPLES = r"""
- name: Keep others from deploying
  longshore.fleet.lock:
    name: web
    purpose: maintenance of the database
    wait: 1m
  register: lock

- name: Let them again
  longshore.fleet.lock:
    name: web
    state: released
    session: "{{ lock.session }}"
"""

RETURN = r"""
session:
  description: The session that holds the lock; empty where nobody does.
  type: str
  returned: success
"""

import getpass
import socket
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import LIBRARIES, Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.lock import Lock
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.unlock import unlock


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            "name": {"type": "str", "required": True},
            "prefix": {"type": "str", "default": "longshore"},
            "state": {"type": "str", "choices": ["acquired", "released", "broken"], "default": "acquired"},
            "session": {"type": "str"},
            "wait": {"type": "str", "default": "0s"},
            "purpose": {"type": "str", "default": "by hand"},
            "who": {"type": "str"},
        },
        required_if=[("state", "released", ["session"])],
        supports_check_mode=True,
    )
    require(module, LIBRARIES)
    options = module.params
    consul = Consul.from_options(options)
    step = {"acquired": acquired, "released": released, "broken": broken}[options["state"]]

    def story() -> dict[str, t.Any]:
        lock = Lock(consul, Keys(options["prefix"], options["name"]), options["session"] or "")
        return step(lock, options, module.check_mode)

    run(module, story)


def acquired(lock: Lock, options: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Take it, or keep it for as long as ``wait``."""
    wait = seconds(options["wait"], "wait")
    if lock.session:
        lock.keep(0 if check else wait)
        return {"changed": False, "session": lock.session}
    if not check:
        lock.acquire(options["who"] or getpass.getuser(), socket.gethostname(), options["purpose"], wait)
    return {"changed": True, "session": lock.session}


def released(lock: Lock, _options: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Give it back, where this session holds it."""
    holds = lock.state().session == lock.session
    if holds and not check:
        lock.release()
    return {"changed": holds, "session": ""}


def broken(lock: Lock, options: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """End the session that holds it, where that is the one that was shown."""
    who = options["who"] or f"{getpass.getuser()} on {socket.gethostname()}"
    return {"changed": bool(unlock(lock, who, check).session), "session": ""}


if __name__ == "__main__":
    main()
