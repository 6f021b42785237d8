# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context, Entry

PATHS = ("Dockerfile", "bin", "bin/start", "link")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/start").write_text("#!/bin/sh")
    (tmp_path / "bin/start").chmod(0o750)
    (tmp_path / "link").symlink_to("bin/start")
    return tmp_path


def test_entries_are_sorted_and_say_what_counts(root: Path) -> None:
    entries = Context.read(root, reversed(PATHS)).entries
    assert [(entry.path, entry.kind, entry.executable) for entry in entries] == [
        ("Dockerfile", "file", False),
        ("bin", "directory", False),
        ("bin/start", "file", True),
        ("link", "link", False),
    ]
    assert entries[3].content == "bin/start"


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        pytest.param(lambda root: (root / "Dockerfile").write_text("FROM debian"), True, id="content"),
        pytest.param(lambda root: (root / "bin/start").chmod(0o640), True, id="executable bit"),
        pytest.param(lambda root: (root / "bin/start").chmod(0o777), False, id="other bits of the mode"),
        pytest.param(lambda root: os.utime(root / "Dockerfile", (1, 1)), False, id="time"),
    ],
)
def test_what_counts(root: Path, change: object, counts: bool) -> None:
    before = Context.read(root, PATHS)
    change(root)
    assert (Context.read(root, PATHS) != before) == counts


def test_sockets_and_pipes_are_left_out(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert Entry.read(root, "pipe") is None
    assert Context.read(root, (*PATHS, "pipe")) == Context.read(root, PATHS)


def test_missing_file_names_context_and_path(root: Path) -> None:
    with pytest.raises(Failure, match=r"build context .* at gone \(No such file or directory\)"):
        Context.read(root, ["gone"])


def test_tar_has_what_counts_and_the_times(root: Path) -> None:
    os.utime(root / "bin/start", (1_000_000_000, 1_000_000_000))
    file = io.BytesIO()
    Context.read(root, PATHS).to_tar(file)
    with tarfile.open(fileobj=file) as tar:
        members = {member.name: member for member in tar.getmembers()}
        start = tar.extractfile("bin/start")
        assert start is not None
        assert start.read() == b"#!/bin/sh"
    assert {name: oct(member.mode) for name, member in members.items() if not member.issym()} == {
        "Dockerfile": "0o644",
        "bin": "0o755",
        "bin/start": "0o755",
    }
    assert members["link"].linkname == "bin/start"
    assert members["bin/start"].mtime == 1_000_000_000
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}


def test_context_that_changed_in_between_is_not_sent(root: Path) -> None:
    context = Context.read(root, PATHS)
    (root / "Dockerfile").write_text("FROM debian")
    with pytest.raises(Failure, match="changed while it was read"):
        context.to_tar(io.BytesIO())


def test_file_that_went_in_between_is_a_failure(root: Path) -> None:
    context = Context.read(root, PATHS)
    (root / "Dockerfile").unlink()
    with pytest.raises(Failure, match="cannot be packed"):
        context.to_tar(io.BytesIO())


@pytest.fixture
def strict_umask() -> t.Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_folder_has_the_modes_and_times_of_the_tar(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    os.utime(root / "bin/start", (1_000_000_000, 1_000_000_000))
    folder = tmp_path_factory.mktemp("packed") / "context"
    Context.read(root, PATHS, {"lib/code.py": b"code"}).to_folder(folder)
    modes = {str(path.relative_to(folder)): oct(path.lstat().st_mode & 0o777) for path in folder.rglob("*")}
    assert {name: mode for name, mode in modes.items() if name != "link"} == {
        "Dockerfile": "0o644",
        "bin": "0o755",
        "bin/start": "0o755",
        "lib": "0o755",
        "lib/code.py": "0o644",
    }
    assert os.readlink(folder / "link") == "bin/start"
    assert (folder / "bin/start").stat().st_mtime == 1_000_000_000


def test_hidden_entries_count_and_no_copy_sees_them(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    context = Context.read(root, ("bin", "bin/start"), hidden=["Dockerfile"])
    assert [entry.path for entry in context.entries] == ["Dockerfile", "bin", "bin/start"]
    folder, file = tmp_path_factory.mktemp("packed"), io.BytesIO()
    context.to_folder(folder)
    context.to_tar(file)
    assert {path.name for path in folder.iterdir()} == {"bin"}
    with tarfile.open(fileobj=file) as tar:
        assert tar.getnames() == ["Dockerfile", "bin", "bin/start", ".dockerignore"]
        assert t.cast(t.IO[bytes], tar.extractfile(".dockerignore")).read() == b"Dockerfile\n.dockerignore"


def test_entries_that_travel_are_not_hidden(root: Path) -> None:
    assert Context.read(root, PATHS, hidden=["Dockerfile"]) == Context.read(root, PATHS)
