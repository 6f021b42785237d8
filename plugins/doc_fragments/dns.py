# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options ``DNS`` of ``module_utils/_connections.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  dns_address:
    description: IP address at which Consul's agent answers DNS queries.
    type: str
    default: 127.0.0.1
  dns_port:
    description: TCP port at which Consul's agent answers DNS queries.
    type: int
    default: 8600
  consul_domain:
    description: The domain of Consul's DNS names, as the agents are configured.
    type: str
    default: consul
"""
