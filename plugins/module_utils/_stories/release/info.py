# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all that Consul's KV says of services: their releases, their locks, and what each host is doing."""

from __future__ import annotations

import base64
import contextlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable, shell_word
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import keys_read
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.lock import LockState
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import Release, ordered, parsed
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.drains import drains_from
from ansible_collections.longshore.fleet.plugins.module_utils._stories.release.history import text_of

# What a host always notes of its instance.
NOTED = ("release", "action", "when")
Nodes = dict[str, dict[str, dict[str, t.Any]]]


@dataclass
class ServiceInfo:
    """``nodes``: node -> instance -> what it last did or is doing; ``problems``: of keys that cannot be read.

    ``drains``: who has drained instances and brought them back, the newest first.
    """

    prefix: str
    current: str = ""
    releases: list[Release] = field(default_factory=list)
    lock: LockState = field(default_factory=lambda: LockState.from_entry(None))
    nodes: Nodes = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    drains: list[dict[str, str]] = field(default_factory=list)

    def to_result(self) -> dict[str, t.Any]:
        """Return it as the module does; a rollout that nobody rolls any more is shown as interrupted."""
        return {
            "prefix": self.prefix,
            "current": self.current,
            "releases": [self._release(release) for release in self.releases],
            "lock": self.lock.shown,
            "session": self.lock.session,
            "nodes": self.nodes,
            "drains": self.drains,
            "problems": self.problems,
        }

    def _release(self, release: Release) -> dict[str, t.Any]:
        result = release.to_result()
        return {**result, "state": "interrupted"} if release.interrupted(self.lock.session) else result


def read_services(
    consul: Consul, prefix: str, service: str | None = None, elsewhere: dict[str, str] | None = None
) -> dict[str, ServiceInfo]:
    """Return all services that have anything in the KV, or one. ``elsewhere``: service -> its own prefix, if any.

    One request for all that lie below ``prefix``, and one for each that has a prefix of its own; what may lie below
    ``prefix`` under its name is not it.
    """
    usual = kv_path(prefix, "service_prefix")
    own = {name: kv_path(path, f"service_prefix of {name}") for name, path in (elsewhere or {}).items()}
    if service:
        return _read_below(consul, own.get(service, usual), service)
    services = _read_below(consul, usual)
    for name, path in own.items():
        services.update(_read_below(consul, path, name) if path != usual else {})
    return services


def _read_below(consul: Consul, prefix: str, service: str = "") -> dict[str, ServiceInfo]:
    """Return all services that have anything below a prefix, or the one that is named."""
    root = f"{prefix}/services/"
    folder = f"{root}{service}".rstrip("/")
    entries = consul.get(f"kv/{folder}/", (("recurse", "true"),)) or ()
    if not entries:
        consul.refuse_hidden(f"key below {folder}/", keys_read(folder))
    services: dict[str, ServiceInfo] = {service: ServiceInfo(prefix)} if service else {}
    for entry in entries:
        name, _slash, path = entry["Key"].removeprefix(root).partition("/")
        info = services.setdefault(name, ServiceInfo(prefix))
        try:
            _put(info, path, entry)
        except Failure as failure:
            # One key that somebody has spoilt must not hide all the others.
            info.problems.append(str(failure))
    for info in services.values():
        info.releases = ordered(info.releases)
    return services


def _put(info: ServiceInfo, path: str, entry: dict[str, t.Any]) -> None:
    """Put one key of a service into its place."""
    if path == "current":
        info.current = text_of(entry)
    elif path == "lock":
        info.lock = LockState.from_entry(entry)
    elif path == "drains":
        info.drains = drains_from(entry)
    elif path.endswith("/"):
        return  # a folder, as Consul's web interface makes them
    elif path.startswith("releases/"):
        info.releases.append(Release.from_entry(entry))
    elif path.startswith("nodes/"):
        node, _slash, instance = path.removeprefix("nodes/").partition("/")
        info.nodes.setdefault(node, {})[instance] = _note(entry)


def _note(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what a host has noted of its instance."""
    with contextlib.suppress(ValueError):
        note = parsed(base64.b64decode(entry["Value"] or ""))
        if isinstance(note, dict) and all(isinstance(note.get(name), str) for name in NOTED) and _is_limit(note):
            return note
    key = entry["Key"]
    raise Failure(
        f"Consul KV: {printable(key)} is not a valid note of a host. Remove that key (consul kv delete"
        f" {shell_word(key)})."
    )


def _is_limit(note: dict[str, t.Any]) -> bool:
    return isinstance(note.get("limit", 0), (int, float))
