#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_copy
short_description: Bring an image of one registry into another under the same digest
version_added: 1.0.0
description:
  - Pulls an image by its digest, tags it and pushes it, where the other repository does not have that digest yet.
    Nothing is built, and hosts that run the one run the other.
  - Runs on the controller or on a build host; C(promote.yml) does so with the images and the code of another fleet.
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
    support: none
  idempotent:
    support: full
options:
  source:
    description: The image, by its digest, for example V(staging.example.com/web@sha256:0f3c...).
    type: str
    required: true
  repository:
    description: Where it is to be as well, for example V(registry.example.com/web).
    type: str
    required: true
  tag:
    description:
      - What it is pushed under, for example V(c-5b0f8e7a9d3c2146); unless given, the beginning of its digest.
      - A tag that stands for another image there is not moved; then the beginning of the digest is added to it.
    type: str
notes:
  - Registries that want a login are used as C(docker login) left it for the user who runs the module.
  - An engine has one platform of an image for several, and may pack layers in another way than the tool that built
    them. The digest would be another one then, which is refused, with the command of a tool that copies as it is.
seealso:
  - module: longshore.fleet.image
"""

EXAMPLES = r"""
- name: Bring an image from the registry of another fleet
  longshore.fleet.image_copy:
    source: staging.example.com/web@sha256:0f3c1d4f6f8e9b7a5d2c4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3
    repository: registry.example.com/web
  delegate_to: localhost
"""

RETURN = r"""
reference:
  description: The image in the other repository, by its digest. Null in check mode where it has yet to be copied.
  type: str
  returned: success
  sample: registry.example.com/web@sha256:0f3c1d4f6f8e9b7a5d2c4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: str
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import LIBRARIES, Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import address_of_controller
from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.copy import Copy, copied

SPEC: dict[str, t.Any] = {
    "argument_spec": {
        "docker_host": {"type": "str"},
        "source": {"type": "str", "required": True},
        "repository": {"type": "str", "required": True},
        "tag": {"type": "str"},
    },
}


def story(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Return the module's result; the action plugin calls it on the controller."""
    images = Images(Docker(address_of_controller(params["docker_host"])))
    result = copied(images, Copy.from_options(params), check)
    return {**result, "warnings": images.warnings}


def main() -> None:
    module = AnsibleModule(**SPEC, supports_check_mode=True)
    require(module, LIBRARIES)
    run(module, lambda: story(module.params, module.check_mode))


if __name__ == "__main__":
    main()
