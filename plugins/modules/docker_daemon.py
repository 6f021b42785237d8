#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_daemon
short_description: Set the Docker Engine of a host up, while its containers keep running
version_added: 1.0.0
description:
  - Merges settings into the engine's C(daemon.json) and has the engine take them over, by a reload where that is
    enough, else by a restart.
  - A restart is done only where no running container is lost by it, which takes C(live-restore).
  - Settings that the engine would not start with are refused before the file is written. That is unknown keys, keys
    that are flags of dockerd too, and from version 23 on whatever C(dockerd --validate) refuses.
  - A TCP socket in C(hosts) is refused. Whoever reaches it is root on the host.
  - Where the engine does not take the new settings over, or does not start with them, the old ones come back.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
    details: Refuses what the module would refuse without it.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  settings:
    description:
      - Settings by the engine's own names, as in its C(daemon.json).
      - A key that stands here wins, all other keys of the file stay. Objects such as C(log-opts) are merged key by key,
        lists are as they stand here. V(null) removes a key.
      - Where C(log-driver) becomes another one, the C(log-opts) of the old one go.
    type: dict
    required: true
  path:
    description: The engine's file of settings.
    type: path
    default: /etc/docker/daemon.json
  unit:
    description: The engine's systemd unit.
    type: str
    default: docker.service
notes:
  - Needs no Python package on the host. It uses the commands C(docker), C(dockerd) and C(systemctl).
  - Run it on one host after the other where RV(action=restart). On each the engine does not answer for some seconds.
"""

EXAMPLES = r"""
- name: Keep containers over restarts of the engine, and rotate their logs
  longshore.fleet.docker_daemon:
    settings:
      live-restore: true
      log-driver: json-file
      log-opts: {max-size: 10m, max-file: "9"}

- name: No mirror any more
  longshore.fleet.docker_daemon:
    settings:
      registry-mirrors: null
"""

RETURN = r"""
action:
  description:
    - What the engine needs, or has been given, to take the settings over.
    - V(none) - nothing; V(reload) - to read its file again; V(restart).
  type: str
  returned: success
  sample: reload
keys:
  description: The settings that differ from what the engine has loaded, by what they need.
  type: dict
  returned: success
  sample: {reload: [labels], restart: [log-opts]}
diff:
  description: The file before and after.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.daemon import Daemon
from ansible_collections.longshore.fleet.plugins.module_utils._running import run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.host.daemon_settings import set_up


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "dict", "required": True},
            "path": {"type": "path", "default": "/etc/docker/daemon.json"},
            "unit": {"type": "str", "default": "docker.service"},
        },
        supports_check_mode=True,
    )
    options = module.params
    run(module, lambda: set_up(Daemon(options["path"], options["unit"]), options["settings"], module.check_mode))


if __name__ == "__main__":
    main()
