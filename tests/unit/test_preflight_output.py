# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What three hosts with the same problem print without our callback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
HOSTS = """
all:
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    service_python: "{{ ansible_playbook_python }}"
    consul_url: http://127.0.0.1:1
  hosts: {node1: , node2: , node3: }
"""
PLAYBOOK = """
- hosts: all
  gather_facts: false
  vars_files: services/web.yml
  vars:
    service: web
    __service_image: {reference: "example.com/web@sha256:1", content: c-1, version: null}
    __service_code: {}
  tasks:
    - ansible.builtin.import_role: {name: longshore.fleet.service, tasks_from: prepare, rolespec_validate: false}
    - ansible.builtin.import_role: {name: longshore.fleet.service, tasks_from: plan, rolespec_validate: false}
"""
SERVICE = """
service_image: {from: "example.com/web:1"}
service_registrations: [{name: web, port: 80}]
"""


def test_a_problem_is_an_error_once_and_not_once_a_host(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    for path, text in (("hosts.yml", HOSTS), ("play.yml", PLAYBOOK), ("services/web.yml", SERVICE)):
        (tmp_path / path).write_text(text, encoding="utf-8")
    environment = {**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "play.yml"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "node1, node2, node3: The Consul agent at http://127.0.0.1:1 cannot be reached" in said
    assert said.count("[ERROR]") == 1
    assert said.count("fatal: ") == 1
