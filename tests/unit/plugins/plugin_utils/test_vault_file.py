# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of secrets that Ansible Vault encrypts: made, read by the next run, and refused without its password."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible._internal._datatag._tags import Origin
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._vault_file import VaultFile, kept

SECRETS = {"ca.key": "-----BEGIN\nabc\n-----END\n", "gossip.key": "s3cret"}


def vault(*passwords: str) -> VaultLib:
    """Return what a run has that was given these passwords, the first one as that of no identity."""
    names = ["default", *(f"team{number}" for number in range(len(passwords)))]
    return VaultLib([(name, VaultSecret(text.encode())) for name, text in zip(names, passwords, strict=False)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file is to be."""
    return tmp_path / "secrets.yml"


def test_the_next_run_finds_what_was_written(path: Path) -> None:
    VaultFile(path, vault("a password")).write(SECRETS)
    assert VaultFile(path, vault("a password")).secrets == SECRETS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.1;AES256\n")
    assert b"s3cret" not in path.read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_it_keeps_the_password_that_it_had(path: Path) -> None:
    VaultFile(path, vault("first", "second"), "team0").write(SECRETS)
    file = VaultFile(path, vault("first", "second"))
    file.write({**file.secrets, "more": "x"})
    assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.2;AES256;team0\n")
    assert VaultFile(path, vault("second")).secrets["more"] == "x"


@pytest.mark.parametrize(
    ("content", "passwords", "says"),
    [
        pytest.param(None, [], "this run has no password of Ansible Vault: give the password", id="no password"),
        pytest.param(SECRETS, ["another"], "cannot be decrypted with a password of this run", id="another one"),
        pytest.param("a: b\n", ["a password"], "is not encrypted by Ansible Vault; run: ansible-vault", id="plain"),
        pytest.param(["a"], ["a password"], "is not a mapping of names to texts", id="a list"),
        pytest.param({"a": {"b": "c"}}, ["a password"], "is not a mapping of names to texts", id="of mappings"),
    ],
)
def test_what_it_cannot_use_is_told(content: object, passwords: list[str], says: str, path: Path) -> None:
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif content is not None:
        VaultFile(path, vault("a password")).write(content)  # type: ignore[arg-type]
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(Failure, match=says) as told:
        VaultFile(path, vault(*passwords))
    assert str(path) in str(told.value)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"none/secrets\.yml cannot be written: No such file or directory"):
        VaultFile(tmp_path / "none" / "secrets.yml", vault("a password")).write(SECRETS)


def test_an_identity_that_has_no_password_is_told(path: Path) -> None:
    with pytest.raises(Failure, match=r"cannot be encrypted: .*nobody"):
        VaultFile(path, vault("a password"), "nobody").write(SECRETS)


@pytest.mark.parametrize(
    ("given", "force", "expected"),
    [
        pytest.param({"b": "2"}, True, {"a": "1", "b": "2"}, id="one more"),
        pytest.param({"a": "2"}, True, {"a": "2"}, id="another"),
        pytest.param({"a": "2"}, False, {"a": "1"}, id="what is there stays"),
        pytest.param({"a": None}, True, {}, id="removed"),
        pytest.param({"b": None}, True, {"a": "1"}, id="nothing to remove"),
        pytest.param({"b": 5}, True, {"a": "1", "b": "5"}, id="a number is a text"),
    ],
)
def test_other_names_stay(given: dict[str, str | None], force: bool, expected: dict[str, str]) -> None:
    assert kept({"a": "1"}, given, force) == expected


def test_texts_of_ansible_are_written_too(path: Path) -> None:
    given = {Origin(description="a play").tag("a"): Origin(description="a play").tag("1")}
    VaultFile(path, vault("a password")).write(kept({}, given, force=True))
    assert VaultFile(path, vault("a password")).secrets == {"a": "1"}
