# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks where the first host of the inventory is down: they ask the next one. What that one says shows it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOBODY = "http://127.0.0.1:1"
HERE = "'{{ ansible_playbook_python }}'"
HOSTS = f"""
all:
  vars: {{consul_url: "{NOBODY}", service_python: {HERE}, ansible_python_interpreter: {HERE}}}
  hosts:
    node1: {{ansible_host: 127.0.0.1, ansible_port: 1}}
    node2: {{ansible_connection: local}}
"""


@pytest.mark.parametrize("playbook", ["config", "history", "leave", "status", "unlock"])
def test_another_host_is_asked_where_the_first_one_is_down(tmp_path: Path, playbook: str) -> None:
    for folder in ("config", "services"):
        (tmp_path / folder).mkdir()
    (tmp_path / "config/common.yml").write_text("heap: 1g", encoding="utf-8")
    (tmp_path / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", f"longshore.fleet.{playbook}", "-e", "service=web"]
    command += ["-e", "host=node1", "-e", "dead=true"] if playbook == "leave" else []
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    told = " ".join((done.stdout + done.stderr).split())
    assert f"The Consul agent at {NOBODY} cannot be reached" in told
    assert "Traceback" not in told
    if playbook == "config":
        assert "failed: [node1 -> node2]" in told
