#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_files
short_description: Have several files and folders on a host, in one call
version_added: 1.0.0
description:
  - Makes files and folders with their owners and modes, one after the other in the order that is given. A file gets new
    content in one step, so that even a power cut leaves it whole.
  - For places where nobody but root, or the user of this module, may write. Files that a container reads or may write
    are those of C(service_files) in its service file.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details: Names the files and what differs, but shows no content, as it may be a secret.
  idempotent:
    support: full
options:
  files:
    description: The files and folders.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Its path, absolute. The folder that it is in must be there, or come before it.
        type: path
        required: true
      state:
        description: What it is. In the place of a link to a file comes the file; a link to a folder is taken for it.
        type: str
        choices: [file, directory]
        default: file
      content:
        description: Content of a file.
        type: str
      owner:
        description: Name of the user that it belongs to. Unless given, the one who runs the module.
        type: str
        default: ""
      group:
        description: Name of the group that it belongs to. Unless given, that of who runs the module.
        type: str
        default: ""
      mode:
        description: Its mode, as in chmod.
        type: str
        default: "0644"
      force:
        description: Whether a file that is there gets the content. Owner and mode it gets in any case.
        type: bool
        default: true
      validate:
        description: Words of a command that must accept new content before it is in its place. C(%s) is the file.
        type: list
        elements: str
        default: []
"""

EXAMPLES = r"""
- name: Have the settings of an application
  longshore.fleet.host_files:
    files:
      - {path: /etc/app, state: directory, mode: "0755"}
      - path: /etc/app/sudoers
        content: "app ALL=(ALL) NOPASSWD: /usr/bin/app\n"
        mode: "0440"
        validate: [visudo, --check, --file=%s]
"""

RETURN = r"""
changes:
  description: What differed of what, by path.
  type: dict
  returned: success
  sample: {/etc/app/app.conf: [content, mode]}
diff:
  description: The same, as lines.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._running import run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.host.place import place

FILE = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["file", "directory"], "default": "file"},
    "content": {"type": "str", "no_log": True},
    "owner": {"type": "str", "default": ""},
    "group": {"type": "str", "default": ""},
    "mode": {"type": "str", "default": "0644"},
    "force": {"type": "bool", "default": True},
    "validate": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={"files": {"type": "list", "elements": "dict", "required": True, "options": FILE}},
        supports_check_mode=True,
    )
    run(module, lambda: place(module.params["files"], module.check_mode))


if __name__ == "__main__":
    main()
