# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of ``module_utils/clients/consul.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  consul_url:
    description: URL of the HTTP API of the host's own Consul agent.
    type: str
    default: http://127.0.0.1:8500
  consul_token:
    description: Token for Consul's ACL system. Not needed where Consul runs without ACLs.
    type: str
"""
