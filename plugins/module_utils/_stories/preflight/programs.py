# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a service file names and that are not there, in the image or in the container that runs."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import first_command
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import lies_in, mount_targets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.programs import (
    Program,
    programs_asked_before,
    programs_of_new_containers,
)
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


def missing_in_image(
    inside: Inside, wanted: InstanceSpec, image: Image, shadowed: t.Collection[str]
) -> t.Iterator[str]:
    """Yield a sentence for each program that is not in the image. What mounts bring is not judged."""
    options = wanted.container.options
    words = first_command(options, image)
    first = [Program(_option_of_program(options, image), words[0])] if words else []
    for program in (*first, *programs_of_new_containers(wanted)):
        yield from _missing(inside, program, options, image, shadowed, "in the image", "correct the path or the image")


def missing_in_running(host: Host, wanted: InstanceSpec, found: ObservedInstance, action: str) -> t.Iterator[str]:
    """Yield a sentence for each program that the container which runs is to run, and does not have.

    Where it stays it is also the one that all others run in, and its image theirs.
    """
    if not found.current or found.current.state != "running":
        return
    taken_out = action in ("replace", "restart") and concern(found)
    programs = programs_asked_before(wanted) if taken_out else []
    if action != "replace":
        programs += programs_of_new_containers(wanted)
    running = host.docker.inspect(found.current.id) if programs else None
    if not running:
        return
    inside = Inside(host, found.current.id, tuple(mount["Destination"] for mount in running["Mounts"]))
    shadowed = (*inside.mounted, *(running["HostConfig"].get("Tmpfs") or ()), *mount_targets(wanted.container.options))
    for program in programs:
        where = f"in the container that runs, {wanted.container.name}"
        yield from _missing(inside, program, {}, running["Config"], shadowed, where, "correct it")


def _missing(
    inside: Inside,
    program: Program,
    options: dict[str, t.Any],
    image: Image,
    shadowed: t.Collection[str],
    where: str,
    mend: str,
) -> t.Iterator[str]:
    places = _places(program.word, options, image)
    if any(lies_in(place, shadowed) for place in places):
        return
    found = []
    for place in places:
        at = inside.host.docker.at(inside.container, place)
        if at and (lies_in(at.path, shadowed) or (at.is_executable and not at.is_folder)):
            return
        found += [at] if at else []
    what = "is not an executable file" if found else "is not there"
    looked = f" (looked in {', '.join(os.path.dirname(place) for place in places)})" if "/" not in program.word else ""
    yield f"{program.key}: {program.word} {what} {where}{looked}; {mend}"


def _places(word: str, options: dict[str, t.Any], image: Image) -> list[str]:
    """Where the program is looked for: a path from the working directory, a name in PATH."""
    folder = str(options.get("working_dir") or image.get("WorkingDir") or "/")
    if "/" in word:
        return [os.path.normpath(os.path.join(folder, word))]
    of_image = dict(entry.partition("=")[::2] for entry in image.get("Env") or ())
    path = {**of_image, **(options.get("environment") or {})}.get("PATH") or PATH
    return [os.path.normpath(os.path.join(folder, part, word)) for part in path.split(":") if part]


def _option_of_program(options: dict[str, t.Any], image: Image) -> str:
    if options.get("entrypoint"):
        return "service_container.entrypoint"
    has_own = image.get("Entrypoint") and options.get("entrypoint") is None
    return "service_container.command" if options.get("command") and not has_own else "service_image"
