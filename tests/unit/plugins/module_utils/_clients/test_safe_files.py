# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container puts into a folder that it may write never leads out of it."""

from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles, remove_tree
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

ME = (os.getuid(), os.getgid())
KEPT = (b"new", *ME, 0o640)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a file of the host that no container may see."""
    file = tmp_path / "host" / "secret"
    file.parent.mkdir(mode=0o700)
    file.write_text("secret")
    file.chmod(0o600)
    return file


@pytest.fixture
def shared(tmp_path: Path, secret: Path) -> t.Iterator[Path]:
    """Return a folder that a container may write; whatever a test does, the host's own is as before."""
    folder = tmp_path / "srv" / "shared"
    (folder / "sub").mkdir(parents=True)
    yield folder
    assert (secret.read_text(), stat.S_IMODE(secret.stat().st_mode)) == ("secret", 0o600)
    assert (os.listdir(secret.parent), stat.S_IMODE(secret.parent.stat().st_mode)) == (["secret"], 0o700)


def plant(what: str, place: Path, secret: Path) -> None:
    """Put into a place what a container can make."""
    if what == "link":
        place.symlink_to(secret)
    elif what == "dangling link":
        place.symlink_to(secret.parent / "new")
    elif what == "link to a folder":
        place.symlink_to(secret.parent)
    elif what == "pipe":
        os.mkfifo(place)
    elif what == "sparse file":
        with place.open("wb") as file:
            file.truncate(1 << 40)


PLANTED = ["link", "dangling link", "link to a folder", "pipe", "sparse file"]


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_in_the_place_of_a_file_is_not_read_and_is_replaced(
    shared: Path, secret: Path, what: str
) -> None:
    plant(what, shared / "a.conf", secret)
    files = SafeFiles([str(shared)])
    assert files.read(str(shared / "a.conf")) is None
    files.write(str(shared / "a.conf"), KEPT)
    assert files.read(str(shared / "a.conf")) == KEPT
    assert not (shared / "a.conf").is_symlink()


@pytest.mark.parametrize("name", [".a.conf.new", ".a.conf", "a.conf.new", ".a.conf.0123456789abcdef.new"])
def test_what_is_planted_beside_a_file_is_not_written_through(shared: Path, secret: Path, name: str) -> None:
    (shared / name).symlink_to(secret)
    SafeFiles([str(shared)]).write(str(shared / "a.conf"), KEPT)
    assert (shared / "a.conf").read_text() == "new"


@pytest.mark.parametrize("where", ["sub", "sub/deeper"])
@pytest.mark.parametrize("use", ["write", "read", "make_folder", "remove", "link", "hold"])
def test_link_in_the_place_of_a_parent_is_refused(shared: Path, secret: Path, where: str, use: str) -> None:
    (shared / "sub").rmdir()
    (shared / "sub").symlink_to(secret.parent)
    arguments: dict[str, tuple[t.Any, ...]] = {"write": (KEPT,), "make_folder": (*ME, 0o777), "link": ("x",)}
    with pytest.raises(Failure, match="sub is a symlink in a folder that containers may write, and is not followed"):
        getattr(SafeFiles([str(shared)]), use)(str(shared / where / "secret"), *arguments.get(use, ()))


def test_way_out_by_two_dots_is_refused(shared: Path) -> None:
    with pytest.raises(Failure, match="leads out of a folder that containers may write"):
        SafeFiles([str(shared)]).write(str(shared / "sub/../../../host/secret"), KEPT)


@pytest.mark.parametrize("absolute", [True, False])
def test_link_of_the_administrator_above_is_followed(shared: Path, tmp_path: Path, absolute: bool) -> None:
    (tmp_path / "mnt").symlink_to(tmp_path / "srv" if absolute else "srv")
    files = SafeFiles([str(tmp_path / "mnt" / "shared")])
    files.write(str(tmp_path / "mnt" / "shared" / "sub" / "a"), KEPT)
    files.make_folder(str(tmp_path / "mnt" / "shared" / "x" / "y"), *ME, 0o750)
    assert (shared / "sub" / "a").read_text() == "new"
    assert stat.S_IMODE((shared / "x" / "y").stat().st_mode) == 0o750


def test_link_of_the_administrator_into_a_shared_folder_goes_on_without_links(
    shared: Path, secret: Path, tmp_path: Path
) -> None:
    (tmp_path / "static").symlink_to(shared / "link")
    (shared / "link").symlink_to(secret.parent)
    with pytest.raises(Failure, match="link is a symlink in a folder that containers may write"):
        SafeFiles([str(shared)]).write(str(tmp_path / "static" / "secret"), KEPT)


def test_folder_is_not_made_of_what_is_planted(shared: Path, secret: Path) -> None:
    (shared / ".data.new").symlink_to(secret.parent)
    SafeFiles([str(shared)]).make_folder(str(shared / "data"), *ME, 0o777)
    assert stat.S_IMODE((shared / "data").lstat().st_mode) == 0o777


def test_trees_are_removed_without_what_their_links_lead_to(shared: Path, secret: Path) -> None:
    (shared / "sub" / "link").symlink_to(secret.parent)
    (shared / "top").symlink_to(secret.parent)
    with SafeFiles([str(shared)]).folder(str(shared)) as folder:
        remove_tree(folder, "sub")
        remove_tree(folder, "top")
    assert os.listdir(shared) == []


def test_second_name_of_a_file_is_not_written_through(shared: Path) -> None:
    other = shared / "other"
    other.write_text("other")
    os.link(other, shared / "a.conf")
    SafeFiles([str(shared)]).write(str(shared / "a.conf"), KEPT)
    assert other.read_text() == "other"


def test_killed_before_the_rename(shared: Path) -> None:
    (shared / ".a.0123456789abcdef.new").touch()
    (shared / "..0123456789abcdef.new").touch()
    SafeFiles([str(shared)]).write(str(shared / "a"), KEPT)
    assert sorted(os.listdir(shared)) == ["..0123456789abcdef.new", "a", "sub"]
