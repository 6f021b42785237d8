# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of secrets by their names, encrypted by Ansible Vault with the password that the run was given."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted, match_encrypt_secret

from ansible_collections.longshore.fleet.plugins.module_utils._clients.own_files import replace_file
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

HOW = "give the password, as by --vault-password-file or ANSIBLE_VAULT_PASSWORD_FILE"
Secrets = dict[str, str]


class VaultFile:
    """The file, as it was when it was read first. ``vault`` has the passwords of the run."""

    def __init__(self, path: Path, vault: VaultLib, identity: str | None = None) -> None:
        self._path = path
        self._vault = vault
        self._password: tuple[str | None, t.Any] | None = None
        if not vault.secrets:
            raise Failure(f"{path} is to be encrypted, and this run has no password of Ansible Vault: {HOW}")
        self._identity = identity
        self.secrets = self._read()

    def write(self, secrets: Secrets) -> None:
        """Write it anew, with the password that it had; a new one with that which Ansible would take."""
        try:
            name, password = self._password or match_encrypt_secret(self._vault.secrets, self._identity)
            text = yaml.safe_dump(secrets, default_flow_style=False)
            content = self._vault.encrypt(text, password, None if name == "default" else name)
            replace_file(str(self._path), content, 0o600)
        except AnsibleError as error:
            raise Failure(f"{self._path} cannot be encrypted: {error}") from error
        except OSError as error:
            raise Failure(f"{self._path} cannot be written: {error.strerror}") from error

    def _read(self) -> Secrets:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Failure(f"{self._path} cannot be read: {error.strerror}") from error
        if not is_encrypted(content):
            raise Failure(f"{self._path} is not encrypted by Ansible Vault; run: ansible-vault encrypt {self._path}")
        try:
            text, name, password = self._vault.decrypt_and_get_vault_id(content)
        except AnsibleError as error:
            raise Failure(f"{self._path} cannot be decrypted with a password of this run: {error}") from error
        self._password = (name, password)
        return _checked(text, self._path)


def kept(found: Secrets, given: dict[str, str | None], force: bool) -> Secrets:
    """Return what the file is to have: what is there wins unless forced, and None removes."""
    wanted = {**found, **given} if force else {**given, **found}
    # Plain texts, as YAML knows nothing of what Ansible notes with its own.
    return {str(name): str(value) for name, value in wanted.items() if value is not None}


def _checked(text: bytes, path: Path) -> Secrets:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:  # its text may show a secret
        found = []
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Failure(f"{path} is not a mapping of names to texts, as this collection writes it; name another file")
    return found
