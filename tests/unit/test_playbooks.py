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


@pytest.mark.parametrize("playbook", ["config", "exec", "history", "leave", "status", "unlock"])
def test_another_host_is_asked_where_the_first_one_is_down(tmp_path: Path, playbook: str) -> None:
    for folder in ("config", "services"):
        (tmp_path / folder).mkdir()
    (tmp_path / "config/common.yml").write_text("heap: 1g", encoding="utf-8")
    (tmp_path / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", f"longshore.fleet.{playbook}", "-e", "service=web"]
    command += {"leave": ["-e", "host=node1", "-e", "dead=true"], "exec": ["-e", "command=id"]}.get(playbook, [])
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    told = " ".join((done.stdout + done.stderr).split())
    assert f"The Consul agent at {NOBODY} cannot be reached" in told
    assert "Traceback" not in told
    if playbook == "config":
        assert "failed: [node1 -> node2]" in told


@pytest.mark.parametrize(
    ("playbook", "extra", "told"),
    [
        ("logs", "service=", "Say of which service: -e service=NAME"),
        ("logs", "lines=0", "lines: '0' is not a number of at least 1"),
        ("exec", "on=all", "Say what to run"),
        ("exec", "command=echo a b", "-e: 'a b' belongs to no variable, as a value ends at a space"),
    ],
)
def test_what_is_asked_is_read_before_any_host_is(tmp_path: Path, playbook: str, extra: str, told: str) -> None:
    (tmp_path / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", f"longshore.fleet.{playbook}"]
    command += ["-e", "service=web", "-e", extra]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert told in " ".join((done.stdout + done.stderr).split())
    assert "unreachable=0" in done.stdout


def test_a_promotion_tells_why_the_other_fleet_does_not_answer(tmp_path: Path) -> None:
    for fleet in ("staging", "production"):
        (tmp_path / fleet / "services").mkdir(parents=True)
        (tmp_path / fleet / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    service = tmp_path / "production/services/web.yml"
    service.write_text("service_image: {from: 'registry.example.com/web:1'}", encoding="utf-8")
    (tmp_path / "staging/ansible.cfg").write_text("[defaults]\nlog_path = told.log\n", encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "production/hosts.yml", "longshore.fleet.promote"]
    command += ["-e", "service=web", "-e", f"from={tmp_path}/staging"]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    assert f"history.yml -i {tmp_path}/staging/hosts.yml ended with 2, so it is not known what runs there" in told
    assert f"The Consul agent at {NOBODY} cannot be reached" in told
    assert "Traceback" not in told
    # That run has the configuration of Ansible beside that inventory.
    assert (tmp_path / "staging/told.log").exists()
