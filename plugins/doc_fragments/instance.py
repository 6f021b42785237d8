# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which modules are told what an instance is to be."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: The instance; the container's name, and the ID of its registration.
    type: str
    required: true
  service:
    description: The service; O(name) unless a host runs several instances of it.
    type: str
  image:
    description: The image, as the module M(longshore.fleet.image) returns it, pulled where the host does not have it.
      Required for C(state=present).
    type: dict
    suboptions:
      reference:
        description: Repository and digest, C(registry/name@sha256:...). Not known in check mode before the first
          build.
        type: str
      content:
        description: Tells whether the image has changed.
        type: str
        required: true
      version:
        description: A name for people.
        type: str
      sidecars:
        description: Of each sidecar by its name, the same of its own image.
        type: dict
        default: {}
  code:
    description:
      - The release of the code, as the module M(longshore.fleet.code) returns it. It is unpacked on the host once,
        and a running container gets it as C(reload) in O(wanted) says.
      - Needs C(code) in O(wanted), which says where it goes.
    type: dict
    suboptions:
      reference:
        description: Repository and digest. Not known in check mode before the first push.
        type: str
      content:
        description: Tells whether the code has changed.
        type: str
        required: true
      version:
        description: A name for people, which the page C(reload.url) in O(wanted) must tell.
        type: str
  wanted:
    description:
      - The rendered service file, as M(longshore.fleet.instance) makes it.
      - The role P(longshore.fleet.service#role) documents C(container), C(directories), C(registrations), C(gate),
        C(code), C(reload), C(files), C(sidecars), C(once) and C(secrets_at_rest) as C(service_container) and so on, and
        C(drain) and C(leader) as keys of C(service_rollout) and of its C(order). Types and defaults are the same. Of
        C(code) there are C(path), C(mount), C(owner), C(group) and C(writable). The tasks of C(once) are
        those whose programs a preflight looks for in the image.
      - C(container_without_peers) is C(container) rendered with stand-ins for the peers, which is what is compared.
        Unless given, C(container). A sidecar has its own, and its image in O(image).
      - C(first_boot) says whether C(container) was rendered for the first start of a cluster, C(empty_peers) names the
        lists of peers that were empty then. A container made so is not started again once it is broken or was
        replaced, or once there are peers, but made anew.
      - C(problems) is a list of what could not be rendered. Any entry is a failure.
    type: dict
    default: {}
  secrets:
    description:
      - Name to value. A name that begins with V(/) is a file of mode 0600 in the container, any other an entry of its
        environment.
      - Files lie in memory, in C(/run/longshore/secrets) of the host, and are mounted read-only. After a reboot they
        are gone and the container can't start; the next launch finds that, writes them and starts it. With
        C(secrets_at_rest) of O(wanted) set to V(systemd-creds) they are also on the host's disk, encrypted, where
        M(longshore.fleet.repair) finds them.
      - Values stand in no label, registration, output or journal; a change is seen by a digest with a key that stays
        on the host.
      - A mapping. The action plugin packs it into one string on its way to the host, so that Ansible, which masks each
        value of an option such as this wherever it occurs in a result, leaves the words alone that a rollout decides
        by. In texts for people values are masked.
    type: raw
    default: {}
"""
