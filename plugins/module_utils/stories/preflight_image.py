# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image asks of its host: room on the disk before it is pulled, and users that it has."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils.clients import host_files, registry
from ansible_collections.longshore.fleet.plugins.module_utils.clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.container import ONE_OFF, one_off_of
from ansible_collections.longshore.fleet.plugins.module_utils.resources.wanted import Wanted
from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host, refuse_foreign

MB = 1024 * 1024
# Until a layer is unpacked both its forms lie on the disk, and unpacked it is no smaller than packed.
FORMS = 2


def too_little_room(host: Host, wanted: Wanted) -> t.Iterator[str]:
    """Where the image is to be pulled and surely does not fit; a registry that tells no size is no problem."""
    reference = wanted.container.reference
    if not reference or not host.docker.host.startswith("unix:") or host.docker.image(reference):
        return
    layers = registry.layers(reference, host.docker.architecture())
    root = host.docker.root()
    free = host_files.free_bytes(root)
    if layers is None or free is None:
        return
    there = host.docker.layers()
    needed = FORMS * sum(layer.size for layer in layers if layer.diff_id not in there)
    if needed > free:
        yield (
            f"{root} has {free // MB} MB free, and {reference} needs {needed // MB} MB or more; make room on this host"
            " (docker system df shows what takes it)"
        )


def unknown_users(host: Host, wanted: Wanted) -> t.Iterator[str]:
    """Names of users and groups that the image, which is there, does not have: the container would not start."""
    options = wanted.container.options
    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    if image is None:
        return
    user, _colon, group = str(options.get("user") or image["Config"].get("User", "")).partition(":")
    groups = [str(name) for name in (group, *(options.get("group_add") or ()))]
    wanted_names = {"/etc/passwd": [user], "/etc/group": groups}
    asked = {f: [n for n in names if n and not n.isdecimal() and n != "root"] for f, names in wanted_names.items()}
    if not any(asked.values()):
        return
    with contextlib.suppress(Failure):
        lists = _lists(host, wanted)
        for file, names in asked.items():
            known = {line.partition(":")[0] for line in lists[file].splitlines()}
            for name in (name for name in names if name not in known):
                kind = "user" if file == "/etc/passwd" else "group"
                yield (
                    f"service_container: the image has no {kind} {name} (in its {file}), so the container would not"
                    " start; name one that is there, or give its number"
                )


def _lists(host: Host, wanted: Wanted) -> dict[str, str]:
    """The image's own lists of users and groups, read from a container that never runs."""
    name = one_off_of(wanted.container.name, "preflight")
    refuse_foreign(host, wanted.container.name, name)
    host.docker.remove(name)
    options = {"command": ["true"], "network_mode": "none", "labels": {ONE_OFF: wanted.container.name}}
    arguments = create_arguments(options, host.docker.api_version)
    container = host.docker.create(**{**arguments, "image": wanted.container.reference, "name": name})
    try:
        return {file: host.docker.read_file(container, file) for file in ("/etc/passwd", "/etc/group")}
    finally:
        host.docker.remove(container)
