# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service files of a stack say of each other."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles, Sources
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_order import AFTER, PEERS, Member, owners_of

REGISTRATIONS = "service_registrations"


def member_of(files: FleetFiles, path: Path) -> Member:
    """Return what a file says of the services that come before it; its own checks come later, with all else."""
    sources = files.sources(path)
    hosts = files.hosts(sources)[:1]  # one stands for all: which services there are does not differ between hosts
    after = _rendered(files, AFTER, sources, hosts) or []
    after = [after] if isinstance(after, str) else after
    if not isinstance(after, list) or not all(isinstance(name, str) for name in after):
        raise Failure(f"{AFTER}: expected a list of services such as [mysql, redis], got {after!r}")
    peers = _rendered(files, PEERS, sources, hosts)
    registered = files.raw(REGISTRATIONS, sources, hosts)
    names = [entry.get("name") for entry in registered or () if isinstance(entry, dict)]
    return Member(
        name=path.stem,
        path=str(path),
        after=tuple(after),
        peers={key: q for key, q in peers.items() if isinstance(q, dict)} if isinstance(peers, dict) else {},
        names=tuple(name for name in names if isinstance(name, str)),
    )


def asked_peers(members: t.Iterable[Member]) -> dict[str, list[str]]:
    """Return for each service the others of the stack that it asks Consul for."""
    members = list(members)
    owners = owners_of(members)
    asked = {m.name: {owners[q["service"]] for q in m.peers.values() if q.get("service") in owners} for m in members}
    return {name: sorted(others - {name}) for name, others in asked.items()}


def _rendered(files: FleetFiles, key: str, sources: Sources, hosts: t.Sequence[str]) -> t.Any:
    try:
        return files.value(key, sources, hosts)
    except AnsibleError as error:
        raise Failure(f"{key}: {error}") from error
