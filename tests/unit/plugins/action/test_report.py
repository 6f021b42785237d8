# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the records of each service are, by the service files of a fleet."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[4]
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - longshore.fleet.report: {subject: prefixes}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - ansible.builtin.copy:
        content: "{{ hostvars.localhost.ansible_facts.longshore_prefixes | to_json }}"
        dest: "{{ playbook_dir }}/prefixes.json"
      run_once: true
      delegate_to: localhost
"""
FILES = {
    "own": "service_prefix: fleet/a/\n",
    "plain": "service_hosts: all\n",
    "template": "service_prefix: '{{ team }}/b'\n",
    "wrong": "service_prefix: ../b\n",
    "list": "- a\n",
    "latin": "a: \udce9\n",
    "nobody": "service_hosts: '{{ there_is_none }}'\n",
    "broken": "a: [\n",
    "mapping": "service_hosts: {a: b}\n",
    "nothing": "service_hosts: []\n",
    "number": "service_hosts: 5\n",
}
WRONG = ["wrong", "list", "latin", "nobody", "broken", "mapping", "nothing", "number"]
# What the hosts told, as if the playbook had asked them.
STATUS = """
- hosts: all
  gather_facts: false
  tasks:
    - longshore.fleet.report: {subject: prefixes}
      run_once: true
      delegate_to: localhost
      delegate_facts: true
    - longshore.fleet.report:
        subject: status
        file: "{{ playbook_dir }}/{{ file | default('status.json') }}"
        page: "{{ playbook_dir }}/{{ page | default('page.html') }}"
      run_once: true
      delegate_to: localhost
"""
INSTANCE = {
    "state": "running",
    "drained": "",
    "content": "c",
    "code": "",
    "checks": {},
    "since": "",
    "failing": [],
    "drift": [],
}


@pytest.mark.parametrize(
    ("arguments", "everybody", "prefixes"),
    [
        pytest.param([], "", {"own": "fleet/a", "template": "t/b"}, id="files alone"),
        pytest.param(
            [], ", service_prefix: c", {"own": "fleet/a", "plain": "c", "template": "t/b"}, id="and the inventory"
        ),
        pytest.param(["-e", "service=own"], "", {"own": "fleet/a"}, id="of one service"),
        pytest.param(["-e", "service=own", "-e", "service_prefix=d"], "", {"own": "d"}, id="an extra variable"),
    ],
)
def test_the_prefix_of_each_service_is_that_of_its_file(
    tmp_path: Path, arguments: list[str], everybody: str, prefixes: dict[str, str]
) -> None:
    (tmp_path / "services").mkdir()
    for name, text in FILES.items():
        (tmp_path / f"services/{name}.yml").write_bytes(text.encode(errors="surrogateescape"))
    hosts = "hosts: {node1: {ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}}"
    (tmp_path / "hosts.yml").write_text(f"all: {{{hosts}, vars: {{team: t{everybody}}}}}\n", encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "playbook.yml", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, said
    assert json.loads((tmp_path / "prefixes.json").read_text(encoding="utf-8")) == prefixes
    warned = [name for name in FILES if f"services/{name}.yml: its service_prefix cannot be told" in said]
    assert warned == ([] if arguments else WRONG)


def test_a_service_file_that_is_wrong_hides_no_other_service(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    for name, text in FILES.items():
        (tmp_path / f"services/{name}.yml").write_bytes(text.encode(errors="surrogateescape"))
    instances = [{**INSTANCE, "service": name, "instance": name} for name in ("mapping", "gone")]
    node1 = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "__service_instances": {"node": "node1", "instances": instances},
        "__service_records": {"services": {}},
    }
    hosts = {"all": {"hosts": {"node1": node1}, "vars": {"team": "t"}}}
    (tmp_path / "hosts.yml").write_text(json.dumps(hosts), encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(STATUS, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "playbook.yml"]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, said
    warned = [name for name in FILES if f"services/{name}.yml: its hosts cannot be told" in said]
    assert warned == [name for name in WRONG if name != "wrong"]
    rows = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))["rows"]
    assert json.dumps(rows) in (tmp_path / "page.html").read_text(encoding="utf-8")
    shown = {row["service"]: (row["state"], row["remarks"]) for row in rows}
    advice = "no service file asks for it here; to remove it: remove.yml -e service=gone --limit node1"
    missing = ("missing", ["should run here"])
    assert shown == {
        "gone": ("running", [advice]),
        "mapping": ("running", []),
        **dict.fromkeys(("own", "plain", "template", "wrong"), missing),
    }


@pytest.mark.parametrize("option", ["file", "page"])
def test_what_cannot_be_written_is_told(tmp_path: Path, option: str) -> None:
    (tmp_path / "hosts.yml").write_text("all: {hosts: {node1: {ansible_connection: local}}}\n", encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(STATUS, encoding="utf-8")
    command = [
        "ansible-playbook",
        "-i",
        tmp_path / "hosts.yml",
        tmp_path / "playbook.yml",
        "-e",
        f"{option}=there/is/none",
    ]
    command += ["-e", '{"__service_records": {"services": {}}}']
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{option}: {tmp_path}/there/is/none could not be written" in " ".join(done.stdout.split())


def test_a_page_without_the_records_tells_why(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("all: {hosts: {node1: {ansible_connection: local}}}\n", encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(STATUS, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "playbook.yml"]
    command += ["-e", '{"__service_records": {"failed": true, "msg": "Consul: 403"}}']
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert json.dumps({"problem": "No host could read the records.\nConsul: 403"})[1:-1] in page


HISTORY = STATUS.replace("subject: status", "subject: history").replace("status.json", "history.json")
RECORD = {
    **{
        "id": "r-1",
        "service": "web",
        "state": "done",
        "image": {"content": "c"},
        "code": None,
        "who": "ann",
        "where": "ci",
    },
    **{"started": "2026-01-31T12:00:00Z", "commit": "0a1b2c", "service_file": "service_container: {user: '1'}\n"},
    **{
        "back_to": "",
        "removed": "",
        "set_aside": [],
        "hosts": {},
        "rendered": {},
        "config_digest": "d",
        "signature": "",
    },
}


@pytest.mark.parametrize(
    ("release", "code", "shown"),
    [
        pytest.param("r-2", 0, "web r-2 ann on ci 0a1b2c user 1 2", id="what it changed"),
        pytest.param("r-1", 0, "No release before r-1 is kept", id="the first one"),
        pytest.param("r-9", 2, "There is no release r-9;", id="one that is not there"),
    ],
)
def test_history_of_one_release(tmp_path: Path, release: str, code: int, shown: str) -> None:
    newer = {**RECORD, "id": "r-2", "service_file": "service_container: {user: '2'}\n"}
    web = {"prefix": "longshore", "current": "r-2", "releases": [newer, RECORD], "nodes": {}, "lock": "", "drains": []}
    (tmp_path / "hosts.yml").write_text("all: {hosts: {node1: {ansible_connection: local}}}\n", encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(HISTORY, encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "playbook.yml", "-e", f"release={release}"]
    command += ["-e", json.dumps({"__service_records": {"services": {"web": web}}})]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == code, done.stdout
    assert shown in " ".join(done.stdout.split())
