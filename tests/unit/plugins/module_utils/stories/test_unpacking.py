# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code onto a host, where others are at it too. What a real engine gives is shown by the target reload."""

from __future__ import annotations

import io
import os
import tarfile
import threading
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.code import Code
from ansible_collections.longshore.fleet.plugins.module_utils.stories import unpacking
from ansible_collections.longshore.fleet.plugins.module_utils.stories.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils.stories.unpacking import make_current, unpack

NAMES = {"code/a", "code/b", "code/c"}


def packed(names: t.Iterable[str]) -> bytes:
    """What the engine gives of a container: a tar with the folder of the code."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
    return raw.getvalue()


class Engine:
    """The client docker.py, as far as unpacking calls it; ``meanwhile`` is called as the tar is given."""

    def __init__(self, tar: bytes, meanwhile: t.Callable[[], None] = lambda: None) -> None:
        self.tar, self.meanwhile = tar, meanwhile

    def image(self, _reference: str) -> dict[str, t.Any]:
        return {"Id": "id"}

    def create(self, **_options: t.Any) -> str:
        return "id"

    def packed(self, _container: str, _path: str) -> io.BytesIO:
        self.meanwhile()
        return io.BytesIO(self.tar)

    def remove(self, _container: str) -> None:
        """It is never started."""

    def remove_image(self, _reference: str) -> None:
        """It has been unpacked."""


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
    monkeypatch.setattr(os, "lchown", lambda path, owner, group: given.append((path, owner, group)))
    unpack(host(Engine(packed(NAMES))), code)
    if current:
        make_current(code.path, code.release)
    given.clear()
    assert not unpack(host(Engine(packed(NAMES))), replace(code, owner=4711, group=4712))
    paths = {f"{code.folder}{name.removeprefix('code')}" for name in (*NAMES, "")}
    assert set(given) == (set() if current else {(path, 4711, 4712) for path in paths})
