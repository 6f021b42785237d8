# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

VALUES = {"TOKEN": "correct horse", "/run/key": "battery staple", "PORT": 5}
KEY = b"k" * 32


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the host's state folder; not made yet."""
    folder = tmp_path / "longshore"
    monkeypatch.setattr(secrets, "STATE", str(folder))
    monkeypatch.setattr(secrets, "FILES", str(folder / "secrets"))
    monkeypatch.setattr(secrets, "KEY", str(folder / "secret.key"))
    return folder


def mode(path: Path | str) -> str:
    return oct(stat.S_IMODE(os.stat(path).st_mode))


def test_environment_and_files_share_no_name() -> None:
    assert secrets.environment(VALUES) == {"TOKEN": "correct horse", "PORT": "5"}
    assert secrets.files(VALUES) == {"/run/key": "battery staple"}


@pytest.mark.parametrize(
    ("value", "kind"), [(None, "nothing"), ({"password": "correct horse"}, "a mapping"), (["correct horse"], "a list")]
)
@pytest.mark.parametrize("use", [secrets.environment, secrets.files, lambda values: secrets.digests(values, None)])
def test_what_is_no_text_is_refused_by_name(value: t.Any, kind: str, use: t.Callable[..., t.Any]) -> None:
    name = "/run/key" if use is secrets.files else "TOKEN"
    with pytest.raises(Failure) as failure:
        use({name: value})
    assert str(failure.value) == (
        f"service_secrets.{name}: expected a text, got {kind}. Give its value, or remove the name."
    )


def test_yes_and_no_are_written_as_in_yaml() -> None:
    values = {"A": True, "/b": False}
    assert (secrets.environment(values), secrets.files(values)) == ({"A": "true"}, {"/b": "false"})
    assert secrets.digests({"A": True}, KEY) == secrets.digests({"A": "true"}, KEY)


@pytest.mark.parametrize(
    ("other", "key", "same"),
    [
        pytest.param({"TOKEN": "correct horse"}, KEY, True, id="the same"),
        pytest.param({"TOKEN": "another"}, KEY, False, id="another value"),
        pytest.param({"TOKEN": "correct horse"}, b"x" * 32, False, id="another host"),
        pytest.param({"COPY": "correct horse"}, KEY, False, id="another name"),
    ],
)
def test_digests(other: dict[str, t.Any], key: bytes, same: bool) -> None:
    digest = secrets.digests({"TOKEN": "correct horse"}, KEY)["TOKEN"]
    assert len(digest) == 16
    assert "correct" not in digest
    assert (list(secrets.digests(other, key).values()) == [digest]) == same


def test_a_digest_can_be_told_from_what_is_not_the_value() -> None:
    values = {**VALUES, "NOTHING": None}
    prints = secrets.fingerprints(values)
    assert "correct horse" not in prints["TOKEN"]
    assert secrets.keyed(prints, KEY) == secrets.digests(VALUES, KEY)


def test_without_a_key_every_secret_is_new() -> None:
    assert secrets.digests(VALUES, None) == {"TOKEN": "", "/run/key": "", "PORT": ""}


def test_key_is_made_once_and_for_root_alone(state: Path) -> None:
    assert secrets.read_key() is None
    key = secrets.make_key()
    assert len(key) == 32
    assert (secrets.make_key(), secrets.read_key()) == (key, key)
    assert (mode(state), mode(state / "secret.key")) == ("0o700", "0o600")


def test_empty_key_is_told(state: Path) -> None:
    state.mkdir()
    (state / "secret.key").touch()
    with pytest.raises(Failure, match=r"secret\.key is empty: .* Remove the file and run again\."):
        secrets.make_key()


def test_files_are_for_the_containers_user_alone(state: Path) -> None:
    secrets.make_key()
    where = secrets.folder("web", {"/run/key": "d"})
    owner = (os.getuid(), os.getgid())
    values = {**VALUES, "/run/cert": "grün"}
    secrets.write_files(values, where, owner)
    assert secrets.mounts(values, where) == [
        {"type": "bind", "source": f"{where}/0", "target": "/run/cert", "read_only": True},
        {"type": "bind", "source": f"{where}/1", "target": "/run/key", "read_only": True},
    ]
    assert Path(f"{where}/0").read_text(encoding="utf-8") == "grün"
    assert Path(f"{where}/1").read_text(encoding="utf-8") == "battery staple"
    assert {mode(f"{where}/0"), mode(f"{where}/1")} == {"0o600"}
    assert {mode(where), mode(state)} == {"0o700"}


def test_other_secrets_lie_in_another_folder() -> None:
    assert secrets.folder("web", {"a": "1", "b": "2"}) == secrets.folder("web", {"b": "2", "a": "1"})
    folders = {secrets.folder("web", {"a": "1"}), secrets.folder("web", {"a": "2"}), secrets.folder("db", {"a": "1"})}
    assert len(folders) == 3


def test_old_files_go_and_those_of_others_stay(state: Path) -> None:
    owner = (os.getuid(), os.getgid())
    kept, gone, other = (
        secrets.folder(instance, {"/run/key": digest}) for instance, digest in (("web", "1"), ("web", "2"), ("db", "1"))
    )
    for folder in (kept, gone, other):
        secrets.write_files(VALUES, folder, owner)
    secrets.remove_files("web", keep=kept)
    assert [os.path.isdir(folder) for folder in (kept, gone, other)] == [True, False, True]
    secrets.remove_files("web")
    assert sorted(os.listdir(state / "secrets")) == ["db"]
    secrets.remove_files("web")


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        pytest.param(lambda _where: None, (), id="all is there"),
        pytest.param(lambda where: (where / "1").unlink(), ("/run/key",), id="one was removed"),
        pytest.param(lambda where: (where / "0").write_text("other"), ("/run/cert",), id="one was edited"),
        pytest.param(lambda where: (where / "0").write_bytes(b"\xff"), ("/run/cert",), id="one is no text any more"),
        pytest.param(shutil.rmtree, ("/run/cert", "/run/key"), id="the host was started anew"),
    ],
)
def test_lost_files(damage: t.Callable[[Path], None], lost: tuple[str, ...]) -> None:
    values = {**VALUES, "/run/cert": "grün\r\nLine by Windows\r"}
    digest_of = secrets.digests(values, KEY)
    where = secrets.folder("web", digest_of)
    secrets.write_files(values, where, (os.getuid(), os.getgid()))
    damage(Path(where))
    assert secrets.lost("web", digest_of, KEY) == lost


@pytest.mark.parametrize(
    ("user", "owner"),
    [
        pytest.param("", (0, 0), id="nobody said"),
        pytest.param("1000", (1000, 1000), id="user"),
        pytest.param("1000:50", (1000, 50), id="user and group"),
        pytest.param("0:0", (0, 0), id="root"),
        pytest.param(1000, (1000, 1000), id="number"),
    ],
)
def test_owner(user: t.Any, owner: tuple[int, int]) -> None:
    assert secrets.owner_of(user) == owner


@pytest.mark.parametrize("user", ["elastic", "1000:elastic", "elastic:1000"])
def test_owner_by_name_is_refused(user: str) -> None:
    with pytest.raises(Failure) as failure:
        secrets.owner_of(user)
    assert str(failure.value) == (
        f"service_secrets: files need an owner, and the container's user is {user!r}."
        " Give service_container.user as numbers, for example 1000:1000."
    )
