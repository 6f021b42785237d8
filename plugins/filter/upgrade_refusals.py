# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: upgrade_refusals
short_description: Why Consul must not be upgraded to a version in one step
version_added: 1.0.0
description:
  - Compares the versions that agents run with the one that a host is to get, by the steps of HashiCorp's upgrade
    instructions, which lead at most two releases on at a time (from 1.10 to 1.12), from 1.8 and 1.9 to 1.10, and never
    back.
  - All agents of a cluster take a step before any of them takes the next, and servers before clients.
author:
  - Longshore contributors (@longshore)
positional: wanted
options:
  _input:
    description: The members of the cluster, as C(/v1/agent/members) of an agent answers; empty for a new one.
    type: list
    elements: dict
    required: true
  wanted:
    description: The version that the host is to get, for example V(1.13.9).
    type: str
    required: true
  node:
    description: Name of its node, for example V(web1). The agents of others may be newer than the wanted version.
    type: str
    required: true
  running:
    description: The version that the host runs now, for example V(1.12.9); empty where it has none yet.
    type: str
    default: ""
  servers_stay:
    description: Whether not all servers get the wanted version with it.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Ask who is in the cluster
  ansible.builtin.uri:
    url: http://127.0.0.1:8500/v1/agent/members
  register: members

- name: Refuse to jump over a step
  ansible.builtin.assert:
    that: refusals == []
    fail_msg: "{{ refusals | join(' ') }}"
  vars:
    refusals: "{{ members.json | longshore.fleet.upgrade_refusals('1.13.9', node='web1', running='1.12.9') }}"
"""

RETURN = r"""
_value:
  description: A sentence for each agent that speaks against it, with what to do; empty where nothing does.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.longshore.fleet.plugins.plugin_utils._consul_steps import agents_of, refusals


def upgrade_refusals(
    members: list[dict[str, t.Any]], wanted: str, node: str, running: str = "", servers_stay: bool = False
) -> list[str]:
    return refusals(agents_of(members), wanted, node, running, servers_stay)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"upgrade_refusals": upgrade_refusals}
