# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of the module image_copy: an image of one repository is in another one too, under the same digest."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import repository_of
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Characters of a digest in a tag.
SHORT = 12

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Copy:
    """``source``: repository and digest; ``repository``: where it is to be too; ``tag``: what it is pushed under."""

    source: str
    repository: str
    tag: str

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Copy:
        """Return the copy that the module's options describe; ``Failure`` where the source is named by a tag."""
        source = options["source"]
        digest = source.partition("@")[2]
        if not DIGEST.fullmatch(digest):
            raise Failure(f"source: {source!r} names no digest; write it like registry.example.com/web@sha256:0f3c…")
        return cls(source, options["repository"].rstrip("/"), options["tag"] or digest.removeprefix("sha256:")[:SHORT])

    @property
    def digest(self) -> str:
        return self.source.partition("@")[2]

    @property
    def reference(self) -> str:
        return f"{self.repository}@{self.digest}"


def copied(images: Images, copy: Copy, check: bool) -> Result:
    """Pull, tag and push the image, unless the repository has it. Nothing is rebuilt: the digest stays the same."""
    if repository_of(copy.source) == copy.repository or images.registry_digest(copy.reference):
        return {"changed": False, "reference": copy.reference, "actions": []}
    tag = _free_tag(images, copy)
    actions = [f"copy {copy.source} to {copy.repository}:{tag}"]
    if check:
        return {"changed": True, "reference": None, "actions": actions}
    images.pull(copy.source)
    images.tag(copy.source, copy.repository, tag)
    digest = images.push(copy.repository, tag)
    if digest != copy.digest:
        raise Failure(
            f"{copy.source} has another digest in {copy.repository}: {digest}. The engine packs layers anew, and of an"
            " image for several platforms it has one only. Copy it as it is with a tool that does, such as"
            f" skopeo copy --all docker://{copy.source} docker://{copy.repository}:{tag}, then run again."
        )
    return {"changed": True, "reference": copy.reference, "actions": actions}


def _free_tag(images: Images, copy: Copy) -> str:
    """Return the tag; one that the repository has for another image is not moved."""
    there = images.registry_digest(f"{copy.repository}:{copy.tag}")
    return copy.tag if there is None else f"{copy.tag}-{copy.digest.removeprefix('sha256:')[:SHORT]}"
