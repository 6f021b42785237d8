# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All services of a fleet as the template of a gateway sees them, read from their files."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import NAME
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles, Sources
from ansible_collections.longshore.fleet.plugins.plugin_utils._gateway import KEY, ONE, Gateway
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import INSTANCES
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema, wrong_values
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import is_template
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import LONG, PORT

Result = dict[str, t.Any]
TAG = "{{ node.name }}"
NODE, HOSTS = "consul_node_name", "service_hosts"
# What stands in the place of a tag in a question for SRV records that means all instances.
PROTOCOLS = ("tcp", "udp")


@dataclass(frozen=True)
class Behind:
    """A service behind the gateway. ``path``: of its file; ``registered``: its name in Consul."""

    path: str
    gateway: Gateway
    registered: str

    def to_result(self, nodes: t.Sequence[str]) -> Result:
        """Return what templates see. ``nodes``: the names of the service's hosts in Consul."""
        gateway = self.gateway
        http = {"names": list(gateway.names), "path": gateway.path} if gateway.names else {}
        tcp = {} if http else {"listen": gateway.listen}
        return {
            **{"http": http, "tcp": tcp, "write": ONE if gateway.write_one else "all"},
            **{"registration": self.registered, "nodes": list(nodes)},
            **{"slots": gateway.slots, "maxconn": gateway.maxconn, "check": gateway.check},
            "timeouts": {name: f"{milliseconds}ms" for name, milliseconds in gateway.timeouts},
        }


class ServicesFiles:
    """Reads what the files say; ``variables``: those of the host whose file is made of it."""

    def __init__(self, loader: DataLoader, templar: Templar, variables: Result) -> None:
        # The keys that the service has whose template asks are not those of others.
        self._variables = {key: value for key, value in variables.items() if not key.startswith("service_")}
        self._own_port = variables.get(PORT)
        self._loader = loader
        self._templar = templar
        self._nodes: dict[str, str] = {}

    def read(self, names: t.Collection[str]) -> list[Result]:
        """Return all services, or those that are named; refuse two at the same place, and names that no file has."""
        files = self._files({})
        paths = {path.stem: path for path in files.paths()}
        for name in names:
            if name not in paths:
                raise Failure(f"there is no service {name} in {files.folder}/services; {nearest(name, tuple(paths))}")
        told = {name: self._told(path) for name, path in paths.items() if not names or name in names}
        refuse_conflicts([one for _hosts, one in told.values() if one], self._own_port)
        return [
            {"name": name, "hosts": hosts, "gateway": one.to_result(self._nodes_of(one, hosts)) if one else {}}
            for name, (hosts, one) in told.items()
        ]

    def _told(self, path: Path) -> tuple[list[str], Behind | None]:
        try:
            data = self._files({}).sources(path)[1]
            files = self._files(data)
            # The extra variables of this run are about the service whose template asks.
            sources: Sources = ({}, data if HOSTS in data else {**data, HOSTS: self._usual_hosts})
            hosts = files.hosts(sources)
            return hosts, behind(files, path, sources, hosts)
        except (AnsibleError, Failure) as error:
            lines = str(error).splitlines()
            raise Failure("\n".join(f"{path}: {line}" for line in lines)) from error

    def _files(self, data: Result) -> FleetFiles:
        templar = self._templar.copy_with_new_env(available_variables={**self._variables, **data})
        return FleetFiles(self._loader, templar, self._variables)

    @functools.cached_property
    def _usual_hosts(self) -> t.Any:
        """What the inventory says of the hosts of services; read once, as it is asked of every host."""
        return self._files({}).raw(HOSTS, ({}, {}), self._variables["groups"]["all"])

    def _node(self, host: str) -> str:
        """Return what Consul calls a host, by the role consul."""
        if host not in self._nodes:
            self._nodes[host] = str(self._variables["hostvars"][host].get(NODE) or host.replace(".", "-"))
        return self._nodes[host]

    def _nodes_of(self, one: Behind, hosts: t.Sequence[str]) -> list[str]:
        """Return the names of the hosts in Consul; refuse, for a writer, those that DNS can't be asked for."""
        nodes = {host: self._node(host) for host in hosts}
        for host, node in nodes.items() if one.gateway.write_one else ():
            if not NAME.fullmatch(node) or node.lower() in PROTOCOLS:
                raise Failure(
                    f"{one.path}: {KEY}.tcp.write: one finds the instance of {host} by the tag {node!r}, which Consul's"
                    f" DNS can't be asked for; name that node with letters, digits and hyphens, and set {NODE} to it"
                )
        return list(nodes.values())


def behind(files: FleetFiles, path: Path, sources: Sources, hosts: t.Sequence[str]) -> Behind | None:
    """Return what a service file says of the gateway, None where it says nothing; refuse what cannot be."""
    given = files.rendered(sources[1].get(KEY)) or {}
    problems = list(wrong_values(given, schema()[KEY], KEY))
    if problems:
        raise Failure("\n".join(problems))
    gateway = Gateway.from_options(given)
    if gateway is None:
        return None
    one = hosts[:1]  # stands for all: their ports may differ, what they are called in Consul does not
    port = files.raw(PORT, sources, one)
    entries = files.raw(LONG, sources, one) if port is None else [{"name": path.stem, "port": port}]
    entry = _registration(gateway, path.stem, entries if isinstance(entries, list) else [])
    registered = str(files.rendered(entry.get("name") or path.stem))
    if not NAME.fullmatch(registered):
        raise Failure(f"{KEY}: Consul's DNS can't be asked for {registered!r}; use letters, digits and hyphens alone")
    if gateway.write_one:
        _refuse_several(files.value(INSTANCES, sources, one), entry)
    return Behind(str(path), gateway, registered)


def refuse_conflicts(services: t.Sequence[Behind], own_port: t.Any) -> None:
    """Refuse two services at the same name and path, or at the same port of the gateway, with all of them at once.

    ``own_port``: the ``service_port`` of the service whose template asks, where the gateway listens for HTTP.
    """
    problems, owners = [], dict[str, Behind]()
    for one in services:
        gateway = one.gateway
        if gateway.listen and gateway.listen == own_port:
            problems.append(f"{one.path}: {KEY}.tcp.listen: {own_port} is the gateway's own port of HTTP; change one")
        claims = [f"{KEY}.http: {name}{gateway.path}" for name in gateway.names] or [
            f"{KEY}.tcp.listen: {gateway.listen}"
        ]
        for claim in claims:
            owner = owners.setdefault(claim, one)
            if owner is not one:
                problems.append(f"{one.path}: {claim} is that of {owner.path} too; change one of them")
    if problems:
        raise Failure("\n".join(problems))


def _registration(gateway: Gateway, service: str, entries: list[t.Any]) -> Result:
    """Return the registration by which the gateway finds the instances, as it is written."""
    known = {str(entry.get("name") or service): entry for entry in entries if isinstance(entry, dict)}
    wanted = gateway.registration
    if wanted is None and len(known) == 1:
        return next(iter(known.values()))
    if wanted is None:
        if not known:
            raise Failure(f"{KEY}: the gateway finds instances by Consul; give service_port, or {LONG}")
        raise Failure(f"{KEY}.registration: is missing, and the service has {', '.join(sorted(known))} in Consul")
    if wanted not in known and not any(map(is_template, known)):
        raise Failure(f"{KEY}.registration: the service has no {wanted} in Consul; {nearest(wanted, tuple(known))}")
    return known.get(wanted, {"name": wanted})


def _refuse_several(instances: t.Any, entry: Result) -> None:
    """Refuse, for a writer, several instances of a host, and those that DNS cannot tell apart by their nodes."""
    if instances not in (None, 1) or isinstance(entry.get("port"), list):
        raise Failure(
            f"{KEY}.tcp.write: one needs a single instance on each host at any time; leave out {INSTANCES}, and the"
            " second port of service_rollout.start_first"
        )
    if "node.name" not in str(entry.get("tags")):
        raise Failure(
            f"{KEY}.tcp.write: one finds the instance of each host by a tag; write {LONG} with"
            f' tags: ["{TAG}"] in the entry {entry.get("name") or "of the service"}'
        )
