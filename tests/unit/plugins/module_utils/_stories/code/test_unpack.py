# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code onto a host, where others are at it too. What a real engine gives is shown by the target reload."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import threading
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Code
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code import loaded
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code import unpack as unpacking
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import make_current, unpack
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

NAMES = {"code/a", "code/b", "code/c"}


def packed(names: t.Iterable[str]) -> bytes:
    """Return what the engine gives of a container: a tar with the folder of the code."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
    return raw.getvalue()


class Engine:
    """The client docker.py, as far as unpacking calls it; ``meanwhile`` is called as the tar is given."""

    def __init__(self, tar: bytes, meanwhile: t.Callable[[], None] = lambda: None) -> None:
        self.tar, self.meanwhile = tar, meanwhile

    def writable_folders(self) -> list[str]:
        return []

    def image(self, _reference: str) -> dict[str, t.Any]:
        return {"Id": "id"}

    def create(self, **_options: t.Any) -> str:
        return "id"

    def packed(self, _container: str, _path: str) -> io.BytesIO:
        self.meanwhile()
        return io.BytesIO(self.tar)

    def remove(self, _container: str) -> None:
        """Do nothing: it was never started."""

    def remove_image(self, _reference: str) -> None:
        """Do nothing: it has been unpacked."""


def host(engine: Engine) -> Host:
    return Host(t.cast(t.Any, engine), t.cast(t.Any, None))


@pytest.fixture
def code(tmp_path: Path) -> Code:
    digest = f"registry/web-code@sha256:{'a' * 64}"
    return Code(digest, "c-1", "v1", str(tmp_path / "web"), "/usr/src/app", os.getuid(), os.getgid(), "web")


def test_two_at_the_same_time_are_one_after_the_other(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[bool] = []
    second = threading.Thread(target=lambda: results.append(unpack(host(Engine(packed(NAMES))), code)))
    waiting = threading.Event()
    locked = unpacking._locked

    def tried(descriptor: int) -> bool:
        got = locked(descriptor)
        if not got:
            waiting.set()
        return got

    def meanwhile() -> None:
        second.start()
        assert waiting.wait(10)

    monkeypatch.setattr(unpacking, "_locked", tried)
    assert unpack(host(Engine(packed(NAMES), meanwhile)), code)
    second.join(10)
    assert results == [False]
    assert {f"code/{name}" for name in os.listdir(code.folder)} == NAMES
    assert os.listdir(os.path.dirname(code.folder)) == [code.release]


def test_what_breaks_off_is_told_and_leaves_nothing(code: Code) -> None:
    with pytest.raises(Failure, match=r"v1 of the code cannot be unpacked into .*/releases: .*Run again\.$"):
        unpack(host(Engine(packed(NAMES)[:300])), code)
    assert os.listdir(os.path.dirname(code.folder)) == []


def test_folder_in_the_place_of_the_link_is_refused(code: Code) -> None:
    os.makedirs(f"{code.path}/current")
    with pytest.raises(Failure, match=r"current is in the place of Longshore.s link to the current release"):
        unpack(host(Engine(packed(NAMES))), code)


@pytest.mark.parametrize("left", ["", "web\n"])
def test_note_of_the_service_may_be_empty(code: Code, left: str) -> None:
    os.makedirs(code.path)
    Path(code.path, ".service").write_text(left, encoding="utf-8")
    assert unpack(host(Engine(packed(NAMES))), code)
    assert Path(code.path, ".service").read_text(encoding="utf-8") == "web\n"


def test_code_of_another_service_is_refused(code: Code) -> None:
    unpack(host(Engine(packed(NAMES))), code)
    with pytest.raises(Failure, match=r"has the code of web, and shop would switch it for both.* remove .*/\.service"):
        unpack(host(Engine(packed(NAMES))), replace(code, service="shop"))


@pytest.mark.parametrize("current", [True, False])
def test_owner_of_what_is_not_live_is_put_right(code: Code, monkeypatch: pytest.MonkeyPatch, current: bool) -> None:
    given: list[tuple[str, int, int]] = []

    def chown(name: str, owner: int, group: int, dir_fd: int, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        given.append((f"{os.readlink(f'/proc/self/fd/{dir_fd}')}/{name}", owner, group))

    def fchown(descriptor: int, owner: int, group: int) -> None:
        given.append((os.readlink(f"/proc/self/fd/{descriptor}"), owner, group))

    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(os, "fchown", fchown)
    unpack(host(Engine(packed(NAMES))), code)
    if current:
        make_current(SafeFiles([code.path]), code.path, code.release)
    given.clear()
    assert not unpack(host(Engine(packed(NAMES))), replace(code, owner=4711, group=4712))
    paths = {f"{code.folder}{name.removeprefix('code')}" for name in (*NAMES, "")}
    assert set(given) == (set() if current else {(path, 4711, 4712) for path in paths})


def archive(*members: tuple[str, bytes, str]) -> bytes:
    """Return a tar of members as (name, type, link)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, kind, link in (("code", tarfile.DIRTYPE, ""), *members):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, link, 0o6755
            tar.addfile(info)
    return raw.getvalue()


FILE, FOLDER, LINK, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([("code/a", LINK, "../../../../host"), ("code/a/secret", FILE, "")], id="a file through a link"),
        pytest.param([("code/a", LINK, "HOST/secret"), ("code/a", FILE, "")], id="a file in the place of a link"),
        pytest.param([("code/a", LINK, "HOST"), ("code/a", FOLDER, "")], id="a folder in the place of a link"),
        pytest.param([("code/../../../../host/secret", FILE, "")], id="two dots"),
        pytest.param([("../code/a", FILE, "")], id="two dots first"),
        pytest.param([("HOST/secret", FILE, "")], id="absolute"),
        pytest.param([("code/a", HARD, "HOST/secret")], id="a hard link out of it"),
        pytest.param([("code/a", FILE, ""), ("code/b", HARD, "code/a")], id="a hard link in it"),
        pytest.param([("code/a", tarfile.BLKTYPE, "")], id="a block device"),
        pytest.param([("code/a", tarfile.CHRTYPE, "")], id="a character device"),
        pytest.param([("code/a", tarfile.FIFOTYPE, "")], id="a pipe"),
        pytest.param([("other/a", FILE, "")], id="beside the code"),
        pytest.param([("code/a", FILE, ""), ("code/a/b", FILE, "")], id="below a file"),
        pytest.param([("code/" + "a" * 300, FILE, "")], id="a name that is too long"),
        pytest.param([("code", LINK, "HOST")], id="a link in the place of the code"),
        pytest.param([("code", FILE, "")], id="a file in the place of the code"),
        pytest.param([("code/a", FOLDER, ""), ("code/a", FILE, "")], id="a file in the place of a folder"),
        pytest.param([("code/a", FILE, ""), ("code/a", FOLDER, "")], id="a folder in the place of a file"),
    ],
)
def test_crafted_archive_is_refused_whole(code: Code, tmp_path: Path, members: list[tuple[str, bytes, str]]) -> None:
    secret = tmp_path / "host" / "secret"
    secret.parent.mkdir(mode=0o700)
    secret.write_text("secret")
    there = [
        tuple(str(part).replace("HOST", str(secret.parent)) if isinstance(part, str) else part for part in m)
        for m in members
    ]
    with pytest.raises(
        Failure, match=r"was not packed by longshore\.fleet\.code|is a symlink in a folder|cannot be unpacked"
    ):
        unpack(host(Engine(archive(*t.cast(t.Any, there)))), code)
    assert (secret.read_text(), os.listdir(secret.parent)) == ("secret", ["secret"])
    assert os.listdir(f"{code.path}/releases") == []


def test_setuid_is_not_unpacked_and_links_stay_links(code: Code) -> None:
    unpack(host(Engine(archive(("code/a", FILE, ""), ("code/sub", FOLDER, ""), ("code/b", LINK, "/etc/passwd")))), code)
    assert {os.lstat(f"{code.folder}/{name}").st_mode & 0o7777 for name in ("a", "sub", "")} == {0o755}
    assert os.readlink(f"{code.folder}/b") == "/etc/passwd"


@pytest.mark.parametrize(
    "planted", [".service.new", ".service", "releases", "current", ".current", f"releases/{'a' * 64}"]
)
def test_links_in_the_folder_of_the_code_lead_nowhere(code: Code, tmp_path: Path, planted: str) -> None:
    """Neither unpacking, switching nor letting go of old releases touches what they lead to."""
    victim = tmp_path / "host"
    (victim / "old").mkdir(parents=True)
    (victim / "old" / "file").write_text("precious")
    place = Path(code.path, planted)
    place.parent.mkdir(parents=True)
    place.symlink_to(victim / "old" / "file" if "service" in planted else victim)
    with contextlib.suppress(Failure) if "releases" in planted else contextlib.nullcontext():
        unpack(host(Engine(packed(NAMES))), code)
        make_current(SafeFiles([code.path]), code.path, code.release)
        unpacking.give_to_owner(host(Engine(b"")), replace(code, owner=code.owner))
        unpacking.make_room_for_new(host(Engine(b"")), code, [])
    assert os.listdir(victim) == ["old"]
    assert (victim / "old" / "file").read_text() == "precious"
    assert loaded.current_code(code.path) in ("", code.release)


def test_current_is_only_what_a_release_can_be(code: Code, tmp_path: Path) -> None:
    os.makedirs(f"{code.path}/releases")
    for target in (str(tmp_path), "releases", "releases/../../host", f"{tmp_path}/{'a' * 64}"):
        SafeFiles([code.path]).link(f"{code.path}/current", target)
        assert loaded.current_code(code.path) == ""


def test_second_name_of_a_file_keeps_its_owner(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    unpack(host(Engine(packed(NAMES))), code)
    os.link(f"{code.folder}/a", f"{code.path}/second")
    given: list[str] = []
    monkeypatch.setattr(os, "chown", lambda name, *_owners, **_how: given.append(name))
    monkeypatch.setattr(os, "fchown", lambda _descriptor, *_owners: given.append("."))
    unpacking.give_to_owner(host(Engine(b"")), replace(code, owner=4711))
    assert sorted(given) == [".", "b", "c"]
