# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an agent is and the token for it: the options, else the environment, as Consul's own CLI reads it."""

from __future__ import annotations

import os

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul_tls import uses_tls
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL_URL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

ADDRESS, TOKEN, TOKEN_FILE = "CONSUL_HTTP_ADDR", "CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE"


def url_of(given: str) -> tuple[str, str]:
    """Return the URL, and the name of what it is from: the option, or where that is the default, CONSUL_HTTP_ADDR."""
    address = os.environ.get(ADDRESS, "")
    if given != CONSUL_URL or not address:
        return (given.replace("http:", "https:") if given == CONSUL_URL and uses_tls() else given), "consul_url"
    if address.startswith("unix:"):
        raise Failure(f"{ADDRESS}: {address!r} is a socket, which modules do not speak to; give consul_url")
    scheme, plain = "https" if uses_tls() else "http", address.removeprefix("http://")
    return (plain if "://" in plain else f"{scheme}://{plain}"), ADDRESS


def token_of(given: str | None) -> tuple[str, str]:
    """Return the token, empty where there is none, and the name of what it is from. A file wins, as with the CLI."""
    path = os.environ.get(TOKEN_FILE, "")
    if given:
        return given, "consul_token"
    if not path:
        token = os.environ.get(TOKEN, "")
        return token, TOKEN if token else "consul_token"
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip(), TOKEN_FILE
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{TOKEN_FILE}: {path} cannot be read ({error}); correct it, or give consul_token") from error
