# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case of data/wrong_values.yml, read as a rollout reads its service file, in one run of ansible-playbook."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
CASES = yaml.safe_load((REPOSITORY / "tests/unit/data/wrong_values.yml").read_text(encoding="utf-8"))
ON_HOSTS = yaml.safe_load((REPOSITORY / "tests/integration/targets/plan/refused.yml").read_text(encoding="utf-8"))
IMAGE = "service_image: {from: registry.example/web}"
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - longshore.fleet.service_file: {name: "{{ item }}"}
      loop: "{{ names }}"
      register: read
      ignore_errors: true
    - ansible.builtin.copy: {content: "{{ read.results | to_json }}", dest: "{{ inventory_dir }}/results.json"}
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Case -> the error of its service file, '' for none."""
    fleet = tmp_path_factory.mktemp("fleet")
    (fleet / "services").mkdir()
    for case in CASES:
        (fleet / f"services/{case['id']}.yml").write_text(f"{IMAGE}\n{case['file']}\n", encoding="utf-8")
    here = "{ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}"
    (fleet / "hosts.yml").write_text(f"all: {{hosts: {{node1: {here}}}}}", encoding="utf-8")
    (fleet / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    names = json.dumps({"names": [case["id"] for case in CASES]})
    command = ["ansible-playbook", "-i", fleet / "hosts.yml", fleet / "playbook.yml", "-e", names]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stdout + done.stderr
    results = json.loads((fleet / "results.json").read_text(encoding="utf-8"))
    return {result["item"]: result["msg"] if result["failed"] else "" for result in results}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_told_before_any_host_is_asked(said: dict[str, str], case: dict[str, t.Any]) -> None:
    assert ("says" in case) == bool(said[case["id"]]), said[case["id"]]
    assert f"services/{case['id']}.yml: {case['says']}" in said[case["id"]] if "says" in case else True


def test_what_only_hosts_can_tell_is_tried_on_one() -> None:
    assert {case["host"] for case in CASES if "host" in case} <= {case["id"] for case in ON_HOSTS}
