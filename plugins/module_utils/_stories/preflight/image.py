# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image asks of its host before it is pulled: an engine of its architecture, and room on the disk."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files, registry
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

MB = 1024 * 1024
# Until a layer is unpacked both its forms lie on the disk, and unpacked it is no smaller than packed.
FORMS = 2


# The architecture as registries name it -> the kernel's name, and the architectures whose programs it runs as well.
MACHINES = {
    "386": "i386",
    "amd64": "x86_64",
    "arm": "arm",
    "arm64": "aarch64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
ALSO_RUNS = {"amd64": ("386",), "arm64": ("arm",)}


def misfitting_image(host: Host, wanted: InstanceSpec) -> list[str]:
    """Tell where the image is of another architecture, or surely does not fit on the disk.

    Of an image that is not here yet its registry is asked; one that tells nothing is no problem.
    """
    reference = wanted.container.reference
    if not reference:
        return []
    own, image = host.docker.architecture(), host.docker.image(reference)
    described = None if image else registry.describe(reference, own)
    found = (
        [image["Architecture"]]
        if image and image.get("Architecture")
        else list(described.architectures if described else ())
    )
    if found and not any(_runs(own, architecture) for architecture in found):
        return [
            f"service_image: the image is for {', '.join(found)}, and the Docker Engine of this host runs {own}; build"
            f" it for {own}, or deploy to other hosts"
        ]
    return too_little_room(host, reference, described.layers) if described and host.docker.is_local else []


def _runs(own: str, architecture: str) -> bool:
    """Return whether an engine runs images of an architecture: its own, one that it runs as well, or by an emulator."""
    also = architecture in ALSO_RUNS.get(own, ())
    return architecture == own or also or host_files.emulates(MACHINES.get(architecture, architecture))


def too_little_room(host: Host, reference: str, layers: t.Iterable[registry.Layer]) -> list[str]:
    """Tell where the image is to be pulled and surely does not fit."""
    root = host.docker.root()
    free = host_files.free_bytes(root)
    there = host.docker.layers()
    needed = FORMS * sum(layer.size for layer in layers if layer.diff_id not in there)
    if free is None or needed <= free:
        return []
    return [
        f"{root} has {free // MB} MB free, and {reference} needs {needed // MB} MB or more; make room on this host"
        " (docker system df shows what takes it)"
    ]
