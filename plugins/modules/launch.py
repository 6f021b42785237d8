#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: launch
short_description: Bring one instance of a service to its wanted state
version_added: 1.0.0
description:
  - Compares the wanted container and registrations with what is there, and takes the mildest action that does it -
    none, register, update, signal, restart, replace or create.
  - Limits (C(mem_limit), C(memswap_limit), C(mem_reservation), C(nano_cpus), C(cpu_period), C(cpu_quota),
    C(cpu_shares), C(cpuset_cpus), C(cpuset_mems), C(pids_limit), C(blkio_weight)) and C(restart_policy) are compared
    with what the engine tells, and changed while the container runs. Only a limit that is taken away needs a new one.
  - A new container is out of traffic until it has passed the gate. The old one is kept, stopped, until then, and is
    back in traffic where the
    new one fails.
  - What is wanted is compared with what was last wanted, kept in the container's labels, and not with what the engine
    has made of it.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.instance
  - longshore.fleet.docker
  - longshore.fleet.consul
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_consul_and_docker
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) - the instance runs as wanted and is in traffic.
      - V(absent) - it is out of traffic, drained, deregistered, stopped and removed; volumes and directories stay.
      - V(watched) - changes nothing; fails where the instance does not run as wanted, or where its container ends, is
        restarted, or one of its checks fails within O(watch).
    type: str
    choices: [present, absent, watched]
    default: present
  watch:
    description: For how long O(state=watched) looks on, as a duration.
    type: str
    default: 30s
  preflight:
    description:
      - Only plan, look for everything that could fail, and pull the image. Nothing that runs is touched.
      - Problems are returned in RV(problems) instead of failing, so that one report can list those of all hosts.
    type: bool
    default: false
  restart:
    description:
      - Restart the instance even where nothing has changed, with all that any restart goes through, drain and gate.
        What has changed comes along.
      - A launch that does this is never idempotent.
    type: bool
    default: false
  takes_over:
    description:
      - Another instance of the same service on this host, whose place this one takes. It is drained and stopped before
        this one starts, and removed once this one has passed its gate; where that fails it is brought back.
      - Where there is none of that name, nothing of it happens.
    type: str
  alternate:
    description:
      - O(wanted) with other ports and other IDs of registrations, for C(service_rollout.start_first). What runs is
        compared with the one of the two whose ports it has.
      - Where a container that is in traffic is to be replaced or restarted, the new one is made of the other one and
        started beside it. Once that is in traffic the old one is drained, stopped and removed; where it does not get
        there, it is removed, and the old one was not touched.
      - A first container is made of O(wanted).
    type: dict
  release:
    description:
      - The rollout that this launch is part of, as M(longshore.fleet.release) began it. Before each step that takes
        something away the session must still hold the deploy lock; it is renewed while the module works, and each step
        is told in Consul's KV.
    type: dict
    suboptions:
      id:
        description: The release.
        type: str
        required: true
      session:
        description: The session that holds the deploy lock.
        type: str
        required: true
      prefix:
        description: Where the fleet's data begins in the KV store.
        type: str
        default: longshore
      min_healthy:
        description: How many instances beside those of O(release.batch) must be passing before this one is taken
          out of traffic. One that is not passing may always be replaced.
        type: int
        default: 0
      batch:
        description: The nodes that are rolled at the same time, or C(node/instance) where a node has several.
        type: list
        elements: str
        default: []
      keep_images:
        description: References of the images of the service that stay on the host; others go once the new container has
          passed its gate. Unless given, none goes.
        type: list
        elements: str
        default: []
"""

EXAMPLES = r"""
- name: A web server in traffic
  longshore.fleet.launch:
    name: web
    image:
      reference: "{{ image.reference }}"
      content: "{{ image.content }}"
    wanted:
      container:
        command: [httpd, -f, -p, "8080"]
      registrations:
        - name: web
          port: 8080
          checks:
            - http: http://127.0.0.1:8080/
              interval: 10s
      gate:
        stable_for: 2s
        after:
          - http: https://127.0.0.1:8443/ready
            ca_file: /etc/ssl/company.pem

- name: Restart an instance by hand, in its turn of a rollout
  longshore.fleet.launch:
    name: web
    restart: true
    image: "{{ image }}"
    wanted: "{{ wanted }}"
    release: "{{ release }}"

- name: Take it away
  longshore.fleet.launch:
    name: web
    state: absent
"""

RETURN = r"""
action:
  description:
    - One of V(none), V(register), V(update), V(signal), V(restart), V(replace), V(create), V(remove), the mildest that
      does it.
    - V(signal) makes the running container load new code.
    - V(update) is what the running container does not notice, such as its limits, its restart policy, its name and
      lost secret files.
  type: str
  returned: success
changes:
  description: Every key that causes the action.
  type: list
  elements: dict
  returned: success
  contains:
    key:
      description: Dotted, for example C(environment.ES_JAVA_OPTS).
      type: str
    before:
      description: As it ran, as last wanted or as found; null where it was not there.
      type: raw
    after:
      description: As it will run; null where it goes.
      type: raw
    diff:
      description: With C(--diff), of a file that all users of the host may read, the lines that change.
      type: str
      returned: where a file changes
problems:
  description: What would make the launch fail, one sentence each.
  type: list
  elements: str
  returned: with O(preflight=true)
passing:
  description: Whether the instance runs and all its checks pass, as it was found.
  type: bool
  returned: with O(preflight=true)
leads:
  description: Whether the command C(leader) in O(wanted) says that it leads.
  type: bool
  returned: with O(preflight=true)
stays:
  description: Whether it is in traffic throughout, as its new container starts first.
  type: bool
  returned: with O(preflight=true), where that is so
rendered:
  description: Tells whether the service file renders to the same for this instance as before.
  type: str
  returned: with O(preflight=true)
pulled:
  description: Whether the image was pulled.
  type: bool
  returned: with O(preflight=true)
seconds:
  description: What the steps took.
  type: dict
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import masking_secrets, unpack
from ansible_collections.longshore.fleet.plugins.module_utils._instance import LAUNCH
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.states import launch


def main() -> None:
    module = AnsibleModule(**LAUNCH, supports_check_mode=True)
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})

    def story() -> dict[str, t.Any]:
        secrets = unpack(module.params["secrets"])
        params = {**module.params, "secrets": secrets, "diff": module._diff}
        return masking_secrets(lambda: launch(params, module.check_mode), secrets)

    run(module, story)


if __name__ == "__main__":
    main()
