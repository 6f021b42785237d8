#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: code
short_description: Ship a commit of a git repository as an image, and tell which digest hosts run
version_added: 1.0.0
description:
  - Packs the files of a commit into an image FROM scratch, pushes it to the registry, and returns its digest.
    M(longshore.fleet.launch) unpacks it on the hosts.
  - The same commit makes the same bytes, on every machine. Files are packed as they are in the commit. Neither the
    machine's settings and filters nor C(.gitattributes) change them (C(export-subst) does nothing), save that
    C(export-ignore) leaves files out. Variables of the environment such as E(GIT_DIR) do not count.
    While the registry has it, nothing is packed and nothing is pushed.
  - A file C(.release) with RV(version) is added at the top, by which running code can tell its release.
  - Runs on the controller or on a build host; hosts then pull RV(reference), all at once, and nothing is copied to
    them from the controller.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
  - longshore.fleet.attributes.actiongroup_docker
  - longshore.fleet.docker.builder
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  repository:
    description:
      - A folder with a git repository, or the URL of one, for example V(https://git.example.com/web.git).
      - A folder of a repository stands for itself alone, for example V(code/web) of the fleet's own. Every commit is a
        release of it, also one that changes nothing there.
      - Of a URL a bare copy is kept in C(~/.cache/longshore/git). One process at a time renews it, and a copy that is
        broken is made anew.
    type: str
    required: true
  version:
    description: A branch, tag or commit.
    type: str
    default: HEAD
  name:
    description: Name of the repository in the registry, for example V(web-code).
    type: str
    required: true
  registry:
    description: Host and port of the registry, for example V(registry.example.com). Without it, O(name) says where the
      image belongs.
    type: str
  allow_dirty:
    description:
      - What to do where O(version) is checked out in O(repository) and files there are not committed. Unless this is
        V(true) that is an error.
      - With V(true) the files are shipped as they lie there, without those that git ignores, under a version of their
        own.
    type: bool
    default: false
  state:
    description:
      - V(pushed) - the code is in the registry.
      - V(resolved) - it must be in the registry already; only its digest is asked for.
    type: str
    choices: [pushed, resolved]
    default: pushed
"""

EXAMPLES = r"""
- name: Ship what is on the branch main
  longshore.fleet.code:
    repository: https://git.example.com/web.git
    version: main
    name: web-code
    registry: registry.example.com
  delegate_to: localhost
  run_once: true
  register: code
"""

RETURN = r"""
reference:
  description: Repository and digest, which hosts can pull. Null in check mode where only a push would tell.
  type: str
  returned: success
  sample: 127.0.0.1:5000/web-code@sha256:0f3c1d4f6f8e9b7a5d2c4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3
content:
  description:
    - The commit; of files that are not committed also git's name of their tree.
    - Two are the same code if this is the same.
  type: str
  returned: success
version:
  description: For people - the first 12 digits of the commit. It is also in the file C(.release) of the code.
  type: str
  returned: success
  sample: 3f2a91c0b1d2
commit:
  description: The commit.
  type: str
  returned: success
pushed:
  description: Whether the code was pushed, or would be in check mode.
  type: bool
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import LIBRARIES, Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import address_of_controller
from ansible_collections.longshore.fleet.plugins.module_utils._clients.git import Repository
from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.ship import pushed, resolved

SPEC: dict[str, t.Any] = {
    "argument_spec": {
        "docker_host": {"type": "str"},
        "repository": {"type": "str", "required": True},
        "version": {"type": "str", "default": "HEAD"},
        "name": {"type": "str", "required": True},
        "registry": {"type": "str"},
        "allow_dirty": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["pushed", "resolved"], "default": "pushed"},
    },
}


def story(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Return the module's result; the action plugin calls it on the controller."""
    images = Images(Docker(address_of_controller(params["docker_host"])))
    repository = Repository(params["repository"])
    if params["state"] == "resolved":
        result = resolved(images, repository, params)
    else:
        result = pushed(images, repository, params, check)
    return {**result, "warnings": [*result["warnings"], *images.warnings]}


def main() -> None:
    module = AnsibleModule(**SPEC, supports_check_mode=True)
    require(module, LIBRARIES)
    run(module, lambda: story(module.params, module.check_mode))


if __name__ == "__main__":
    main()
