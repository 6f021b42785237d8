# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there of the sidecars of an instance."""

from __future__ import annotations

import contextlib
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import (
    INSTANCE,
    SIDECAR,
    SIDECARS,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import (
    next_of,
    previous_of,
    sidecar_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker


def sidecars_there(docker: Docker, instance: str, labels: t.Iterable[dict[str, str]]) -> dict[str, ObservedInstance]:
    """Return name -> what is there of it; ``labels``: those of all containers of the host."""
    own = [label[SIDECAR] for label in labels if SIDECAR in label and label.get(INSTANCE) == instance]
    names = sorted({str(json.loads(settings)["name"]) for settings in own})
    return {name: _there(docker, sidecar_of(instance, name), instance) for name in names}


def _there(docker: Docker, container: str, instance: str) -> ObservedInstance:
    names = (container, previous_of(container), next_of(container))
    current, previous, upcoming = (_own(docker, name, instance) for name in names)
    serving = current or previous
    paths = list(serving.sidecar.get("files", {})) if serving else []
    return ObservedInstance(current, previous, upcoming, {}, files=_digests(docker, paths) if paths else {})


def _own(docker: Docker, name: str, instance: str) -> FoundContainer | None:
    """Return the container of that name where it is a sidecar of the instance."""
    answer = docker.inspect(name)
    container = FoundContainer.from_inspect(answer) if answer else None
    return container if container and container.instance == instance and container.sidecar else None


def _digests(docker: Docker, paths: list[str]) -> dict[str, str]:
    """Return path -> digest of the files that are there. Imported only where a sidecar has any."""
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import digest_of

    files, found = SafeFiles(docker.writable_folders()), {}
    for path in paths:
        with contextlib.suppress(Failure):  # what lies behind a container's link is not there
            found[path] = files.read(path)
    return {path: digest_of(*kept) for path, kept in found.items() if kept}


def running_beside(docker: Docker, answer: dict[str, t.Any]) -> dict[str, str]:
    """Return name -> container of the sidecars that are to run beside a main container; ``answer``: of its inspect."""
    labels = (answer.get("Config") or {}).get("Labels") or {}
    marks = json.loads(labels.get(SIDECARS, "{}"))
    names = {name: sidecar_of(labels[INSTANCE], name) for name, mark in marks.items() if not mark["once"]}
    found = {name: _own(docker, container, labels[INSTANCE]) for name, container in names.items()}
    return {name: container.id for name, container in found.items() if container}
