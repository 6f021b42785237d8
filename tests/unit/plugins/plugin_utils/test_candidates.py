# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placements that break a rule, as a deploy refuses them when it reads the service file, in one run of Ansible."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[4]
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - longshore.fleet.service_file: {name: "{{ item }}"}
      loop: "{{ names }}"
      run_once: true
      register: read
      ignore_errors: true
    - ansible.builtin.copy:
        content: "{{ read.results | to_json }}"
        dest: "{{ inventory_dir }}/results.json"
      run_once: true
"""
HOSTS = """
all:
  vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}", where: a}
  hosts:
    node1: {rack: a, disk_type: ssd}
    node2: {rack: "{{ where }}", disk_type: "{{ 'ss' ~ 'd' }}"}
    node3: {rack: 7, disk_type: hdd}
    node4: {rack: "{{ of_nobody }}"}
    node5: {}
"""
SSD = "disk_type == 'ssd'"
# Service -> its file without the image.
FILES: dict[str, dict[str, t.Any]] = {
    "right": {"service_hosts": "node1,node3", "service_placement": {"per_rack": 1, "count": 2, "never_with": "alone"}},
    "disks": {"service_hosts": "all", "service_placement": {"where": SSD}},
    "own": {"service_hosts": "node3", "service_placement": {"where": "floor == 1"}, "floor": "{{ 1 }}"},
    "racks": {"service_hosts": "node1,node2,node5", "service_placement": {"per_rack": 1}},
    "rack-template": {"service_hosts": "node4", "service_placement": {"per_rack": 1}},
    "groups": {"service_hosts": "node1", "service_placement": {"where": "'web' in group_names"}},
    "no-condition": {"service_hosts": "node1", "service_placement": {"where": "disk_type =="}},
    "no-answer": {"service_hosts": "node1", "service_placement": {"where": "disk_type"}},
    "shy": {"service_hosts": "node1", "service_placement": {"never_with": ["right", "alone"]}},
    "itself": {"service_hosts": "node1", "service_placement": {"never_with": ["itself"]}},
    "unknown": {"service_hosts": "node1", "service_placement": {"never_with": ["allone"]}},
    "alone": {"service_hosts": "node2"},
    "rendered": {"service_hosts": "node1", "service_placement": "{{ {'cuont': 1} }}"},
    "inventory": {"service_hosts": "node1", "service_placement": {"count": "{{ 1 + 1 }}"}},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """Service -> result of the action."""
    fleet = tmp_path_factory.mktemp("fleet")
    (fleet / "services/folder.yml").mkdir(parents=True)
    for name, data in FILES.items():
        text = json.dumps({"service_image": {"from": "web:1"}, **data})
        (fleet / f"services/{name}.yml").write_text(text, encoding="utf-8")
    (fleet / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    (fleet / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    names = json.dumps({"names": list(FILES)})
    command = ["ansible-playbook", "-i", fleet / "hosts.yml", fleet / "playbook.yml", "-e", names]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return {result["item"]: result for result in json.loads((fleet / "results.json").read_text(encoding="utf-8"))}


@pytest.mark.parametrize("service", ["own", "alone"])
def test_kept_rules(results: dict[str, t.Any], service: str) -> None:
    assert not results[service].get("failed"), results[service]["msg"]


@pytest.mark.parametrize(
    ("service", "said"),
    [
        pytest.param("disks", f'.where: node3 does not fulfil "{SSD}"', id="condition"),
        pytest.param("disks", f".where: node5: \"{SSD}\" cannot be told: 'disk_type' is undefined", id="undefined"),
        pytest.param("disks", "place.yml -e service=disks proposes hosts that fulfil all rules", id="what to do"),
        pytest.param("racks", ".per_rack: is 1, and node1, node2 are all in rack a", id="rack by a template"),
        pytest.param("racks", ".per_rack: node5 has no variable rack", id="no rack"),
        pytest.param("rack-template", ".per_rack: the variable rack of node4: 'of_nobody' is undefined", id="its rack"),
        pytest.param("groups", ".where: node1 does not fulfil", id="magic variables"),
        pytest.param("no-condition", ".where: node1: 'disk_type ==' cannot be told: Syntax error", id="syntax"),
        pytest.param("no-answer", ".where: node1: 'disk_type' cannot be told: Conditional result (True)", id="no bool"),
        pytest.param("shy", ".never_with: node1 has right too, by the service_hosts of services/right.yml", id="rival"),
        pytest.param("right", ".never_with of services/shy.yml: node1 has shy too", id="from the other side"),
        pytest.param("itself", ".never_with: names itself itself; per_rack and count tell", id="itself"),
        pytest.param("unknown", ".never_with: there is no service allone; did you mean alone?", id="unknown"),
        pytest.param("rendered", ".cuont: there is no such key; did you mean count?", id="rendered key"),
        pytest.param("inventory", ".count: is 2, and service_hosts names 1: node1", id="rendered number"),
    ],
)
def test_broken_rules(results: dict[str, t.Any], service: str, said: str) -> None:
    assert results[service]["failed"]
    message = results[service]["msg"]
    assert f"services/{service}.yml: service_placement{said}" in message or said in message
