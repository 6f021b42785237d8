# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sidecar: a container beside the main one of an instance, with which it starts, passes its gate and goes back."""

from __future__ import annotations

import hashlib
import json
import posixpath
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import FILE, SIDECAR, checked_options
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import Container
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import RESERVED, sidecar_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.ports import published
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile, host_files
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import command_of, text

BEFORE, AFTER = "before", "after"
KEY = "service_sidecars"
NAME = text("the name of a sidecar, of small letters, digits and -", "nginx", "[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?")
# What is done about a file that has changed is the same for all: its sidecar is replaced.
OF_FILE = {name: option for name, option in FILE.items() if name != "on_change"}
Options = dict[str, t.Any]


@dataclass(frozen=True)
class Sidecar:
    """A sidecar as it is wanted.

    ``start``: before or after the main container; ``ready``: the words of a command; ``once``: it runs to its end,
    before the main container starts; ``alone``: it is replaced by itself.
    """

    name: str
    container: Container
    files: tuple[HostFile, ...] = ()
    start: str = AFTER
    ready: tuple[str, ...] = ()
    once: bool = False
    alone: bool = False

    @property
    def mark(self) -> Options:
        """Return what the main container's label says of it: of one that is replaced by itself, not what it is."""
        settings = {key: value for key, value in self.container.sidecar.items() if key != "place"}
        made = [self.container.content, self.container.compared, settings]
        digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:12]
        return {"once": self.once, "alone": self.alone, "digest": "" if self.alone else digest}


def sidecars_of(params: Options) -> tuple[Sidecar, ...]:
    """Return the sidecars of the options of ``launch``, in the order of the service file."""
    entries, images = params["wanted"].get("sidecars") or {}, (params["image"] or {}).get("sidecars") or {}
    found = []
    for place, (name, given) in enumerate(entries.items()):
        where = f"{KEY}.{name}"
        refuse_wrong_name(name)
        if not isinstance(given, dict):
            raise Failure(f"{where}: expected a mapping with its image and container, got {given!r}")
        options = checked_options({where: given}, where, SIDECAR)
        refuse_unfit(options, where)
        image = images.get(name)
        if not image:
            raise Failure(f"{where}.image: is not known on this host; deploy again, which looks for it in its registry")
        found.append(_sidecar(params, name, place, options, image))
    refuse_shared_ports(params["name"], params["wanted"]["container"], entries)
    return tuple(found)


def _sidecar(params: Options, name: str, place: int, options: Options, image: Options) -> Sidecar:
    where = f"{KEY}.{name}"
    files = sidecar_files(options["files"], where)
    ready = command_of(options["ready"], f"{where}.ready") if options["ready"] else ()
    start = BEFORE if options["once"] else options["start"] or AFTER
    settings = {
        **{"name": name, "place": place, "start": start, "ready": list(ready)},
        **{"once": options["once"], "alone": options["alone"], "files": {file.path: file.digest for file in files}},
    }
    own = options["container"]
    compared = options["container_without_peers"]
    policy = {"restart_policy": {"Name": "no"}} if options["once"] else {}
    container = Container(
        name=sidecar_of(params["name"], name),
        service=params.get("service") or params["name"],
        reference=image.get("reference") or "",
        content=image["content"],
        version=image.get("version") or "",
        options=normalised({**own, **policy}, f"{where}.container"),
        compared=normalised({**(own if compared is None else compared), **policy}, f"{where}.container"),
        secrets={},
        registrations=[],
        instance=params["name"],
        sidecar=settings,
    )
    return Sidecar(name, container, files, start, ready, options["once"], options["alone"])


def refuse_wrong_name(name: t.Any) -> None:
    """Refuse a name that no container can have, or that Longshore gives to one of the main container's own."""
    NAME.refuse(name, KEY)
    if RESERVED.search(sidecar_of("", name)):
        raise Failure(f"{KEY}.{name}: Longshore names containers like that while it replaces; take another name")


def refuse_unfit(options: Options, where: str) -> None:
    """Refuse keys that do not go together."""
    if options.get("once") and options.get("ready"):
        raise Failure(f"{where}.ready: one with once is ready when it has ended; remove ready, or once")
    if options.get("once") and options.get("start") == AFTER:
        raise Failure(f"{where}.start: one with once ends before the main container starts; remove start, or once")
    if options.get("once") and options.get("alone"):
        raise Failure(f"{where}.alone: one with once runs where the instance is replaced; remove alone, or once")


def sidecar_files(entries: t.Sequence[t.Any], where: str) -> tuple[HostFile, ...]:
    """Return the files of a sidecar, as ``service_files`` without ``on_change``."""
    checked = []
    for number, entry in enumerate(entries):
        key = f"{where}.files[{number}]"
        if isinstance(entry, dict) and "on_change" in entry:
            raise Failure(f"{key}.on_change: a changed file always replaces its sidecar; remove on_change")
        checked.append({**checked_options({key: entry}, key, OF_FILE), "on_change": "none"})
    return host_files(checked, f"{where}.files")


def refuse_shared_ports(instance: str, container: t.Any, entries: t.Mapping[str, Options]) -> None:
    """Refuse a port of the host that two containers of one instance publish."""
    own = {f"{KEY}.{name}.container": entry.get("container") for name, entry in entries.items()}
    named = {"service_container": container, **own}
    owners: dict[tuple[int, str], str] = {}
    for key, options in named.items():
        for port in published(options if isinstance(options, dict) else {}):
            other = owners.setdefault((port.number, port.protocol), key)
            if other != key:
                raise Failure(
                    f"{key}.ports: port {port.number} of the host is that of {other}.ports of {instance} too; give one"
                    " of them another port"
                )


def refuse_shared_files(files: t.Sequence[HostFile], sidecars: t.Iterable[Sidecar]) -> None:
    """Refuse a file of the host that two containers of one instance would write; ``files``: those of the main one."""
    owners = {posixpath.normpath(file.path): "service_files" for file in files}
    for sidecar in sidecars:
        key = f"{KEY}.{sidecar.name}.files"
        for file in sidecar.files:
            other = owners.setdefault(posixpath.normpath(file.path), key)
            if other != key:
                raise Failure(
                    f"{key}: {file.path} is a file of {other} too; remove one of them, or give it another path"
                )
