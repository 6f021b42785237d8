# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action on the results of three hosts, in a few runs of ansible-playbook."""

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
    - ansible.builtin.set_fact:
        longshore_service:
          name: web
          prefix: longshore
          path: "{{ playbook_dir }}/playbook.yml"
          folder: "{{ playbook_dir }}"
          hosts: all
          release: "{{ recalled | default(omit) }}"
          rollout:
            on_failure: "{{ on_failure | default('stop') }}"
            batch: 2
            max_failures: 0
            max_unreachable: 0
            keep: 5
            lock_wait: 0s
            watch: 0s
            pause: 0s
            confirm: "{{ held }}"
        longshore_run: "{{ asked | default({}) }}"
        cacheable: true
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - ansible.builtin.set_fact:
        __service_discovered: "{{ discovered[inventory_hostname] }}"
        __service_launched: "{{ planned[inventory_hostname] }}"
    - ansible.builtin.set_fact:
        longshore_verdict: {watched: [node1], returning: [node2]}
        cacheable: true
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - longshore.fleet.rollout: {state: planned}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - ansible.builtin.debug:
        msg: >-
          {{ rollout.hosts | join(',') }} by {{ rollout.batches | join(',') }},
          {{ (verdict.watched + verdict.returning) | length }} of the service before
      run_once: true
      vars:
        rollout: "{{ hostvars.localhost.ansible_facts.longshore_rollout }}"
        verdict: "{{ hostvars.localhost.ansible_facts.longshore_verdict }}"
    - ansible.builtin.debug:
        msg: "begins with {{ begin.image.reference }} and {{ (begin.code or {}).reference | default('no code') }}"
      run_once: true
      vars:
        begin: "{{ hostvars.localhost.ansible_facts.longshore_rollout.begin }}"
    - ansible.builtin.set_fact:
        __service_launched: "{{ launched[inventory_hostname] }}"
      when: inventory_hostname in launched
    - longshore.fleet.rollout: {state: judged}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - longshore.fleet.rollout: {state: closed}
      run_once: true
      delegate_to: localhost
"""

FOUND = {"first_boot": False, "current_release": "r-1", "config_layers": ["longshore/config/web"]}
FIRST = {host: {"current_release": ""} for host in ("node1", "node2", "node3")}
NONE = {"action": "none", "problems": []}
REPLACE = {"action": "replace", "problems": [], "changes": [{"key": "image", "before": "c-1", "after": "c-2"}]}
DONE = {"action": "replace", "seconds": {"gate": 1.5}}


class Fleet:
    """Three hosts, and what their tasks are to have found."""

    def __init__(self, folder: Path) -> None:
        hosts = "\n".join(f"node{n} ansible_connection=local" for n in (1, 2, 3))
        (folder / "hosts.ini").write_text(hosts, encoding="utf-8")
        (folder / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
        self.folder = folder

    def run(self, *arguments: str, **results: t.Any) -> tuple[int, str]:
        """Exit code and output; ``results``: planned, discovered, launched, each by host, where it is not the usual."""
        hosts = ("node1", "node2", "node3")
        given = {
            "discovered": {
                host: {**FOUND, "node": {"name": host}, **results.get("discovered", {}).get(host, {})} for host in hosts
            },
            "planned": {**dict.fromkeys(hosts, NONE), **results.pop("planned", {})},
            "launched": results.pop("launched", {}),
            "held": results.pop("held", False),
            **{name: value for name, value in results.items() if name != "discovered"},
        }
        command = ["ansible-playbook", "-i", self.folder / "hosts.ini", self.folder / "playbook.yml", *arguments]
        done = subprocess.run(
            [*command, "-e", json.dumps(given)], cwd=REPOSITORY, check=False, capture_output=True, text=True
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def test_only_hosts_with_something_to_do_roll(fleet: Fleet) -> None:
    code, said = fleet.run(planned={"node1": REPLACE, "node3": REPLACE}, launched={"node1": DONE, "node3": DONE})
    assert code == 0, said
    assert "msg: node1,node3 by 2, 0 of the service before\n" in said
    assert "node1, node3: replace\n  image: c-1 -> c-2\nnode2: none\n" in said
    assert "node1: replace: done, gate 1.5 s\nnode3: replace: done, gate 1.5 s\n" in said


@pytest.mark.parametrize(("view", "logs"), [("ansible.builtin.default", 0), ("longshore.fleet.rollout", 1)])
def test_the_report_repeats_no_log_that_the_failed_task_has_shown(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, view: str, logs: int
) -> None:
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", view)
    message = "The gate was not passed\n  log: no such shop\nThe old container is back."
    failed = {"failed": True, "msg": message}
    code, said = fleet.run(planned={"node1": REPLACE}, launched={"node1": failed})
    assert code != 0
    assert "The rollout of web stopped.\nnode1: The gate was not passed\n" in said
    assert "The old container is back." in said
    assert (said.count("log: no such shop") > 0) == logs


def test_the_first_rollout_makes_the_fleet_key_and_says_so(fleet: Fleet) -> None:
    key = fleet.folder / "fleet.key"
    for made in (True, False):
        code, said = fleet.run(discovered=FIRST, planned={"node1": REPLACE}, launched={"node1": DONE})
        assert code == 0, said
        assert (f"Made the fleet key {key}" in said) is made
        assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_no_other_fleet_key_is_made_where_something_was_released_before(fleet: Fleet, options: list[str]) -> None:
    record = {"id": "r-1", "service": "web", "signature": "of another controller"}
    code, said = fleet.run(
        *options,
        discovered={"node2": {"current_record": record}},
        planned={"node1": REPLACE},
        launched={"node1": DONE},
        on_failure="rollback",
    )
    assert code == 0, said
    told = " ".join(said.split())
    assert f"There is no fleet key here (the file {fleet.folder}/fleet.key or the variable fleet_key)" in told
    assert "though web was released before: r-1 is current" in told
    assert "on_failure: rollback cannot go back to r-1, whose record has no valid signature" in told
    assert not (fleet.folder / "fleet.key").exists()


def test_a_fleet_key_that_others_may_read_is_refused(fleet: Fleet) -> None:
    key = fleet.folder / "fleet.key"
    key.write_text("0" * 64, encoding="utf-8")
    key.chmod(0o644)
    code, said = fleet.run(planned={"node1": REPLACE})
    assert code != 0
    assert f"{key} has mode 0644, so others can read the key; run: chmod 600 {key}" in said


def test_instances_that_were_left_are_told(fleet: Fleet) -> None:
    noted = {"node1": {"noted_nodes": ["node1", "node9", "x\x1b[2J\nnode2: none; id"]}}
    code, said = fleet.run(discovered=noted)
    assert code == 0, said
    assert "node9: has an instance of web, but service_hosts does not name this host any more" in said
    assert r"x\x1b[2J\nnode2: none; id: has an instance of web" in said
    _code, said = fleet.run("--limit", "node1", discovered=noted)
    assert "node9" not in said.replace('"node9"', "")


def test_the_fleet_key_may_refer_to_another_variable(fleet: Fleet) -> None:
    given = {"fleet_key": "{{ vault_of_the_fleet.fleet_key }}", "planned": {"node1": REPLACE}}
    code, said = fleet.run(**given, vault_of_the_fleet={"fleet_key": "short"})
    assert code != 0
    assert "fleet_key: is not a valid fleet key" in said
    code, said = fleet.run(**given, vault_of_the_fleet={"fleet_key": "0" * 64}, launched={"node1": DONE})
    assert code == 0, said
    assert not (fleet.folder / "fleet.key").exists()


def test_check_mode_shows_the_plan_and_rolls_nothing(fleet: Fleet) -> None:
    code, said = fleet.run("--check", discovered=FIRST, planned={"node1": REPLACE})
    assert code == 0, said
    assert not (fleet.folder / "fleet.key").exists()
    assert f"A deploy would make the fleet key {fleet.folder / 'fleet.key'}" in said
    assert "by 1, 0 of the service before" in said
    assert "node1: replace\n  image: c-1 -> c-2\nnode2, node3: none\n" in said


def test_at_a_first_boot_with_peers_one_host_goes_ahead(fleet: Fleet) -> None:
    boot = {"node3": {"first_boot": True}}
    _code, said = fleet.run(planned={"node1": REPLACE}, discovered=boot, service_peers={"all": {}})
    assert "msg: node1 by 1, 0 of the service before\n" in said
    assert "A NEW CLUSTER IS FOUNDED: web on node1. The other hosts join it." in said


def test_a_cluster_that_was_founded_before_is_refused(fleet: Fleet) -> None:
    gone = {"first_boot": False, "no_instances": True, "founded": {"node": "node2", "when": "2026-01-31T12:00:00Z"}}
    discovered = dict.fromkeys(("node1", "node2", "node3"), gone)
    peers = {"service_peers": {"all": {}}}
    code, said = fleet.run(planned={"node1": REPLACE}, discovered=discovered, **peers)
    assert code != 0
    assert "THE CLUSTER web WAS FOUNDED BEFORE on node2" in said
    everywhere = dict.fromkeys(("node1", "node2", "node3"), REPLACE)
    code, said = fleet.run(planned=everywhere, discovered=discovered, asked={"cold_start": True}, **peers)
    assert "COLD START: web starts on node1, node2, node3 together" in said
    assert "msg: node1,node2,node3 by 3, 0 of the service before\n" in said


def test_problems_of_all_hosts_come_at_once(fleet: Fleet) -> None:
    planned = {"node1": {**NONE, "problems": ["disk is full"]}, "node2": {"failed": True, "msg": "no engine"}}
    code, said = fleet.run(planned={**planned, "node3": {**NONE, "problems": ["disk is full", "no port"]}})
    assert code != 0
    assert "web can't be rolled out; no container was touched." in said
    for line in ("node1, node3: disk is full", "node2: no engine", "node3: no port"):
        assert line in said


def test_failed_hosts_fail_the_play_at_its_end(fleet: Fleet) -> None:
    failed = {"failed": True, "msg": "The gate was not passed"}
    code, said = fleet.run(planned={"node1": REPLACE, "node2": REPLACE}, launched={"node1": failed})
    assert code != 0
    assert "node1: replace: failed\nnode2: replace: not reached\n" in said
    assert "The rollout of web stopped." in said
    assert "node1: The gate was not passed" in said


def test_a_record_of_a_held_rollout_that_could_not_be_ended_is_told(fleet: Fleet) -> None:
    ended = {"failed": True, "msg": "Consul has no leader"}
    everywhere = dict.fromkeys(("node1", "node2", "node3"), REPLACE)
    code, said = fleet.run(planned=everywhere, launched={"node1": DONE}, held=True, __service_ended=ended)
    assert code != 0
    assert "The rollout of web is held after the first batch." in said
    assert "The record could not be ended: Consul has no leader" in said


@pytest.mark.parametrize(
    ("recalled", "begins"),
    [
        pytest.param({}, "begins with web@2 and code@2", id="deploy"),
        pytest.param({"image": {"reference": "web@1"}}, "begins with web@1 and no code", id="rollback"),
        pytest.param(
            {"image": {"reference": "web@1"}, "code": {"reference": "code@1", "content": "c", "version": "1"}},
            "begins with web@1 and code@1",
            id="rollback with code",
        ),
    ],
)
def test_a_rollback_runs_its_release_whatever_was_deployed_before_in_the_same_run(
    fleet: Fleet, recalled: dict[str, t.Any], begins: str
) -> None:
    deployed = {
        "__service_image": {"reference": "web@2", "content": "c-2", "version": "2"},
        "__service_code": {"reference": "code@2", "content": "c-2", "version": "2"},
    }
    release = {"recalled": {"id": "r-1", "commit": "", **recalled}} if recalled else {}
    _code, said = fleet.run(planned={"node1": REPLACE}, **deployed, **release)
    assert begins in said
