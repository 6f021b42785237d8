# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a service file names and that are not there, in the image or in the container that runs."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import first_command
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import (
    binds,
    covering,
    lies_in,
    mount_targets,
    mounts_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.programs import (
    Program,
    programs_asked_before,
    programs_of_new_containers,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.conditions import concern
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Where programs are looked for unless the environment says otherwise, as the engine has it.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Image = dict[str, t.Any]


class Inside(t.NamedTuple):
    """A container to look into; what is mounted over its paths hides the image's own content there."""

    host: Host
    container: str
    mounted: tuple[str, ...]


class Mounts(t.NamedTuple):
    """What the new container has mounted of the host, as far as its content is known: target -> folder of the host."""

    empty: tuple[str, ...] = ()
    folders: t.Mapping[str, str] = {}

    @classmethod
    def of(cls, host: Host, wanted: InstanceSpec) -> Mounts:
        """Of the folders that are there, without those into which the launch itself writes."""
        options = wanted.container.options
        written = [file.path for file in wanted.files] + ([wanted.code.path] if wanted.code else [])
        folders = {
            bind.target.rstrip("/"): bind.source
            for bind in (binds(options) if host.docker.is_local else ())
            if os.path.isdir(bind.source) and not any(lies_in(path, [bind.source]) for path in written)
        }
        return cls(tuple(mount.target for mount in mounts_of(options) if mount.option == "tmpfs"), folders)

    def lacks(self, place: str, target: str) -> bool:
        """Return whether it is known that what is mounted at the target has no program at a place."""
        folder = self.folders.get(target.rstrip("/"))
        if folder is None:
            return target in self.empty
        return not os.path.lexists(os.path.join(folder, os.path.relpath(place, target)))


def missing_in_image(
    inside: Inside, wanted: InstanceSpec, image: Image, shadowed: t.Collection[str]
) -> t.Iterator[str]:
    """Yield a sentence for each program that is not in the image. What volumes bring is not judged."""
    options, mounts = wanted.container.options, Mounts.of(inside.host, wanted)
    words = first_command(options, image)
    first = [Program(_option_of_program(options, image), words[0])] if words else []
    for program in (*first, *programs_of_new_containers(wanted)):
        yield from _missing(
            inside, program, options, image, (shadowed, mounts), "in the image", "correct the path or the image"
        )


def missing_in_running(host: Host, wanted: InstanceSpec, found: ObservedInstance, action: Action) -> t.Iterator[str]:
    """Yield a sentence for each program that the container which runs is to run, and does not have.

    Where it stays it is also the one that all others run in, and its image theirs.
    """
    if not found.current or found.current.state != "running":
        return
    taken_out = action.takes_out and concern(found)
    programs = programs_asked_before(wanted) if taken_out else []
    if action is not Action.REPLACE:
        programs += programs_of_new_containers(wanted)
    running = host.docker.inspect(found.current.id) if programs else None
    if not running:
        return
    inside = Inside(host, found.current.id, tuple(mount["Destination"] for mount in running["Mounts"]))
    shadowed = (*inside.mounted, *(running["HostConfig"].get("Tmpfs") or ()), *mount_targets(wanted.container.options))
    for program in programs:
        where = f"in the container that runs, {wanted.container.name}"
        yield from _missing(inside, program, {}, running["Config"], (shadowed, Mounts()), where, "correct it")


def _missing(
    inside: Inside,
    program: Program,
    options: dict[str, t.Any],
    image: Image,
    covered: tuple[t.Collection[str], Mounts],
    where: str,
    remedy: str,
) -> t.Iterator[str]:
    """Yield a sentence for a program that is nowhere. ``covered``: paths where something is mounted, and what."""
    shadowed, mounts = covered
    places, found, over = _places(program.word, options, image), [], ""
    for place in places:
        target = covering(place, shadowed)
        at = None if target else inside.host.docker.at(inside.container, place)
        target = target or (covering(at.path, shadowed) if at else "")
        if target:
            if not mounts.lacks(at.path if at else place, target):
                return
            over = f", over which something is mounted at {target}"
        elif at and at.is_executable and not at.is_folder:
            return
        else:
            found += [at] if at else []
    what = "is not an executable file" if found else "is not there"
    folders = ", ".join(os.path.dirname(place) for place in places) or "no folder, as PATH is empty"
    looked = f" (looked in {folders})" if "/" not in program.word else ""
    yield f"{program.key}: {program.word} {what} {where}{over}{looked}; {remedy}"


def _places(word: str, options: dict[str, t.Any], image: Image) -> list[str]:
    """Return where the program is looked for: a path from the working directory, a name in PATH."""
    folder = str(options.get("working_dir") or image.get("WorkingDir") or "/")
    if "/" in word:
        return [os.path.normpath(os.path.join(folder, word))]
    of_image = dict(entry.partition("=")[::2] for entry in image.get("Env") or ())
    path = {**of_image, **(options.get("environment") or {})}.get("PATH", PATH)
    return [os.path.normpath(os.path.join(folder, part, word)) for part in path.split(":") if part]


def _option_of_program(options: dict[str, t.Any], image: Image) -> str:
    if options.get("entrypoint"):
        return "service_container.entrypoint"
    has_own = image.get("Entrypoint") and options.get("entrypoint") is None
    return "service_container.command" if options.get("command") and not has_own else "service_image"
