# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which modules and lookups reach Consul and Docker.

Apart from the clients, which import more than the controller needs to pass these options on.
"""

from __future__ import annotations

import typing as t

Spec = dict[str, t.Any]

CONSUL_URL = "http://127.0.0.1:8500"
CONSUL_TLS: Spec = {
    "ca_file": {"type": "path"},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
    "server_name": {"type": "str"},
    "verify": {"type": "bool"},
}
CONSUL: Spec = {
    "consul_url": {"type": "str", "default": CONSUL_URL},
    "consul_token": {"type": "str", "no_log": True},
    "consul_tls": {"type": "dict", "options": CONSUL_TLS},
}

DOCKER_HOST = "unix:///var/run/docker.sock"
DOCKER: Spec = {"docker_host": {"type": "str", "default": DOCKER_HOST}}

DNS: Spec = {
    "dns_address": {"type": "str", "default": "127.0.0.1"},
    "dns_port": {"type": "int", "default": 8600},
    "consul_domain": {"type": "str", "default": "consul"},
}
