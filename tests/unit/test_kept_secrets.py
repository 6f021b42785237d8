# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that roles make on a controller: once, in files or in a vault file, and found by a second controller."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: longshore.fleet.consul
        tasks_from: secrets
        rolespec_validate: false
    - ansible.builtin.include_role:
        name: longshore.fleet.registry
        tasks_from: passwords
        rolespec_validate: false
    - ansible.builtin.include_role:
        name: longshore.fleet.ca
        tasks_from: certificate
      vars:
        ca_certificate_files: ["{{ playbook_dir }}/none.key", "{{ playbook_dir }}/none.pem"]
        ca_certificate_name: web
        ca_certificate_alt_names: [DNS:web]
    - ansible.builtin.include_role:
        name: longshore.fleet.consul
        tasks_from: keep
      vars:
        __consul_secrets: [{path: "{{ consul_folder }}/deploy-web.token", content: "{{ token }}", mode: "0600"}]
        __consul_replaces: true
      when: token is defined
"""
INVENTORY = """
all:
  hosts:
    localhost: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""
IN_A_FOLDER = {"consul/ca.key", "consul/gossip.key", "consul/management.token"}
PASSWORDS = {"registry/hosts-1.password", "registry/controller-1.password"}
IN_THE_VAULT = {
    "ca.key",
    "gossip.key",
    "management.token",
    "registry-controller-1.password",
    "registry-hosts-1.password",
}


class Controller:
    """A folder with an inventory, from which the tasks run that make secrets."""

    def __init__(self, folder: Path, vault: str = "secrets.yml", password: str | None = "a password") -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "hosts.yml").write_text(INVENTORY, encoding="utf-8")
        (folder / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
        (folder / "password").write_text(f"{password}\n", encoding="utf-8")
        self._command = ["ansible-playbook", "--inventory", str(folder / "hosts.yml"), str(folder / "play.yml")]
        self.vault = folder / vault
        if vault:
            self._command += ["--extra-vars", f"consul_vault_file={self.vault}"]
        if password:
            self._command += ["--vault-password-file", str(folder / "password")]

    def run(self, *options: str) -> tuple[int, int, str]:
        """Return the code, how many tasks changed something, and what was said."""
        environment = {**os.environ, "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"}
        command = [*self._command, *options]
        done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True, env=environment)
        said = " ".join((done.stdout + done.stderr).split())
        changed = re.search(r"changed=(\d+)", said)
        return done.returncode, int(changed.group(1)) if changed else 0, said

    def secrets(self) -> dict[str, str]:
        """Return the lines of the vault file, by its own command."""
        command = ["ansible-vault", "view", "--vault-password-file", str(self.folder / "password"), str(self.vault)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return dict(line.split(": ", 1) for line in text.splitlines() if re.match(r"[a-z]", line))

    def files(self) -> dict[str, int]:
        """Return the modes of the files that were made."""
        found = (path for name in ("consul", "registry") for path in (self.folder / name).rglob("*"))
        return {str(path.relative_to(self.folder)): stat.S_IMODE(path.stat().st_mode) for path in found}


def test_they_are_files_that_nobody_else_reads_and_a_vault_file_that_comes_later_makes_none_anew(
    tmp_path: Path,
) -> None:
    controller = Controller(tmp_path / "a", vault="", password=None)
    code, _changed, said = controller.run()
    assert code == 0, said
    files = controller.files()
    assert files.pop("consul/ca.pem") == 0o644
    assert files == dict.fromkeys(IN_A_FOLDER | PASSWORDS, 0o600)
    before = {name: (controller.folder / name).read_text(encoding="utf-8") for name in files}
    controller = Controller(tmp_path / "a")
    code, _changed, said = controller.run("-e", "token=t-1")
    assert code == 0, said
    assert controller.secrets() == {"deploy-web.token": "t-1"}
    assert {name: (controller.folder / name).read_text(encoding="utf-8") for name in files} == before


def test_they_are_in_the_vault_file_that_is_named_and_a_second_controller_finds_them(tmp_path: Path) -> None:
    first = Controller(tmp_path / "a")
    code, _changed, said = first.run("-e", "token=t-1")
    assert code == 0, said
    assert first.files() == {"consul/ca.pem": 0o644}
    assert first.secrets().keys() == IN_THE_VAULT | {"deploy-web.token"}
    assert stat.S_IMODE(first.vault.stat().st_mode) == 0o600
    assert b"ANSIBLE_VAULT" in first.vault.read_bytes()

    second = Controller(tmp_path / "b")  # what git brings
    shutil.copytree(first.folder / "consul", second.folder / "consul")
    shutil.copy(first.vault, second.vault)
    code, changed, said = second.run("-e", "token=t-2")  # of the next generation
    assert (code, second.files()) == (0, {"consul/ca.pem": 0o644}), said
    assert second.secrets() == {**first.secrets(), "deploy-web.token": "t-2"}
    assert changed <= 4, said  # that token, the folder of the registry, and the certificate of a host that has none


def test_without_a_password_nothing_is_made(tmp_path: Path) -> None:
    controller = Controller(tmp_path / "a", password=None)
    code, _changed, said = controller.run()
    assert code != 0
    assert "this run has no password of Ansible Vault: give the password" in said
    assert controller.files() == {}
