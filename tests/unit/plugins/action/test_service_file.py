# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action on a fleet of many service files, in one run of ansible-playbook."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils.service_file import schema, with_defaults

REPOSITORY = Path(__file__).parents[4]
IMAGE = "service_image: {context: images/web}\n"

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - longshore.fleet.service_file:
        name: "{{ item or omit }}"
      loop: "{{ names }}"
      register: read
      ignore_errors: true
      vars: {size: 2, team: [node2, node1]}
    - ansible.builtin.copy:
        content: "{{ read.results | to_json }}"
        dest: "{{ inventory_dir }}/results.json"
"""

HOSTS = (
    "all: {hosts: {node1: {ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}}}"
)

FILES = {
    "least": IMAGE,
    "most": f"{IMAGE}service_hosts: 'all:!b'\nservice_rollout: {{batch: [1, 25%], max_failures: 1, drain: 5s}}",
    "templates": f"{IMAGE}service_hosts: \"{{{{ team | join(',') }}}}\"\nservice_rollout: {{batch: '{{{{ size }}}}'}}",
    "whole": f"{IMAGE}service_rollout: \"{{{{ {{'batch': size}} }}}}\"",
    "empty": "",
    "list": "- service_image",
    "no-yaml": "service_image: {context: [",
    "wrong": "service_image: {contxt: a}\nservice_hots: a",
    "wrong-batch": f"{IMAGE}service_rollout: {{batch: some}}",
    "of-a-host": f"{IMAGE}service_hosts: '{{{{ config.hosts }}}}'",
    "of-nobody": f"{IMAGE}service_hosts: nobody",
    "wrong-template": f"{IMAGE}service_rollout: \"{{{{ {{'bacth': size}} }}}}\"",
    "list-template": f'{IMAGE}service_rollout: "{{{{ team }}}}"',
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fleet = tmp_path_factory.mktemp("fleet")
    (fleet / "services").mkdir()
    for name, content in FILES.items():
        (fleet / f"services/{name}.yml").write_text(content, encoding="utf-8")
    (fleet / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    (fleet / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    return fleet


@pytest.fixture(scope="module")
def results(fleet: Path) -> dict[str, dict[str, t.Any]]:
    """Service -> result of the action."""
    names = [*FILES, "unknown", ""]
    command = [
        "ansible-playbook",
        "-i",
        fleet / "hosts.yml",
        fleet / "playbook.yml",
        "-e",
        json.dumps({"names": names}),
    ]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return {result["item"]: result for result in json.loads((fleet / "results.json").read_text(encoding="utf-8"))}


DEFAULTS = with_defaults({}, schema()["service_rollout"])


@pytest.mark.parametrize(
    ("service", "hosts", "rollout"),
    [
        pytest.param("least", "all", {}, id="defaults"),
        pytest.param("most", "all:!b", {"batch": [1, "25%"], "max_failures": 1, "drain": "5s"}, id="all given"),
        pytest.param("templates", "node2,node1", {"batch": 2}, id="templates"),
        pytest.param("whole", "all", {"batch": 2}, id="rollout by a template"),
    ],
)
def test_facts(
    results: dict[str, dict[str, t.Any]], fleet: Path, service: str, hosts: str, rollout: dict[str, t.Any]
) -> None:
    assert results[service]["ansible_facts"]["longshore_service"] == {
        "name": service,
        "path": str(fleet / f"services/{service}.yml"),
        "folder": str(fleet),
        "hosts": hosts,
        "rollout": {**DEFAULTS, **rollout},
    }


@pytest.mark.parametrize(
    ("service", "said"),
    [
        pytest.param("empty", "services/empty.yml: service_image: says neither which context", id="empty file"),
        pytest.param("list", "services/list.yml: expected a mapping of variables, such as service_image", id="list"),
        pytest.param("no-yaml", "services/no-yaml.yml:2:1 is not valid YAML; correct it: ", id="no YAML"),
        pytest.param("wrong", "service_image.contxt: there is no such key; did you mean context?", id="first problem"),
        pytest.param("wrong", "service_hots: there is no such key; did you mean service_hosts?", id="second problem"),
        pytest.param("wrong-batch", "service_rollout.batch: 'some' is neither a number of hosts", id="batch"),
        pytest.param(
            "of-a-host",
            "services/of-a-host.yml: service_hosts and service_rollout are the same for all hosts",
            id="config",
        ),
        pytest.param(
            "wrong-template", "service_rollout.bacth: there is no such key; did you mean batch?", id="rendered key"
        ),
        pytest.param(
            "list-template", "service_rollout: expected a mapping, got ['node2', 'node1']", id="rendered type"
        ),
        pytest.param(
            "of-nobody", "service_hosts is 'nobody', and no host of the inventory matches", id="no host of that name"
        ),
        pytest.param("unknown", "There is no service unknown in ", id="unknown service"),
        pytest.param("", "Say which service: -e service=NAME. There are: empty, least, list, ", id="no service"),
    ],
)
def test_errors(results: dict[str, dict[str, t.Any]], service: str, said: str) -> None:
    assert results[service]["failed"]
    assert said in results[service]["msg"]
