# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options ``CONSUL`` of ``module_utils/_connections.py``."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  consul_url:
    description: URL of the HTTP API of the host's own Consul agent. Unless given, C(CONSUL_HTTP_ADDR) of the host's
      environment, as Consul's own CLI reads it.
    type: str
    default: http://127.0.0.1:8500
  consul_token:
    description: Token for Consul's ACL system. Not needed where Consul runs without ACLs. Unless given, that of the
      file C(CONSUL_HTTP_TOKEN_FILE), else C(CONSUL_HTTP_TOKEN), of the host's environment.
    type: str
  consul_tls:
    description:
      - What a C(https) URL in O(consul_url) takes beyond the system's CA store. Paths are the host's own.
      - What is not given here comes from the host's environment, from the variables that Consul's own CLI reads.
        C(CONSUL_HTTP_SSL) counts as well, where O(consul_url) is not given.
    type: dict
    suboptions:
      ca_file:
        description: File with the CA to trust, in PEM form. Unless given, C(CONSUL_CACERT), else the system's CA store.
        type: path
      ca_path:
        description: Folder of such files. Unless given, C(CONSUL_CAPATH). O(consul_tls.ca_file) wins over it.
        type: path
      client_cert:
        description: Certificate to show, in PEM form, where the agent verifies its clients. Unless given,
          C(CONSUL_CLIENT_CERT).
        type: path
      client_key:
        description: The key of O(consul_tls.client_cert), without a passphrase. Unless given, C(CONSUL_CLIENT_KEY).
        type: path
      server_name:
        description: The name that the agent's certificate must have, in place of the host in O(consul_url). Unless
          given, C(CONSUL_TLS_SERVER_NAME).
        type: str
      verify:
        description: Whether the agent's certificate is verified. Unless given, C(CONSUL_HTTP_SSL_VERIFY), else V(true).
        type: bool
"""
