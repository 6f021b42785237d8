# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: failed_hosts
short_description: The hosts of a rollout whose launch failed
version_added: 1.0.0
description:
  - Of a list of hosts, those whose last M(longshore.fleet.launch) failed or which could not be reached.
author:
  - Longshore contributors (@longshore)
options:
  _input:
    description: The hosts' names.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Stop the rollout where more hosts failed than may
  ansible.builtin.meta: end_play
  when: ansible_play_hosts_all | longshore.fleet.failed_hosts(hostvars) | length > 0
"""

RETURN = r"""
_value:
  description: The hosts' names, in the order given.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils.rollout import failed_hosts as failed

RESULT = "__service_launched"


def failed_hosts(hosts: list[str], hostvars: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[str]:
    """The names of those whose last launch failed or which could not be reached."""
    return failed(hosts, {host: hostvars[host].get(RESULT) for host in hosts})


class FilterModule:
    """Filters of the rollout."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"failed_hosts": failed_hosts}
