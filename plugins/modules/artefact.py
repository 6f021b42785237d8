#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: artefact
short_description: Build, ship or resolve the image or the code of a service
version_added: 1.0.0
description:
  - Does what M(longshore.fleet.image) or M(longshore.fleet.code) does, with the options that the variables
    C(service_image) or C(service_code) of the service file say. Without C(service_code) there is nothing to do.
  - The variable C(build_docker_host) names the engine, unless it is that of the controller.
  - This module has an action plugin.
author:
  - Longshore contributors (@longshore)
extends_documentation_fragment:
  - longshore.fleet.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  kind:
    description: Which of the two. The image may need files of the code, registered as C(__service_code).
    type: str
    choices: [image, code]
    required: true
  state:
    description:
      - V(built), V(pushed) and V(resolved) are as in M(longshore.fleet.image) and M(longshore.fleet.code), of which the
        latter has no V(built).
      - V(promoted) has what M(longshore.fleet.promotion) found where the service file's image or code is, as
        M(longshore.fleet.image_copy) does.
    type: str
    choices: [built, pushed, resolved, promoted]
    required: true
"""

EXAMPLES = r"""
- name: Ship the image
  longshore.fleet.artefact:
    kind: image
    state: pushed
  run_once: true
  delegate_to: localhost
  register: __service_image
"""

RETURN = r"""
reference:
  description: Repository and digest, which hosts can pull. All else is as M(longshore.fleet.image) and
    M(longshore.fleet.code) return it.
  type: str
  returned: success
"""
