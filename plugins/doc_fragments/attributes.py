# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of every module says of its behaviour."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: In check mode the module tells what it would do, and changes nothing.
  diff_mode:
    description: The result holds the difference between before and after.
  idempotent:
    description: A second run with the same options changes nothing, unless something else changed in between.
"""

    ACTIONGROUP_CONSUL = r"""
options: {}
attributes:
  action_group:
    description:
      - Set O(consul_url), O(consul_token) and O(consul_tls) once for all modules,
        by C(group/longshore.fleet.consul) in C(module_defaults).
    support: full
    membership:
      - longshore.fleet.consul
"""

    ACTIONGROUP_DOCKER = r"""
options: {}
attributes:
  action_group:
    description: Set O(docker_host) once for all modules, by C(group/longshore.fleet.docker) in C(module_defaults).
    support: full
    membership:
      - longshore.fleet.docker
"""

    ACTIONGROUP_CONSUL_AND_DOCKER = r"""
options: {}
attributes:
  action_group:
    description:
      - Set O(consul_url), O(consul_token), O(consul_tls) and O(docker_host) once for all modules,
        by C(group/longshore.fleet.consul) and C(group/longshore.fleet.docker) in C(module_defaults).
    support: full
    membership:
      - longshore.fleet.consul
      - longshore.fleet.docker
"""
