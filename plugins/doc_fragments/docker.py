# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options ``DOCKER`` of ``module_utils/_connections.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  docker_host:
    description:
      - The Docker Engine's address, as the environment variable E(DOCKER_HOST) has it.
      - For example V(unix:///run/user/1000/docker.sock) or V(tcp://127.0.0.1:2375).
    type: str
    default: unix:///var/run/docker.sock
requirements:
  - Docker SDK for Python (C(docker)); the role P(longshore.fleet.docker#role) installs it
"""

    # Of modules that work on the controller or on a build host.
    BUILDER = r"""
options:
  docker_host:
    description:
      - The Docker Engine's address, as the environment variable E(DOCKER_HOST) has it.
      - For example V(unix:///run/user/1000/docker.sock) or V(ssh://build@build1.example.com).
      - Without it the engine that C(docker build) would take. That is E(DOCKER_HOST), else the docker context that
        E(DOCKER_CONTEXT) or Docker's configuration file names, else V(unix:///var/run/docker.sock).
        E(DOCKER_TLS_VERIFY) and E(DOCKER_CERT_PATH) mean what they mean to Docker.
    type: str
requirements:
  - Docker SDK for Python (C(docker)); the role P(longshore.fleet.docker#role) installs it
  - for V(ssh://) the Python package C(paramiko) too
"""
