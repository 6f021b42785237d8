# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is packed, read and told dirty of real repositories; how it is shipped is shown by the target code."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.clients.git import Repository
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.artefact import Source, pack
from ansible_collections.longshore.fleet.plugins.module_utils.stories.code import source_of

NAMED = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always")
WEB = "code/web"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *NAMED, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def commit(folder: Path, **files: str) -> str:
    write(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Some")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A repository with the fleet's files and, in a folder of its own, a service's code."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(folder, {"hosts.yml": "fleet", "requirements.txt": "ansible", f"{WEB}/requirements.txt": "flask"})
    commit(folder)
    return folder


def packed(repository: Repository, tree: str) -> dict[str, str]:
    """The files of the archive, path to text."""
    with repository.archive(tree) as archive, tarfile.open(fileobj=archive) as tar:
        files = {member.name: tar.extractfile(member) for member in tar.getmembers() if member.isreg()}
        return {name: file.read().decode() for name, file in files.items() if file}


@pytest.mark.parametrize(
    ("folder", "files", "text"),
    [
        pytest.param("", ["code/web/requirements.txt", "hosts.yml", "requirements.txt"], "ansible", id="all of it"),
        pytest.param(WEB, ["requirements.txt"], "flask", id="a folder of it"),
    ],
)
def test_the_files_that_are_packed_are_those_that_are_read(
    fleet: Path, folder: str, files: list[str], text: str
) -> None:
    repository = Repository(str(fleet / folder))
    content = packed(repository, "HEAD")
    assert sorted(content) == files
    assert content["requirements.txt"] == repository.file("HEAD", "requirements.txt").decode() == text


def test_a_repository_elsewhere_has_no_folder(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(fleet.parent))
    repository = Repository(f"file://{fleet}")
    head = repository.commit("main")
    assert repository.file(head, "requirements.txt") == b"ansible"
    assert repository.submodules(head) == repository.uncommitted(head) == []


def test_what_changes_elsewhere_makes_no_folder_dirty(fleet: Path) -> None:
    repository = Repository(str(fleet / WEB))
    write(fleet, {"hosts.yml": "changed", "new": "one"})
    head = git(fleet, "rev-parse", "HEAD")
    assert source_of(repository, "HEAD", allow_dirty=False)[0].content == head
    write(fleet, {f"{WEB}/page": "new"})
    source, tree = source_of(repository, "HEAD", allow_dirty=True)
    assert packed(repository, tree) == {"requirements.txt": "flask", "page": "new"}
    write(fleet, {"hosts.yml": "changed again"})
    assert source_of(repository, "HEAD", allow_dirty=True) == (source, tree)


def test_the_commit_is_the_identity_of_a_folder_too(fleet: Path) -> None:
    repository = Repository(str(fleet / WEB))
    before = source_of(repository, "HEAD", allow_dirty=False)[0].content
    after = commit(fleet, new="one")
    assert source_of(repository, "HEAD", allow_dirty=False)[0].content == after != before


def test_submodules_beside_a_folder_are_none_of_it(fleet: Path) -> None:
    for folder in ("beside", f"{WEB}/inner"):
        git(fleet, "submodule", "--quiet", "add", "./.git", folder)
    head = commit(fleet)
    assert Repository(str(fleet)).submodules(head) == ["beside", f"{WEB}/inner"]
    assert Repository(str(fleet / WEB)).submodules(head) == ["inner"]


@pytest.mark.parametrize("filter_of_lfs", ["smudge", "process"])
def test_pointers_of_lfs_stay_pointers_where_it_is_installed(fleet: Path, filter_of_lfs: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    write(fleet, {".gitattributes": "large filter=lfs\n"})
    head = commit(fleet, large=pointer)
    # What stands in for git-lfs: it gives other bytes, or is none.
    git(fleet, "config", f"filter.lfs.{filter_of_lfs}", "echo the file itself")
    git(fleet, "config", "filter.lfs.required", "true")
    repository = Repository(str(fleet))
    assert packed(repository, head)["large"] == pointer
    with repository.archive(head) as archive, pytest.raises(Failure, match="large is kept by Git LFS"):
        pack(Source(head, head, head, 0), archive, "web:test")
