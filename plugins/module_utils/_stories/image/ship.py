# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stories of the module image: one of our own is built, pushed or asked for; one built elsewhere is asked for."""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.longshore.fleet.plugins.module_utils._clients.context_files import context_paths
from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import repository_of
from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.build import Build, build_args
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile import Dockerfile
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.dockerfile_checks import (
    refuse_wrong_dockerfile,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.fleet_key import (
    left_out,
    without_fleet_keys,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import repository_in

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images

LABEL = "longshore.content"
VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Image:
    """An image of our own: its repository, how it is built, and the tag that people read."""

    repository: str
    build: Build
    version: str | None
    warnings: tuple[str, ...] = ()

    @property
    def by_content(self) -> str:
        return f"{self.repository}:{self.build.content}"

    @property
    def by_version(self) -> str:
        return f"{self.repository}:{self.version}"


@dataclass(frozen=True)
class Tags:
    """What the two tags of an image stand for: IDs on an engine, digests in a registry; None where there is nothing."""

    content: str | None
    version: str | None


def own_image(images: Images, params: dict[str, t.Any]) -> Image:
    """Return the image that the module's options describe. Reads the whole context and asks for the base images."""
    # An image that is only built stays on this engine, under whatever name.
    local = params.get("state") == "built" and not params["registry"]
    repository = params["name"] if local else repository_in(params["registry"], params["name"], "service_image.name")
    root, dockerfile = Path(params["context"]), os.path.normpath(params["dockerfile"])
    version = params["version"]
    if version is not None and not VERSION.fullmatch(version):
        raise Failure(f"version: {version!r} cannot be a tag; use letters, digits, '_', '.' and '-', 128 at most")
    args = build_args(params["args"])
    text, where = _dockerfile_text(root, dockerfile), str(root / dockerfile)
    read = Dockerfile.from_text(text, args, images.platform(), where)
    paths, keys = without_fleet_keys(context_paths(root, dockerfile))
    context = Context.read(root, paths, _of_code(params.get("code")), hidden=[dockerfile])
    refuse_wrong_dockerfile(read, context, params["target"], where)
    build = Build(
        context=context,
        dockerfile=dockerfile,
        bases={base: _base_digest(images, base, root / dockerfile) for base in read.bases},
        buildkit=read.buildkit,
        args=args,
        target=params["target"],
        network=params["network"],
        timeout=seconds(params["timeout"], "service_image.timeout"),
    )
    return Image(repository, build, version, tuple(left_out(keys, f"service_image.context: {root}")))


def built(images: Images, image: Image, check: bool) -> Result:
    """Build the image where this engine has none of its content; no registry is asked for it."""
    before = _on_engine(images, image)
    build = before.content is None
    move = image.version is not None and (build or before.version != before.content)
    identity = before.content
    if not check:
        if build:
            identity = _build(images, image)
        if move:
            images.tag(image.by_content, image.repository, str(image.version))
    return _result(image, before, identity, reference=identity, build=build, push=False, move=move)


def pushed(images: Images, image: Image, check: bool) -> Result:
    """Push the image to its registry; it is built only if neither the registry nor this engine has it."""
    before = _in_registry(images, image)
    push = before.content is None
    build = push and images.local_id(image.by_content) is None
    move = image.version is not None and (push or before.version != before.content)
    digest = before.content
    if not check:
        if build:
            _build(images, image)
        if push:
            digest = images.push(image.repository, image.build.content)
        if move:
            _move_version(images, image, f"{image.repository}@{digest}")
    reference = f"{image.repository}@{digest}" if digest else None
    return _result(image, before, digest, reference, build=build, push=push, move=move)


def resolved(images: Images, image: Image) -> Result:
    """Return what hosts would run: the image must be in its registry already."""
    digest = images.registry_digest(image.by_content)
    if digest is None:
        raise Failure(
            f"{image.by_content} is not in the registry: {image.build.context.root} as it is now was never shipped."
            " Run ship.yml, which builds and pushes it."
        )
    tags = Tags(digest, digest if image.version else None)
    return _result(image, tags, digest, f"{image.repository}@{digest}", build=False, push=False, move=False)


def built_elsewhere(images: Images, origin: str, version: str | None) -> Result:
    """Return an image that others build and push: only its digest is asked for."""
    digest = images.registry_digest(origin)
    if digest is None:
        raise Failure(f"from: {origin} is not in its registry. Correct the reference, or push the image first.")
    repository = repository_of(origin)
    tag = origin.partition("@")[0].removeprefix(repository).removeprefix(":")
    return {
        "changed": False,
        "content": digest,
        "reference": f"{repository}@{digest}",
        "version": version or tag or None,
        "built": False,
        "pushed": False,
        "actions": [],
        "diff": {"before": {origin: digest}, "after": {origin: digest}},
    }


def _of_code(options: dict[str, t.Any] | None) -> dict[str, bytes]:
    """Return files that the image takes from a commit of the code, path to content."""
    if not options:
        return {}
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.git import Repository

    keys = without_fleet_keys(options["files"])[1]
    if keys:
        raise Failure(f"service_image.from_code: {', '.join(keys)} never leaves the controller; remove it")
    repository = Repository(options["repository"])
    # Of files that are not committed, the content names the tree behind the commit.
    tree = options["content"].rpartition("-")[2]
    return {path: repository.file(tree, path) for path in options["files"]}


def _dockerfile_text(root: Path, dockerfile: str) -> str:
    if not root.is_dir():
        raise Failure(f"context: {root} is not a folder. Correct the path.")
    if os.path.isabs(dockerfile) or dockerfile.startswith(".."):
        raise Failure(f"dockerfile: {dockerfile} is not below the context {root}. Write its path from there.")
    try:
        return (root / dockerfile).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Failure(f"dockerfile: {root / dockerfile} cannot be read ({error.strerror}).") from error


def _base_digest(images: Images, base: str, dockerfile: Path) -> str:
    """Return what identifies a base image: the digest it is pinned to, the one this engine has, the registry's."""
    _name, _at, pinned = base.partition("@")
    digest = pinned or images.local_digest(base)
    if digest:
        return digest
    try:
        digest = images.registry_digest(base)
    except Failure as failure:
        raise Failure(f"{dockerfile} starts from {base}, which this engine does not have. {failure}") from failure
    if digest is None:
        raise Failure(f"{dockerfile} starts from {base}, which neither this engine nor its registry has. Correct FROM.")
    return digest


def _on_engine(images: Images, image: Image) -> Tags:
    version = images.local_id(image.by_version) if image.version else None
    return Tags(images.local_id(image.by_content), version)


def _in_registry(images: Images, image: Image) -> Tags:
    version = images.registry_digest(image.by_version) if image.version else None
    return Tags(images.registry_digest(image.by_content), version)


def _build(images: Images, image: Image) -> str:
    images.build(image.build, image.by_content, {LABEL: image.build.content})
    identity = images.local_id(image.by_content)
    if identity is None:
        raise Failure(f"The build of {image.by_content} ended well, yet the engine does not have the image.")
    return identity


def _move_version(images: Images, image: Image, pinned: str) -> None:
    """Put the readable tag on what the registry has, which may have been built on another machine."""
    if images.local_id(pinned) is None:
        images.pull(pinned)
    images.tag(pinned, image.repository, str(image.version))
    images.push(image.repository, str(image.version))


def _result(
    image: Image, before: Tags, identity: str | None, reference: str | None, build: bool, push: bool, move: bool
) -> Result:
    """Return the result; ``identity``: what the tags stand for at the end, None where only a build will tell."""
    after = identity or f"known after the {'push' if push else 'build'}"
    tags = {image.by_content: before.content}
    if image.version is not None:
        tags[image.by_version] = before.version
    planned = {
        f"build {image.by_content}": build,
        f"push {image.by_content}": push,
        f"tag {image.by_content} as {image.version}": move,
    }
    return {
        "changed": build or push or move,
        "content": image.build.content,
        "reference": reference,
        "version": image.version,
        "built": build,
        "pushed": push,
        "actions": [action for action, is_needed in planned.items() if is_needed],
        "diff": {"before": tags, "after": dict.fromkeys(tags, after)},
        "warnings": list(image.warnings),
    }
