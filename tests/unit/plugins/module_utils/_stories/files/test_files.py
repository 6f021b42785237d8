# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files before they are in their places. What a container sees of them is shown by the target reload."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files import files

Mounted = dict[str, t.Any]
HOST = t.cast(t.Any, types.SimpleNamespace(docker=types.SimpleNamespace(writable_folders=lambda: [])))


def wanted(path: Path, content: str = "new") -> t.Any:
    """What a launch wants, as far as files ask for it."""
    file = HostFile(str(path), content, os.getuid(), os.getgid(), 0o600, (), "none")
    options = {"volumes": [f"{path.parent}:/etc/web"]}
    return types.SimpleNamespace(
        files=(file,), directories=(), code=None, container=types.SimpleNamespace(options=options)
    )


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a file is to be; what holds its place is the test's own."""
    monkeypatch.setattr(files, "STAGES", str(tmp_path / "stages"))
    monkeypatch.setattr(files, "HELD", (b"", os.getuid(), os.getgid(), 0o600))
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc" / "conf"


@pytest.mark.parametrize(
    ("staged", "held"),
    [
        pytest.param(lambda folder: {"volumes": [f"{folder}:/etc/web"]}, True, id="in a folder that is mounted"),
        pytest.param(lambda _folder: {}, False, id="in none"),
    ],
)
@pytest.mark.parametrize("killed_before", [False, True])
def test_place_is_held_while_a_container_sees_the_file(
    place: Path, staged: t.Callable[[Path], Mounted], held: bool, killed_before: bool
) -> None:
    if killed_before:
        os.close(os.open(place, os.O_CREAT, 0o600))
    with files.showing(HOST, wanted(place), "web.check-1", staged(place.parent)) as mounts:
        assert [(mount["target"], Path(mount["source"]).read_text()) for mount in mounts] == [("/etc/web/conf", "new")]
        assert place.exists() == (held or killed_before)
    assert place.exists() == (killed_before and not held)
    assert os.listdir(files.STAGES) == []


def test_file_that_is_there_stays(place: Path) -> None:
    place.write_text("old")
    with files.showing(HOST, wanted(place), "web.check-1", {"volumes": [f"{place.parent}:/etc/web"]}):
        assert place.read_text() == "old"
    assert place.read_text() == "old"


def test_what_holds_a_place_does_not_come_back(place: Path) -> None:
    os.close(os.open(place, os.O_CREAT, 0o600))
    new = files.written(HOST, wanted(place))
    new.__enter__()
    assert place.read_text() == "new"
    new.__exit__(Failure, Failure("no"), None)
    assert not place.exists()


def test_folder_in_the_place_of_a_file_is_a_problem(place: Path) -> None:
    place.mkdir()
    (problem,) = files.invalid_files(HOST, wanted(place))
    assert problem == f"service_files: {place}: a folder is in its place. Look what made it, and remove it."


def test_folder_that_is_missing_is_a_problem(place: Path) -> None:
    (problem,) = files.invalid_files(HOST, wanted(place.parent / "none" / "conf"))
    assert problem.endswith("its folder is missing. List it in service_directories.")


@pytest.mark.parametrize("planted", ["conf", ".conf.new", ".conf"])
def test_file_of_the_host_behind_a_link_is_neither_written_nor_copied(
    place: Path, tmp_path: Path, planted: str
) -> None:
    """On the way back what was behind the link must not come into the container's folder."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o640)
    (place.parent / planted).symlink_to(secret)
    new = files.written(HOST, wanted(place))
    new.__enter__()
    assert place.read_text() == "new"
    new.__exit__(Failure, Failure("no"), None)
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("secret", 0o640)
    assert not any(found.read_text() == "secret" for found in place.parent.iterdir() if not found.is_symlink())


@pytest.mark.parametrize(("planted", "what"), [("link", "symlink"), ("pipe", "special file")])
def test_what_is_no_file_in_the_place_of_a_file_is_a_problem(place: Path, planted: str, what: str) -> None:
    os.mkfifo(place) if planted == "pipe" else place.symlink_to("/etc/passwd")
    (problem,) = files.invalid_files(HOST, wanted(place))
    assert problem == f"service_files: {place}: a {what} is in its place. Look what made it, and remove it."


def test_link_above_a_file_is_a_problem(place: Path) -> None:
    (place.parent / "sub").symlink_to("/etc")
    made = wanted(place.parent / "sub" / "conf")
    made.container.options["volumes"] = [f"{place.parent}:/etc/web"]
    (problem,) = files.invalid_files(HOST, made)
    assert "sub is a symlink in a folder that containers may write" in problem
