# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates in whatever modules bring from Consul, images and repositories: shown as they are, and never run."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

PLAYBOOK = """
- hosts: all
  gather_facts: false
  vars:
    brought: "{{ lookup('ansible.builtin.file', playbook_dir ~ '/found.json') | from_json }}"
  tasks:
    - ansible.builtin.set_fact:
        longshore_service:
          name: web
          hosts: all
          prefix: longshore
          path: "{{ playbook_dir }}/services/web.yml"
          folder: "{{ playbook_dir }}"
          rollout: {batch: 2, max_failures: 0, max_unreachable: 0, keep: 5, lock_wait: 0s, watch: 0s, pause: 0s}
        cacheable: true
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - ansible.builtin.set_fact:
        __service_discovered: "{{ brought.discovered }}"
        __service_launched: "{{ brought.planned }}"
        __service_image: "{{ brought.record.image }}"
        __service_recalled: {target: "{{ brought.record }}"}
        __service_records: {services: {web: "{{ brought.info }}"}}
        __service_instances: "{{ brought.status }}"
    - longshore.fleet.rollout: {state: planned}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - ansible.builtin.set_fact:
        __service_launched: "{{ brought.failed }}"
        __service_begun: {id: r-2, session: s, previous: "{{ brought.record }}", record: "{{ brought.record }}"}
    - longshore.fleet.rollout: {state: judged}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - longshore.fleet.report: {subject: history}
      run_once: true
      delegate_to: localhost
    - longshore.fleet.report: {subject: status}
      run_once: true
      delegate_to: localhost
    - longshore.fleet.rollout: {state: closed}
      run_once: true
      delegate_to: localhost
      ignore_errors: true
    - longshore.fleet.rollout: {state: recalled}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
"""


def found_by_hosts(payload: str) -> dict[str, t.Any]:
    """Return what modules return, with the payload in each text that others than the controller write."""
    image = {"reference": payload, "content": payload, "version": payload}
    record = {
        **dict.fromkeys(("service_file", "who", "where", "started", "commit", "previous", "ended"), payload),
        **dict.fromkeys(("config_digest", "session", "signature", "content"), payload),
        **{"id": "r-1", "service": "web", "image": image, "code": image, "back_to": payload, "removed": payload},
        **{"state": payload, "set_aside": [payload], "rendered": {}, "hosts": {payload: {"result": payload}}},
    }
    note = {"release": payload, "action": payload, "result": "failed", "message": payload, "when": payload}
    instance = {"service": "web", "instance": "web", "state": payload, "image": payload, "code": payload}
    instance |= {"checks": {payload: "passing"}, "since": payload, "drift": [payload], "failing": [payload]}
    instance |= {"version": payload, "reference": payload, "content": payload, "drained": payload}
    change = {"key": payload, "before": payload, "after": payload}
    return {
        "record": record,
        "discovered": {
            "node": {"name": payload, "address": payload, "meta": {"rack": payload}},
            "config_origin": {payload: payload},
            "config_layers": [payload],
        },
        "planned": {"action": "replace", "problems": [], "changes": [change], "rendered": payload},
        "failed": {"failed": True, "msg": payload, "action": "replace"},
        "info": {
            "prefix": payload,
            "current": payload,
            "releases": [record],
            "lock": payload,
            "session": payload,
            "problems": [payload],
            "nodes": {payload: {"web": note}},
        },
        "status": {"node": payload, "instances": [instance]},
    }


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "services").mkdir()
    (tmp_path / "services/web.yml").write_text("service_hosts: all\n", encoding="utf-8")
    (tmp_path / "hosts.ini").write_text("node1 ansible_connection=local\n", encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    return tmp_path


def test_nothing_that_hosts_bring_is_ever_a_template(fleet: Path) -> None:
    payload = f"{{{{ lookup('ansible.builtin.pipe', 'touch {fleet}/ran') }}}}"
    (fleet / "found.json").write_text(json.dumps(found_by_hosts(payload)), encoding="utf-8")
    command = ["ansible-playbook", "-i", fleet / "hosts.ini", fleet / "playbook.yml", "-e", "service_hosts=all"]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert not (fleet / "ran").exists(), said
    assert "Traceback" not in said
    assert payload in said
    # The last task, which would go back to it, is the one that fails.
    assert "The record of release r-1 of web has no valid signature" in said, said
    assert done.returncode == 2, said
