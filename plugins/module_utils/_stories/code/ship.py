# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stories of the module code: a commit of a git repository is packed and pushed once, or only asked for."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.git import Repository
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.artefact import Source, pack
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.fleet_key import left_out
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import repository_in

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images

# Hex digits of a commit that people read; git's own abbreviation grows with the repository.
SHORT = 12
# Paths of a dirty tree that its error names.
SHOWN = 5

Result = dict[str, t.Any]


def source_of(repository: Repository, version: str, allow_dirty: bool) -> tuple[Source, str]:
    """Return what is to be packed, and git's name of its tree.

    Where the commit is checked out and files differ from it, they travel only if ``allow_dirty`` says so.
    """
    commit = repository.commit(version)
    short, time = commit[:SHORT], repository.time(commit)
    changed = repository.uncommitted(commit)
    if not changed:
        return Source(commit, commit, short, time), commit
    if not allow_dirty:
        listed = ", ".join(changed[:SHOWN]) + (" ..." if len(changed) > SHOWN else "")
        raise Failure(
            f"repository: {repository.where} has changes that are not committed ({listed}). Commit them, or ship the"
            " files as they are with allow_dirty."
        )
    tree = repository.tree_as_it_is()
    return Source(commit, f"{commit}-{tree}", f"{short}-dirty-{tree[:8]}", time), tree


def pushed(images: Images, repository: Repository, params: dict[str, t.Any], check: bool) -> Result:
    """Pack the code and push it to the registry, where it is not there yet."""
    source, tree = source_of(repository, params["version"], params["allow_dirty"])
    image = repository_in(params["registry"], params["name"], "service_code.name")
    by_content = f"{image}:{source.content}"
    before = digest = images.registry_digest(by_content)
    push = digest is None
    warnings: list[str] = []
    if push and not check:
        warnings = left_out(repository.fleet_keys(tree), f"service_code.repository: {repository.where}")
        _refuse_submodules(repository, tree)
        with repository.archive(tree) as archive, pack(source, archive, by_content) as packed:
            images.load(packed)
        digest = images.push(image, source.content)
    return {**_result(source, image, before, digest, push), "warnings": warnings}


def resolved(images: Images, repository: Repository, params: dict[str, t.Any]) -> Result:
    """Return what hosts would run: the code must be in the registry already."""
    result = pushed(images, repository, params, check=True)
    if result["reference"] is None:
        raise Failure(
            f"{result['version']} of {repository.where} is not in the registry: it was never shipped."
            " Run ship.yml, which packs and pushes it."
        )
    return result


def _refuse_submodules(repository: Repository, tree: str) -> None:
    submodules = repository.submodules(tree)
    if submodules:
        raise Failure(
            f"repository: {repository.where} has submodules ({', '.join(submodules)}), which git archive leaves out."
            " Copy their files into the repository (git subtree), or install them into the image."
        )


def _result(source: Source, image: str, before: str | None, digest: str | None, push: bool) -> Result:
    tag = f"{image}:{source.content}"
    return {
        "changed": push,
        "reference": f"{image}@{digest}" if digest else None,
        "content": source.content,
        "version": source.version,
        "commit": source.commit,
        "pushed": push,
        "diff": {"before": {tag: before}, "after": {tag: digest or "known after the push"}},
    }
