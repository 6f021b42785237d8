# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the Consul that the role consul has made lets this controller deploy a service."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar

TOKENS, SERVERS = "consul_deploy_tokens", "consul_servers"


def missing_token(service: str, variables: dict[str, t.Any], templar: Templar) -> str:
    """Return what to do where the fleet's own Consul has no token for deploys of a service; empty where it has.

    ``variables``: of a host of the fleet. A Consul that others have made has its own ways, and nothing is said of it.
    """
    if TOKENS not in variables or SERVERS not in variables.get("groups", {}):
        return ""
    own = templar.copy_with_new_env(available_variables={**variables, "service": service})
    try:
        token, listed = own.template(variables.get("consul_token")), own.template(variables[TOKENS])
    except AnsibleError:  # the first task that needs it says so
        return ""
    if token:
        return ""
    if service not in [entry.get("service") for entry in listed]:
        return (
            f"Consul has no token for deploys of {service}. Add the entry `- service: {service}` to {TOKENS}"
            " (group_vars/all/fleet.yml), then run bootstrap.yml (./fleet up), which makes it."
        )
    return (
        f"There is no token for deploys of {service} here. Run bootstrap.yml (./fleet up), which makes it; where"
        " another controller has done so, get the fleet's folder consul/ from there."
    )
