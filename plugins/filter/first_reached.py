# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: first_reached
short_description: The first host that a task has reached
version_added: 1.0.0
description:
  - Names the host to which tasks are delegated that any host can do, after a P(ansible.builtin.ping#module) has shown
    which ones answer.
author:
  - Longshore contributors (@longshore)
positional: hostvars, result
options:
  _input:
    description: Names of hosts, the preferred one first.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's variable of this name.
    type: dict
    required: true
  result:
    description: The variable in which the ping was registered, for example V(reached).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Find a host that can be reached
  ansible.builtin.ping:
  ignore_unreachable: true
  register: reached

- name: Show it
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | longshore.fleet.first_reached(hostvars, 'reached') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The name of the host; of the first one of all where none was reached, so that its error is shown.
  type: str
"""

import typing as t


def first_reached(hosts: list[str], hostvars: t.Mapping[str, t.Mapping[str, t.Any]], result: str) -> str:
    """Return the first host whose ping has answered; the first of all where none has."""
    return next((host for host in hosts if "ping" in hostvars[host].get(result, ())), hosts[0])


class FilterModule:
    """The filter, by its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return name -> filter."""
        return {"first_reached": first_reached}
