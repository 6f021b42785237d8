# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With a program in the place of systemd-creds, whose answers can be chosen; the target repair has the real one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import sealed, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

VALUES = {"TOKEN": "a-secret", "/run/key": "another"}
DIGESTS = {"TOKEN": "d-1", "/run/key": "d-2"}
# Notes its arguments, and turns what it is given upside down.
PROGRAM = """#!/bin/sh
echo "$@" >> {log}
case $1 in
  encrypt) rev ;;
  decrypt) rev < "$3" ;;
esac
"""


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the program notes its arguments."""
    monkeypatch.setattr(secrets, "STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    install(tmp_path, PROGRAM.format(log=tmp_path / "log"))
    return tmp_path / "log"


def install(folder: Path, program: str) -> None:
    (folder / sealed.PROGRAM).write_text(program, encoding="utf-8")
    (folder / sealed.PROGRAM).chmod(0o755)


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "state").rglob("*") if path.is_file()]


def test_what_was_sealed_is_read_and_no_value_is_an_argument(tmp_path: Path, log: Path) -> None:
    sealed.write("web", DIGESTS, VALUES)
    assert sealed.is_there("web", DIGESTS)
    assert sealed.read("web", DIGESTS) == VALUES
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "--name=longshore-web" in log.read_text()
    assert "a-secret" not in log.read_text() + file.read_text()


@pytest.mark.parametrize("digests", [{}, {"TOKEN": "d-1", "/run/key": "d-3"}], ids=["none", "others"])
def test_secrets_that_were_not_sealed_are_not_there(digests: dict[str, str]) -> None:
    sealed.write("web", DIGESTS, VALUES)
    assert not sealed.is_there("web", digests)
    assert sealed.read("web", digests) == {}


@pytest.mark.parametrize(("kept", "left"), [([DIGESTS], 1), ([{"TOKEN": "d-3"}], 0), ([], 0)])
def test_what_no_container_has_any_more_goes(tmp_path: Path, kept: list[dict[str, str]], left: int) -> None:
    sealed.write("web", DIGESTS, VALUES)
    sealed.keep_only("web", *kept)
    assert len(files(tmp_path)) == left
    sealed.keep_only("front", *kept)


def test_a_seal_that_cannot_be_broken_says_what_to_do(tmp_path: Path) -> None:
    sealed.write("web", DIGESTS, VALUES)
    install(tmp_path, "#!/bin/sh\necho 'Failed to decrypt: Bad message' >&2\nexit 1\n")
    with pytest.raises(Failure, match=r"decrypt failed for web: Failed to decrypt: Bad message\. .* deploy again"):
        sealed.read("web", DIGESTS)


def test_a_host_without_the_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert not sealed.is_available()
    with pytest.raises(Failure, match="systemd-creds is not installed on this host"):
        sealed.write("web", DIGESTS, VALUES)
