# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new container mounts of the host: sources that are missing, and those that will surprise."""

from __future__ import annotations

import contextlib
import glob
import os
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import binds
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.shared_folders import safe_files_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# As much as the container's own logs may take, which rotate by default.
LARGE = 90 * 1024 * 1024
SHOWN = 3


def missing_sources(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a problem for each bind mount whose source is missing: Docker would make an empty folder, or refuse."""
    made = [os.path.normpath(directory.path) + "/" for directory in wanted.directories]
    made += [f"{wanted.code.path}/"] if wanted.code else []
    for bind in binds(wanted.container.options):
        source = os.path.normpath(bind.source)
        if not os.path.exists(source) and not any(path.startswith(f"{source}/") for path in made):
            yield (
                f"service_container.{bind.option}: {bind.source} is not there on this host;"
                " list it in service_directories, or make it first"
            )


def planted_sources(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a sentence for each source to which a symlink leads that a container may have made.

    The engine follows it, as root, and the new container would get whatever of the host another one has chosen.
    """
    found = binds(wanted.container.options)
    if not found:
        return
    files = safe_files_of(host.docker, [bind.source for bind in found if not bind.read_only])
    for bind in found:
        try:
            with contextlib.suppress(OSError):  # what is not there is found by missing_sources
                files.refuse_links(os.path.normpath(bind.source))  # as the engine takes it
        except Failure as failure:
            yield f"service_container.{bind.option}: {failure}"


def surprising_sources(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a warning for each bind mount that works now and will not later, such as a single socket."""
    for bind in binds(wanted.container.options):
        where = f"service_container.{bind.option}: {bind.source}"
        below = host_files.mounts_below(bind.source) if not bind.sees_later_mounts else []
        if host_files.is_socket(bind.source):
            yield (
                f"{where} is a single socket: when the other side starts anew and makes another, the container keeps"
                " the dead one; mount the folder that holds it"
            )
        elif below:
            more = ", ..." if len(below) > SHOWN else ""
            yield (
                f"{where} has mounts below it ({', '.join(below[:SHOWN])}{more}): the container sees them as they are"
                " at its start, and none that comes or goes later; rslave as its propagation changes that"
            )


def growing_logs(wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield a warning for logs that are not the engine's business, and for those that it throws away."""
    if (wanted.container.options.get("log_config") or {}).get("type") == "none":
        yield "service_container.log_config: with the type none a failed gate can't show the container's last lines"
    for bind in binds(wanted.container.options):
        for path in host_files.large_logs(bind.source, LARGE):
            if not host_files.mentioned_in(["/etc/logrotate.conf", *glob.glob("/etc/logrotate.d/*")], bind.source):
                size = os.stat(path).st_size // (1024 * 1024)
                yield (
                    f"{path} has {size} MB, and no file of /etc/logrotate.d speaks of {bind.source}: unless the"
                    " service rotates it itself, it grows until the disk is full"
                )
