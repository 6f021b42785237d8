#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: reload
short_description: Make a running container load its code and files anew, and prove that it did
version_added: 1.0.0
description:
  - Sends a signal to the container's first process and waits until none of its workers from before is left, new ones
    are there, its checks pass and its page tells the current release. The container is not replaced.
  - What signal, checks and page are, M(longshore.fleet.launch) has left in the container's labels, so that it can be
    called ad hoc. It ships nothing; for new code there is the playbook C(longshore.fleet.reload).
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.docker
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_docker
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Reloads each time.
options:
  name:
    description: The instance.
    type: str
    required: true
  signal:
    description: By its name, for example V(USR2). Unless given, that of the service file.
    type: str
  timeout:
    description: The longest wait for the proof, as a duration. Unless given, that of the service file.
    type: str
"""

EXAMPLES = r"""
- name: Load code and files anew
  longshore.fleet.reload:
    name: web
"""

RETURN = r"""
signal:
  description: The signal.
  type: str
  returned: success
  sample: HUP
version:
  description: The current release of the code; empty where the service has none.
  type: str
  returned: success
seconds:
  description: What it took until it was proven.
  type: dict
  returned: not in check mode
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker
from ansible_collections.longshore.fleet.plugins.module_utils._connections import DOCKER
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import masking_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload_by_hand import (
    reload_by_hand,
    secrets_of,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **DOCKER,
            "name": {"type": "str", "required": True},
            "signal": {"type": "str"},
            "timeout": {"type": "str"},
        },
        supports_check_mode=True,
    )
    require(module, docker.LIBRARIES)
    params = module.params
    given = {key: params[key] for key in ("signal", "timeout") if params[key]}

    def story() -> dict[str, t.Any]:
        engine, name = docker.Docker(params["docker_host"]), params["name"]
        return masking_secrets(lambda: reload_by_hand(engine, name, given, module.check_mode), secrets_of(engine, name))

    run(module, story)


if __name__ == "__main__":
    main()
