# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the module service_info gathers: the service's surroundings, what runs of it here, and who else runs it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import docker, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.dns import Dns
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import ConfigQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration_schema import Schema
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.keys import Keys
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import with_loaded
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.discover import discover
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.members import passing_nodes
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import (
    current_record,
    noted_nodes,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, instances_of, survey


class Clients:
    """A client for each connection: behind TLS each would load its certificates anew."""

    def __init__(self) -> None:
        self._consuls: dict[str, Consul] = {}
        self._engines: dict[str, docker.Docker] = {}

    def consul(self, options: dict[str, t.Any]) -> Consul:
        """Return the one for these options."""
        connection = repr([options[name] for name in CONSUL])
        if connection not in self._consuls:
            self._consuls[connection] = Consul.from_options(options)
        return self._consuls[connection]

    def engine(self, options: dict[str, t.Any]) -> docker.Docker:
        """Return the one for these options."""
        host = options["docker_host"]
        if host not in self._engines:
            self._engines[host] = docker.Docker(host)
        return self._engines[host]


def gather(options: dict[str, t.Any], clients: Clients | None = None) -> dict[str, t.Any]:
    """Return the result of the module service_info, for its options. ``clients``: those of several services."""
    clients = clients or Clients()
    consul = clients.consul(options)
    return {
        **_discovered(consul, options),
        **_surveyed(consul, clients, options),
        **_noted(consul, options),
        **_passing(consul, options),
    }


def _noted(consul: Consul, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what Consul's KV says of the service beside its configuration, where that is asked for."""
    if not options["noted"]:
        return {}
    keys = Keys(options["prefix"], options["name"])
    return {"noted_nodes": noted_nodes(consul, keys), "current_record": current_record(consul, keys)}


def _passing(consul: Consul, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the nodes that have a passing instance of the service, where they are asked for."""
    return {"passing_nodes": passing_nodes(consul, options["service"])} if options["passing"] else {}


def _surveyed(consul: Consul, clients: Clients, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what is there of the instance, where one is named."""
    if not options["survey"]:
        return {}
    try:
        agent = Agent(consul)
        engine = clients.engine(options)
        found = survey(Host(engine, agent), options["survey"])
        found = with_loaded(engine, found, options["survey"], options["code_path"] or "")
    except Failure:
        return {"survey": None}
    digests = secrets.keyed(options["secret_fingerprints"], secrets.read_key())
    there = {"instances": instances_of(engine, options["name"])} if options["name"] else {}
    return {"survey": replace(found, wanted_secrets=digests).to_result(), **there}


def _discovered(consul: Consul, options: dict[str, t.Any]) -> dict[str, t.Any]:
    return discover(
        consul,
        Dns(options["dns_address"], options["dns_port"]),
        services=options["service"],
        keys=Keys(options["prefix"], options["name"]) if options["name"] else None,
        release=options["release"],
        config_digest=options["config_digest"],
        config=ConfigQuery.from_options(options["prefix"], options["config"], options["groups"]),
        schema=Schema.from_options(options["config_schema"]),
        peers=options["peers"],
        domain=options["consul_domain"],
        found=options["found"],
        hosts=options["hosts"],
        instance=options["survey"],
    )
