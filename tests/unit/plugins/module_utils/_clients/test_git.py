# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is packed, read and told dirty of real repositories; how it is shipped is shown by the target code."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.git import Repository
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.artefact import Source, pack
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.ship import source_of

NAMED = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always")
WEB = "code/web"
# What the code of a real commit looks like to settings and filters of a machine.
TEXT = {
    ".gitattributes": "*.txt text\n*.bat text eol=crlf\n*.py ident filter=upper\n"
    "version export-subst\ndoc/ export-ignore\n",
    "a.txt": "one\ntwo\n",
    "b.bat": "one\ntwo\n",
    "c.py": "# $Id$\n",
    "version": "$Format:%H %d %(describe)$\n",
    "doc/d.txt": "not for hosts",
}


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


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home without settings of git's, and return its file of settings."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home / ".gitconfig"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Return a repository with the fleet's files and, in a folder of its own, a service's code."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(folder, {"hosts.yml": "fleet", "requirements.txt": "ansible", f"{WEB}/requirements.txt": "flask"})
    commit(folder)
    return folder


def repository_in(folder: Path, **files: str) -> str:
    """Make a repository with one commit; that commit."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return commit(folder, **files)


def packed(repository: Repository, tree: str) -> dict[str, str]:
    """Return the files of the archive, path to text."""
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


def test_a_repository_elsewhere_has_no_folder(fleet: Path) -> None:
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


@pytest.fixture
def other(tmp_path: Path) -> dict[str, str]:
    """Places of another repository, by what stands for them in a case."""
    repository_in(tmp_path / "other", who="other")
    git(tmp_path, "clone", "--quiet", "--bare", "other", "other.git")
    (tmp_path / "attributes").write_text("* export-ignore")
    (tmp_path / "hooks").mkdir()
    for hook in ("monitor", "post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        (tmp_path / "hooks" / hook).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "hooks" / hook).chmod(0o755)
    return {"tree": f"{tmp_path}/other", "git": f"{tmp_path}/other/.git", "bare": f"{tmp_path}/other.git"}


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"GIT_DIR": "{bare}"}, id="bare"),
        pytest.param({"GIT_DIR": "."}, id="as in a hook"),
        pytest.param({"GIT_DIR": "{git}", "GIT_WORK_TREE": "{tree}"}, id="with a work tree"),
        pytest.param({"GIT_INDEX_FILE": "{git}/index"}, id="index"),
        pytest.param({"GIT_OBJECT_DIRECTORY": "{git}/objects"}, id="objects"),
        pytest.param({"GIT_COMMON_DIR": "{git}"}, id="common folder"),
        pytest.param({"GIT_NAMESPACE": "other"}, id="namespace"),
        pytest.param({"GIT_PREFIX": "sub/"}, id="prefix"),
        pytest.param({"GIT_CEILING_DIRECTORIES": "{tree}"}, id="ceiling"),
        pytest.param({"GIT_CONFIG_PARAMETERS": "'core.worktree={tree}'"}, id="settings of git -c"),
        pytest.param(
            {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.bare", "GIT_CONFIG_VALUE_0": "true"}, id="settings"
        ),
        pytest.param({"GIT_LITERAL_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1"}, id="path patterns"),
        pytest.param({"GIT_ATTR_SOURCE": "HEAD~5"}, id="attributes"),
        pytest.param({"GIT_CONFIG": "{git}/config"}, id="file of settings"),
        pytest.param({"GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_GRAFT_FILE": "{tree}/who"}, id="replaced objects"),
        pytest.param({"GIT_SHALLOW_FILE": "{tree}/who", "GIT_QUARANTINE_PATH": "{git}"}, id="of a receiving hook"),
    ],
)
def test_the_folder_alone_says_which_repository(
    fleet: Path, other: dict[str, str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = git(fleet, "rev-parse", "HEAD")
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(**other))
    repository = Repository(str(fleet))
    assert (repository.commit("main"), repository.described()) == (head, head)
    assert repository.uncommitted(head) == []
    assert packed(repository, head)["hosts.yml"] == "fleet"
    assert packed(repository, repository.tree_as_it_is())["hosts.yml"] == "fleet"
    assert Repository(f"file://{fleet}").commit("main") == head


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="none"),
        pytest.param({"core.autocrlf": "true"}, id="line ends"),
        pytest.param({"core.eol": "crlf"}, id="line ends of text"),
        pytest.param({"filter.upper.smudge": "tr a-z A-Z", "filter.upper.required": "true"}, id="smudge filter"),
        pytest.param({"filter.upper.process": "no-such-filter", "filter.upper.required": "true"}, id="process filter"),
        pytest.param({"core.attributesFile": "{folder}/attributes"}, id="attributes"),
        pytest.param({"tar.umask": "0077"}, id="umask of archives"),
        pytest.param({"core.abbrev": "5", "core.quotePath": "false"}, id="how names are written"),
        pytest.param({"log.showSignature": "true", "color.ui": "always", "format.pretty": "fuller"}, id="output"),
        pytest.param({"safe.bareRepository": "explicit"}, id="bare repositories only where named"),
        pytest.param({"status.showUntrackedFiles": "no", "status.branch": "true"}, id="status"),
        pytest.param({"core.hooksPath": "{folder}/hooks"}, id="hooks"),
        pytest.param({"core.fsmonitor": "{folder}/hooks/monitor"}, id="monitor of files"),
        pytest.param({"core.fileMode": "false", "core.symlinks": "false", "core.ignoreCase": "true"}, id="file system"),
        pytest.param({"core.worktree": "{folder}/other", "core.bare": "false"}, id="work tree"),
        pytest.param({"core.excludesFile": "{folder}/attributes", "core.sparseCheckout": "true"}, id="left out"),
        pytest.param({"i18n.logOutputEncoding": "utf-16", "log.date": "human", "log.mailmap": "true"}, id="texts"),
    ],
)
@pytest.mark.parametrize("place", ["{folder}/web", "file://{folder}/web"])
def test_the_same_bytes_whatever_the_settings(
    tmp_path: Path, other: dict[str, str], nobodys_settings: Path, settings: dict[str, str], place: str
) -> None:
    assert other
    head = repository_in(tmp_path / "web", **TEXT)
    git(tmp_path / "web", "tag", "v1")
    for name, value in settings.items():
        git(tmp_path, "config", "--file", str(nobodys_settings), name, value.format(folder=tmp_path))
    repository = Repository(place.format(folder=tmp_path))
    assert packed(repository, repository.commit("main")) == {name: TEXT[name] for name in TEXT if name != "doc/d.txt"}
    assert repository.time(head) > 0


def test_attributes_of_one_clone_do_not_count(fleet: Path) -> None:
    commit(fleet, **{".gitattributes": "nothing export-ignore"})
    (fleet / ".git/info").mkdir(exist_ok=True)
    (fleet / ".git/info/attributes").write_text("*.yml export-ignore")
    assert "hosts.yml" in packed(Repository(str(fleet)), "HEAD")


@pytest.mark.parametrize(
    ("attributes", "left_out"),
    [
        pytest.param("*.yml export-ignore", {"hosts.yml"}, id="files"),
        pytest.param("code export-ignore", {f"{WEB}/requirements.txt"}, id="folder"),
        pytest.param(
            "code/** export-ignore\nrequirements.txt -export-ignore", {f"{WEB}/requirements.txt"}, id="not again"
        ),
        pytest.param("*.yml -export-ignore", set(), id="unset"),
    ],
)
def test_export_ignore_leaves_out(fleet: Path, attributes: str, left_out: set[str]) -> None:
    before = set(packed(Repository(str(fleet)), "HEAD"))
    commit(fleet, **{".gitattributes": attributes})
    assert set(packed(Repository(str(fleet)), "HEAD")) == (before | {".gitattributes"}) - left_out


@pytest.mark.parametrize("path", ["fleet.key", "inventories/lab/fleet.key", "a/.fleet.key.0f"])
def test_a_fleet_key_is_never_packed(fleet: Path, path: str) -> None:
    before = set(packed(Repository(str(fleet)), "HEAD"))
    commit(fleet, **{path: "0" * 64})
    repository = Repository(str(fleet))
    assert set(packed(repository, "HEAD")) == before
    assert repository.fleet_keys("HEAD") == [path]


def test_odd_names_links_and_modes_are_packed(fleet: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \xc3\xa4\n")
    write(fleet, {name: "x", "run": "y"})
    (fleet / "run").chmod(0o755)
    (fleet / "link").symlink_to(name)
    commit(fleet)
    with Repository(str(fleet)).archive("HEAD") as archive, tarfile.open(fileobj=archive) as tar:
        members = {member.name: member for member in tar.getmembers()}
    assert members[name].size == 1
    assert members["run"].mode == 0o755
    assert members["link"].linkname == name


def test_untracked_files_are_told_whatever_the_settings(fleet: Path, nobodys_settings: Path) -> None:
    nobodys_settings.write_text("[status]\nshowUntrackedFiles = no\nrelativePaths = true\n")
    write(fleet, {"new folder/ä": "x"})
    assert Repository(str(fleet)).uncommitted(git(fleet, "rev-parse", "HEAD")) == ["new folder/ä"]


def test_a_password_in_a_url_is_not_told() -> None:
    with pytest.raises(Failure) as failure:
        Repository("https://user:secret@127.0.0.1:9/web.git").commit("main")
    assert "secret" not in str(failure.value)
    assert "https://***@127.0.0.1:9/web.git cannot be used (git fetch)" in str(failure.value)


def copy_of(home: Path) -> Path:
    """Return the one copy of a repository below a home."""
    (found,) = (home / ".cache/longshore/git").glob("*.git")
    return found


def break_nothing(copy: Path) -> None:
    """Leave the copy as it is."""


def empty(copy: Path) -> None:
    for path in sorted(copy.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def lose_head(copy: Path) -> None:
    (copy / "HEAD").unlink()


def leave_a_lock(copy: Path) -> None:
    (copy / "refs/heads").mkdir(parents=True, exist_ok=True)
    (copy / "refs/heads/main.lock").touch()


def leave_a_half_made_one(copy: Path) -> None:
    empty(copy)
    copy.with_suffix(".git.new").mkdir()
    (copy.with_suffix(".git.new") / "HEAD").touch()


@pytest.mark.parametrize("damage", [break_nothing, empty, lose_head, leave_a_lock, leave_a_half_made_one])
def test_a_broken_copy_is_made_anew(fleet: Path, nobodys_settings: Path, damage: t.Callable[[Path], None]) -> None:
    Repository(f"file://{fleet}").commit("main")
    damage(copy_of(nobodys_settings.parent))
    head = commit(fleet, new="one")
    repository = Repository(f"file://{fleet}")
    assert repository.commit("main") == head
    assert packed(repository, head)["new"] == "one"
    assert [path.name for path in (nobodys_settings.parent / ".cache/longshore/git").iterdir()].count("new") == 0


def test_a_copy_outlives_a_repository_that_is_gone(fleet: Path) -> None:
    head = Repository(f"file://{fleet}").commit("main")
    url = f"file://{fleet}"
    fleet.rename(fleet.with_name("moved"))
    assert Repository(url).commit(head) == head
    with pytest.raises(Failure, match="cannot be used"):
        Repository(url).commit("main")
    assert Repository(url).commit(head) == head


def ask(url: str, barrier: t.Any, answers: t.Any) -> None:
    barrier.wait()
    try:
        answers.put(Repository(url).commit("main"))
    except (Failure, OSError) as error:
        answers.put(f"{type(error).__name__}: {error}")


def test_processes_at_once_share_a_copy(fleet: Path) -> None:
    head = git(fleet, "rev-parse", "HEAD")
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(3), context.Queue()
    processes = [context.Process(target=ask, args=(f"file://{fleet}", barrier, answers)) for _number in range(3)]
    for process in processes:
        process.start()
    assert [answers.get(timeout=50) for _process in processes] == [head] * 3
    for process in processes:
        process.join()
