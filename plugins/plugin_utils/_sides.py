# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance rendered with each of its alternating ports: registrations of their own, and nothing that both write."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import OTHER_PORT
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import NOTATIONS, mounts_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.ports import CONNECTING, published
from ansible_collections.longshore.fleet.plugins.plugin_utils._start_first import ROLLOUT, START_FIRST

Result = dict[str, t.Any]
OWN_PORT = "write {{ service_port }} or {{ ports.NAME }} into it"


def sided(wanted: Result, alternate: Result, instance: str, shared: t.Collection[str]) -> Result:
    """Return both sides, each registration with an ID by its port; or what keeps them from running side by side.

    ``shared``: what both may write, of ``service_rollout.shared``.
    """
    problems = [*wanted.get("problems", ()), *alternate.get("problems", ())]
    problems = problems or [*_problems(wanted, alternate, shared)]
    if problems:
        told = {"problems": list(dict.fromkeys(problems))}
        return {"wanted": told, "alternate": told}
    sides = [{**side, "registrations": _entries(side)} for side in (wanted, alternate)]
    for one, other in zip(*(side["registrations"] for side in sides), strict=True):
        for entry, turn in ((one, other), (other, one)):
            if entry.get("port") and isinstance(entry.get("meta") or {}, dict):
                entry["meta"] = {**(entry.get("meta") or {}), OTHER_PORT: str(turn.get("port"))}
        ids = [_id_of(entry, instance) for entry in (one, other)]
        if ids[0] == ids[1]:
            for entry, side, identity in zip((one, other), sides, ids, strict=True):
                entry["id"] = f"{identity}-{entry.get('port') or _first_port(side)}"
    return {"wanted": sides[0], "alternate": sides[1]}


def _problems(wanted: Result, alternate: Result, shared: t.Collection[str]) -> t.Iterator[str]:
    if wanted.get("code"):
        yield f"{START_FIRST}: service_code is one folder for both containers; reload the code in place instead"
    yield from _of_registrations(_entries(wanted), _entries(alternate))
    container, other = wanted.get("container") or {}, alternate.get("container") or {}
    for port in sorted({*published(container)} & {*published(other)}):
        yield f"service_container.ports: {port.number} is published with either of the two ports; {OWN_PORT}"
    if any(not isinstance(side.get(name) or [], (list, dict)) for side in (container, other) for name in NOTATIONS):
        return  # the module tells what is wrong with it
    theirs = {source for _key, source in _writable(other)}
    for key, source in _writable(container):
        if source in theirs and source not in shared:
            yield (
                f"service_container.{key}: with {START_FIRST} both containers would write to {source} as they run side"
                f" by side; mount it read-only, {OWN_PORT}, or list it in {ROLLOUT}.shared where that does no harm"
            )
    contents = {file["path"]: file.get("content") for file in _files(alternate)}
    for file in _files(wanted):
        if contents.get(file["path"], file.get("content")) != file.get("content"):
            yield f"service_files: {file['path']} differs between the two ports, and is one file; {OWN_PORT}"


def _of_registrations(one: list[Result], other: list[Result]) -> t.Iterator[str]:
    where = "service_registrations"
    if not any(entry.get("port") for entry in one):
        yield f"{START_FIRST}: traffic finds the new container by its registered port; give {where} one of the two"
    if len(one) != len(other):
        yield f"{where}: has {len(one)} entries with one of the two ports, and {len(other)} with the other"
        return
    for number, (entry, theirs) in enumerate(zip(one, other, strict=True)):
        if entry.get("port") and str(entry["port"]) == str(theirs.get("port")):
            yield f"{where}[{number}].port: is {entry['port']} with either of the two ports; {OWN_PORT}"
        for check, their in zip(_checks(entry), _checks(theirs), strict=False):
            asked = next((kind for kind in CONNECTING if check.get(kind) and check[kind] == their.get(kind)), "")
            if asked:
                yield (
                    f"{where}[{number}].checks: {asked} asks {check[asked]} with either of the two ports, so that it"
                    f" would ask the old container of the new one; {OWN_PORT}"
                )


def _writable(options: Result) -> t.Iterator[tuple[str, str]]:
    """Yield key and source of what the container may write to that outlives it: paths of the host, named volumes."""
    for mount in mounts_of(options):
        if mount.option == "tmpfs" or mount.read_only:
            continue
        source = mount.source or _volume(options[mount.option], mount.entry)
        if source:
            yield mount.key, source


def _volume(entries: t.Any, entry: int | str) -> str:
    """Return the name of a volume; empty for one without, which each container has for itself."""
    if isinstance(entry, str):
        return entry
    value = entries[entry]
    if isinstance(value, dict):
        return str(value.get("source") or "") if value.get("type", "volume") in ("volume", "bind") else ""
    source, colon, _rest = str(value).partition(":")
    return source if colon else ""


def _id_of(entry: Result, instance: str) -> str:
    """Return the ID that a registration has by itself."""
    name = entry.get("name") or instance
    return str(entry.get("id") or (instance if name == instance else f"{instance}-{name}"))


def _first_port(side: Result) -> t.Any:
    return next(entry["port"] for entry in side["registrations"] if entry.get("port"))


def _entries(side: Result) -> list[Result]:
    return [dict(entry) for entry in side.get("registrations") or () if isinstance(entry, dict)]


def _checks(entry: Result) -> list[Result]:
    return [check for check in entry.get("checks") or () if isinstance(check, dict)]


def _files(side: Result) -> list[Result]:
    return [file for file in side.get("files") or () if isinstance(file, dict) and file.get("path")]
