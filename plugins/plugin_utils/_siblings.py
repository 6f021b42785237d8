# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several instances of a service on one host must not share, told before any of them is touched."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.ports import published

Result = dict[str, t.Any]
REGISTERED = "service_registrations (or service_port)"
COUNTED = (
    "a number in service_port counts up by itself, and service_ports: {http: 8080} gives each its own as"
    ' "{{ ports.http }}"'
)


def shared_by(wanted: dict[str, Result]) -> dict[str, list[str]]:
    """Return instance -> what it has and an instance before it has too; ``wanted``: instance -> option of launch."""
    owners: dict[tuple[str, t.Any], str] = {}
    problems: dict[str, list[str]] = {name: [] for name in wanted}
    for name, own in wanted.items():
        for what, key, remedy in _claims(own):
            owner = owners.setdefault((what, key), name)
            if owner != name:
                problems[name].append(f"{what} is that of {owner} and of {name} on the same host; {remedy}")
    return {name: list(dict.fromkeys(told)) for name, told in problems.items() if told}


def _claims(wanted: Result) -> t.Iterator[tuple[str, t.Any, str]]:
    """Yield what one instance has for itself, by the words of an error, with its remedy."""
    if wanted.get("problems"):
        return
    container = wanted.get("container") or {}
    on_host = container.get("network_mode", "bridge" if container.get("network") else "host") == "host"
    for entry in wanted.get("registrations") or ():
        if not isinstance(entry, dict):
            continue
        address, port = entry.get("address") or "", entry.get("port")
        if on_host and port is not None:
            yield f"{REGISTERED}: port {port}", address, COUNTED
        if entry.get("id") is not None:
            yield f"service_registrations.id: {entry['id']}", "", "remove it, or write {{ instance }} into it"
    for port in published(container):
        yield f"service_container.ports: port {port.number}", port, COUNTED
    yield from _of_sidecars(wanted)
    if wanted.get("code"):
        path = wanted["code"].get("path")
        yield f"service_code.path: {path}", "", "remove it, or write {{ instance }} into it"
    for file in wanted.get("files") or ():
        if isinstance(file, dict) and file.get("path"):
            yield f"service_files.path: {file['path']}", "", "write {{ instance }} into it"


def _of_sidecars(wanted: Result) -> t.Iterator[tuple[str, t.Any, str]]:
    for name, sidecar in (wanted.get("sidecars") or {}).items():
        where = f"service_sidecars.{name}"
        for port in published(sidecar.get("container") or {}):
            yield f"{where}.container.ports: port {port.number}", port, COUNTED
        for file in sidecar.get("files") or ():
            if isinstance(file, dict) and file.get("path"):
                yield f"{where}.files: {file['path']}", "", "write {{ instance }} into it"
