# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the image's own files can tell: its users, its programs, and what lies where something is to be mounted."""

from __future__ import annotations

import contextlib
import os
import posixpath
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import first_command
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.exec_size import too_large
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import (
    binds,
    lies_in,
    mount_targets,
    mounts_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.programs import (
    Inside,
    missing_in_image,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.trial_container import trial
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

INSIDE = "users, programs and what lies below mounts"

Image = dict[str, t.Any]


def problems_inside(host: Host, wanted: InstanceSpec, check: bool) -> tuple[list[str], str]:
    """Return problems, and what could not be looked at, '' for nothing: check mode makes no container to look into."""
    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    if image is None:
        return [], f"{INSIDE} (the image is not on this host yet)"
    with _inside(host, wanted, image, check) as inside:
        if inside is None:
            return [], f"{INSIDE} (no container of this image runs on this host)"
        options = wanted.container.options
        shadowed = (*inside.mounted, *mount_targets(options), *secrets.files(wanted.secrets))
        return [
            *unknown_users(inside, options, image["Config"], shadowed),
            *unusable_working_dir(inside, options, shadowed),
            *missing_in_image(inside, wanted, image["Config"], shadowed),
            *mounts_that_do_not_fit(inside, wanted),
        ], ""


@contextlib.contextmanager
def _inside(host: Host, wanted: InstanceSpec, image: Image, check: bool) -> t.Iterator[Inside | None]:
    if not check:
        with trial(host, wanted, {"entrypoint": [], "command": ["true"], "network_mode": "none"}) as container:
            yield Inside(host, container, ())
        return
    running = (c for c in host.docker.containers() if c["ImageID"] == image["Id"] and c["State"] == "running")
    found = next(running, None)
    mounted = tuple(mount["Destination"] for mount in found["Mounts"]) if found else ()
    yield Inside(host, found["Id"], mounted) if found else None


def unknown_users(
    inside: Inside, options: dict[str, t.Any], image: Image, shadowed: t.Collection[str]
) -> t.Iterator[str]:
    """Yield a sentence for each name of a user or group that the image does not have."""
    user, _colon, group = str(options.get("user") or image.get("User") or "").partition(":")
    asked = [("user", "/etc/passwd", user), ("user", "/etc/group", group)]
    asked += [("group_add", "/etc/group", str(name)) for name in options.get("group_add") or ()]
    for option, file, name in asked:
        if not name or name.isdecimal() or name == "root" or lies_in(file, shadowed):
            continue
        lines = inside.host.docker.read_file(inside.container, file).splitlines()
        if name not in {line.partition(":")[0] for line in lines}:
            kind = "user" if file == "/etc/passwd" else "group"
            yield (
                f"service_container.{option}: the image has no {kind} {name} (in its {file}), so the container would"
                " not start; name one that is there, or give its number"
            )


def unusable_working_dir(inside: Inside, options: dict[str, t.Any], shadowed: t.Collection[str]) -> t.Iterator[str]:
    """Yield a sentence where the working directory is a file, or below one; one that is missing the engine makes."""
    path = str(options.get("working_dir") or "")
    file = _file_on_the_way(inside, path) if path and not lies_in(path, shadowed) else ""
    if file:
        yield f"service_container.working_dir: the image has a file at {file}; name a folder"


def _file_on_the_way(inside: Inside, path: str) -> str:
    """Return the path, or the nearest one above it, that is a file in the image; empty for none."""
    at = inside.host.docker.at(inside.container, path)
    while at is None and path.strip("/"):
        path = posixpath.dirname(path.rstrip("/"))
        at = inside.host.docker.at(inside.container, path)
    return path if at and not at.is_folder else ""


def mounts_that_do_not_fit(inside: Inside, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each file that would be mounted over a folder of the image, and the other way round.

    Nothing can be mounted below a file either.
    """
    options = wanted.container.options
    made = [directory.path for directory in wanted.directories]
    mounted = [(f"service_secrets.{path}", path, False) for path in secrets.files(wanted.secrets)]
    mounted += [
        (f"service_container.{bind.option}", bind.target, os.path.isdir(bind.source) or bind.source.rstrip("/") in made)
        for bind in binds(options)
        if os.path.exists(bind.source) or bind.source.rstrip("/") in made
    ]
    mounted += [(f"service_container.{m.option}", m.target, True) for m in mounts_of(options) if not m.source]
    targets = [target.rstrip("/") for _key, target, _is_folder in mounted]
    for key, target, is_folder in mounted:
        others = [other for other in targets if other != target.rstrip("/")]
        if lies_in(target, (*inside.mounted, *others)):
            continue
        at, brought = inside.host.docker.at(inside.container, target), "a folder" if is_folder else "a file"
        file = "" if at else _file_on_the_way(inside, target)
        if at and at.is_folder != is_folder:
            there = "a folder" if at.is_folder else "a file"
            yield f"{key}: {brought} cannot be mounted at {target}, where the image has {there}; give another path"
        elif file:
            yield f"{key}: {brought} cannot be mounted at {target}, as the image has a file {file}; give another path"


def too_large_to_start(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each argument or entry of the environment with which the kernel starts no program."""
    options = wanted.container.options
    image = host.docker.image(wanted.container.reference) if wanted.container.reference else None
    config = image["Config"] if image else {}
    of_image = dict(entry.partition("=")[::2] for entry in config.get("Env") or ())
    environment = {**of_image, **(options.get("environment") or {})}
    stacks = (limit for limit in options.get("ulimits") or () if (limit.get("name") or limit.get("Name")) == "stack")
    stack = next(((limit.get("soft") or limit.get("Soft")) for limit in stacks), None)
    yield from too_large(first_command(options, config), environment, secrets.environment(wanted.secrets), stack)
