#!/usr/bin/python
# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image
short_description: Build and push a Docker image by its content, and tell which digest hosts run
version_added: 1.0.0
description:
  - Builds an image from a folder, tags it by what it is made of, pushes it, and returns its digest.
  - The content tag is a digest of the build context, of the Dockerfile, O(args), O(target) and the base images.
    While none of them changes, nothing is built and nothing is pushed, on whatever machine the first build was.
  - Runs on the controller or on a build host; the hosts then pull RV(reference).
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
  name:
    description:
      - Name of the repository in the registry, for example V(elasticsearch) or V(team/web). Needed with O(context).
    type: str
  registry:
    description:
      - Host and port of the registry, for example V(127.0.0.1:5000) or V(registry.example.com).
      - Without it, O(name) says where the image belongs, as with C(docker push).
    type: str
  context:
    description:
      - The folder to build from, for example V(/srv/fleet/images/elasticsearch).
      - What its ignore file leaves out neither travels nor counts. That is the file beside the Dockerfile (of
        C(Dockerfile.worker) it is C(Dockerfile.worker.dockerignore)), else C(.dockerignore). Its patterns mean what
        they mean to BuildKit, whichever builder builds.
      - Of a file's mode only the executable bit counts, as in git. The build gets 755 or 644, owner root, whatever the
        umask is. Times travel and do not count.
    type: path
  dockerfile:
    description:
      - The Dockerfile, by its path in O(context), for example V(Dockerfile.worker).
      - The engine's classic builder builds it. A Dockerfile that only BuildKit understands (C(# syntax=),
        C(RUN --mount), C(COPY --chmod), heredocs, or an ARG that BuildKit sets, such as C(TARGETARCH)) is built by the
        C(docker) command, because the Docker SDK cannot speak to BuildKit. That command then needs buildx.
    type: str
    default: Dockerfile
  from:
    description:
      - An image that is built elsewhere, by its reference, for example V(registry.example.com/team/web:1.4).
        Its registry is asked for the digest. O(name), O(registry) and O(state) make no difference.
    type: str
  args:
    description:
      - "Build arguments, for example V({JAVA_VERSION: 17}).
        Quote what YAML would read as another number, such as 3.10, which is 3.1."
      - They stay readable in the image's history and in the host's journal. Never put a secret here.
    type: dict
    default: {}
  code:
    description: Files of a commit of the code that belong into the build context, such as V(requirements.txt). A commit
      that changes them makes another image.
    type: dict
    suboptions:
      repository:
        description: As in M(longshore.fleet.code).
        type: str
        required: true
      content:
        description: As M(longshore.fleet.code) returns it.
        type: str
        required: true
      files:
        description: Paths in the repository, which are the paths in the context too.
        type: list
        elements: str
        required: true
  target:
    description:
      - The stage to build, for example V(production). The last one by default.
    type: str
  network:
    description:
      - Network of the build's C(RUN) steps, for example V(host). The engine's own choice by default.
      - Does not count for the content tag.
    type: str
  timeout:
    description:
      - The longest that the build may take, as a duration, for example V(2h). A build that takes longer is ended.
      - Does not count for the content tag.
    type: str
    default: 1h
  version:
    description:
      - A tag for people beside the content tag, for example V("1.4"), a date or a git commit. It moves
        with each new content.
      - With O(from), what is shown instead of the reference's own tag.
    type: str
  state:
    description:
      - V(built) has the image on this engine and asks no registry for it, save for base images that the engine lacks.
      - V(pushed) has it in the registry. It is built if neither the registry nor this engine has it.
      - V(resolved) only asks the registry, and fails where the image is not there.
    type: str
    choices: [built, pushed, resolved]
    default: pushed
notes:
  - A base image counts by the digest it is pinned to in the Dockerfile. Without one it counts by what this engine has
    (the digest in its registry, for an image that has none its ID), else by what the registry has now.
    A tag that moved in the registry is therefore seen after a C(docker pull).
    Where several machines build, pin base images so that all of them agree.
  - Registries that want a login are used as C(docker login) left it for the user who runs the module. A credential
    helper that fails is a warning; where the registry then refuses, the error names it.
  - While the engine builds, pulls or pushes it may say nothing for an hour.
seealso:
  - module: longshore.fleet.launch
"""

EXAMPLES = r"""
- name: Ship Elasticsearch
  longshore.fleet.image:
    name: elasticsearch
    registry: 127.0.0.1:5000
    context: "{{ inventory_dir }}/images/elasticsearch"
    network: host
    version: "7.17.29"
  delegate_to: localhost
  register: elasticsearch_image

- name: Build an image on this machine only
  longshore.fleet.image:
    name: web
    registry: 127.0.0.1:5000
    context: "{{ inventory_dir }}/images/web"
    dockerfile: Dockerfile.worker
    target: production
    args:
      PYTHON_VERSION: "3.11"
    state: built
  delegate_to: localhost

- name: Ask which digest the hosts would run
  longshore.fleet.image:
    name: web
    registry: 127.0.0.1:5000
    context: "{{ inventory_dir }}/images/web"
    state: resolved
  delegate_to: localhost

- name: Pin an image that is built elsewhere
  longshore.fleet.image:
    from: registry.example.com/team/web:1.4
  delegate_to: localhost
"""

RETURN = r"""
reference:
  description:
    - What to run. With O(state=pushed), O(state=resolved) and O(from) the repository with the digest, which hosts
      can pull. With O(state=built) the image's ID on this engine.
    - Null in check mode where only a build or a push would tell.
  type: str
  returned: success
  sample: 127.0.0.1:5000/elasticsearch@sha256:0f3c1d4f6f8e9b7a5d2c4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3
content:
  description: The content tag; with O(from) the digest. Two images are the same if this is the same.
  type: str
  returned: success
  sample: c-5b0f8e7a9d3c2146
version:
  description: O(version), or the tag of O(from). Null where there is none.
  type: str
  returned: success
  sample: 7.17.29
built:
  description: Whether the image was built, or would be in check mode.
  type: bool
  returned: success
pushed:
  description: Whether the image was pushed, or would be in check mode. A version tag alone does not count.
  type: bool
  returned: success
actions:
  description: What was done, or would be in check mode, in order.
  type: list
  elements: str
  returned: success
  sample:
    - build 127.0.0.1:5000/elasticsearch:c-5b0f8e7a9d3c2146
    - push 127.0.0.1:5000/elasticsearch:c-5b0f8e7a9d3c2146
    - tag 127.0.0.1:5000/elasticsearch:c-5b0f8e7a9d3c2146 as 7.17.29
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import LIBRARIES, Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import address_of_controller
from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images
from ansible_collections.longshore.fleet.plugins.module_utils._running import require, run
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.ship import (
    built,
    built_elsewhere,
    own_image,
    pushed,
    resolved,
)

CODE = {
    "repository": {"type": "str", "required": True},
    "content": {"type": "str", "required": True},
    "files": {"type": "list", "elements": "str", "required": True},
}
SPEC: dict[str, t.Any] = {
    "argument_spec": {
        "docker_host": {"type": "str"},
        "name": {"type": "str"},
        "registry": {"type": "str"},
        "context": {"type": "path"},
        "dockerfile": {"type": "str", "default": "Dockerfile"},
        "from": {"type": "str"},
        "args": {"type": "dict", "default": {}},
        "code": {"type": "dict", "options": CODE},
        "target": {"type": "str"},
        "network": {"type": "str"},
        "timeout": {"type": "str", "default": "1h"},
        "version": {"type": "str"},
        "state": {"type": "str", "choices": ["built", "pushed", "resolved"], "default": "pushed"},
    },
    "required_one_of": [("context", "from")],
    "mutually_exclusive": [
        (option, "from") for option in ("context", "dockerfile", "args", "code", "target", "network")
    ],
    "required_by": {"context": ["name"]},
}


def story(params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    """Return the module's result; the action plugin calls it on the controller."""
    images = Images(Docker(address_of_controller(params["docker_host"])))
    result = _result(images, params, check)
    return {**result, "warnings": [*result.get("warnings", ()), *images.warnings]}


def _result(images: Images, params: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    if params["from"]:
        return built_elsewhere(images, params["from"], params["version"])
    image = own_image(images, params)
    if params["state"] == "resolved":
        return resolved(images, image)
    return (built if params["state"] == "built" else pushed)(images, image, check)


def main() -> None:
    module = AnsibleModule(**SPEC, supports_check_mode=True)
    require(module, LIBRARIES)
    run(module, lambda: story(module.params, module.check_mode))


if __name__ == "__main__":
    main()
