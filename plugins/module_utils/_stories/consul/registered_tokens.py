# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whether what is registered with an agent can stay so when Consul denies what no token allows."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent_data import registered_services
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul, Denied
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registered_service import (
    RegisteredService,
    check_to_ask_by,
)

# What is said of a token.
SUFFICES, NONE, UNKNOWN, DENIED = "suffices", "none", "unknown", "denied"


def read_registered_tokens(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the module's result: each service of the agent, and whether its token may register it.

    ``options``: those of the module. The tokens themselves are not returned.
    """
    checks = Agent(Consul.from_options(options)).checks().values()

    def verdict(service: RegisteredService) -> str:
        if not service.token:
            return NONE
        consul = Consul(options["consul_url"], service.token, options["consul_tls"])
        return _verdict(consul, service.identity, check_to_ask_by(checks, service.identity))

    found = registered_services(options["data_dir"])
    rows = [{"id": one.identity, "service": one.name, "token": verdict(one)} for one in found]
    return {"changed": False, "services": rows}


def _verdict(consul: Consul, identity: str, check: str | None) -> str:
    """Ask the agent with the token for a change of the service that changes nothing."""
    try:
        consul.get("acl/token/self")
        Agent(consul).ask_to_write(identity, check)
    except Denied as denied:
        return UNKNOWN if denied.token_is_unknown else DENIED
    return SUFFICES
