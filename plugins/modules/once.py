#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: once
short_description: Run the fleet-once tasks of a release
version_added: 1.0.0
description:
  - Runs commands such as a database's migration, each once per release, on this host, in a container of its own that is
    made like the instance's and removed afterwards.
  - A marker in Consul's KV tells that a task is done. A task that failed has none, and the next rollout repeats it.
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
    support: none
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  tasks:
    description: What to run, in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Names the task in its marker and in errors, for example V(migrate).
        type: str
        required: true
      command:
        description: The command and its arguments, for example V([python3, manage.py, migrate, --noinput]).
          A text is split as a shell would.
        type: raw
        required: true
      timeout:
        description: The longest time it may take, as a duration.
        type: str
        default: 10m
  release:
    description: The rollout, as M(longshore.fleet.release) began it.
    type: dict
    required: true
    suboptions:
      id:
        description: The release.
        type: str
        required: true
      session:
        description: The session that holds the deploy lock; renewed while the tasks run.
        type: str
        required: true
      prefix:
        description: Where the fleet's data begins in the KV store.
        type: str
        default: longshore
"""

EXAMPLES = r"""
- name: Migrate the database
  longshore.fleet.once:
    name: web
    tasks:
      - name: migrate
        command: [python3, manage.py, migrate, --noinput]
        timeout: 5m
    release: "{{ begun }}"
    image: "{{ begun.image }}"
    wanted:
      container:
        environment: {DATABASE: shop}
"""

RETURN = r"""
done:
  description: Names of the tasks that ran now; the others had been done before.
  type: list
  elements: str
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils import _instance
from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul, docker
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL, DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import masking_secrets, unpack
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.once import once


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CONSUL,
            **DOCKER,
            **_instance.ARGUMENT_SPEC,
            "tasks": {"type": "list", "elements": "dict", "required": True, "options": _instance.ONCE},
            "release": {"type": "dict", "required": True, "options": _instance.RELEASE},
        },
        required_by={"tasks": ["image"]},
    )
    require(module, {**docker.LIBRARIES, **consul.LIBRARIES})

    def story() -> dict[str, t.Any]:
        secrets = unpack(module.params["secrets"])
        return masking_secrets(lambda: once({**module.params, "secrets": secrets}), secrets)

    run(module, story)


if __name__ == "__main__":
    main()
