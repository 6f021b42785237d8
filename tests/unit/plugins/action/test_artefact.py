# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image and the code of a service file, in one run of ansible-playbook: code that is not there ends both."""

from __future__ import annotations

import contextlib
import json
import subprocess
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.action import artefact
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

REPOSITORY = Path(__file__).parents[4]
PLAYBOOK = """
- hosts: all
  gather_facts: false
  vars: {service: web, service_registry: "127.0.0.1:1", service_image: {context: images/web}}
  tasks:
    - longshore.fleet.artefact: {kind: "{{ item.kind }}", state: resolved}
      loop: "{{ cases }}"
      register: done
      ignore_errors: true
      vars: {service_code: "{{ nowhere if item.wrong is defined else item.service_code | default({}) }}"}
    - ansible.builtin.copy:
        content: "{{ done.results | to_json }}"
        dest: "{{ playbook_dir }}/results.json"
"""
HERE = "{ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}"
HOSTS = f"all: {{hosts: {{localhost: {HERE}}}}}"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, t.Any]]:
    folder = tmp_path_factory.mktemp("fleet")
    cases = [
        {"kind": "code"},
        {"kind": "code", "service_code": {"repository": "nothing"}},
        {"kind": "code", "wrong": True},
        {"kind": "image"},
        {"kind": "volume"},
    ]
    (folder / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    (folder / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
    command = ["ansible-playbook", "-i", folder / "hosts.yml", folder / "play.yml", "-e", json.dumps({"cases": cases})]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told: list[dict[str, t.Any]] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize(
    ("number", "failed", "message"),
    [
        pytest.param(0, False, "", id="a service without code"),
        pytest.param(1, True, "/nothing", id="code that is not there, looked for beside the inventory"),
        pytest.param(2, True, "service_code: 'nowhere' is undefined", id="a variable that is not there"),
        pytest.param(3, True, "images/web", id="a context that is not there"),
        pytest.param(4, True, "kind must be one of: image, code", id="neither"),
    ],
)
def test_result_of_the_service_files_words(
    results: list[dict[str, t.Any]], number: int, failed: bool, message: str
) -> None:
    result = results[number]
    assert result.get("failed", False) is failed
    assert result.get("skipped", False) is not failed
    assert message in result.get("msg", "")


@pytest.mark.parametrize(
    ("hosts", "ssh", "warned"),
    [
        pytest.param(20, True, False, id="as many as it is for"),
        pytest.param(21, True, True, id="more"),
        pytest.param(21, False, False, id="a registry"),
    ],
)
def test_many_hosts_are_told_to_take_a_registry(
    hosts: int, ssh: bool, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = types.SimpleNamespace(
        image=lambda: {"name": "web"},
        sidecars=dict,
        registry=lambda _check: contextlib.nullcontext(),
        ssh_registry=ssh or None,
    )
    monkeypatch.setattr(artefact, "Artefacts", lambda *_given: made)
    action = object.__new__(artefact.ActionModule)
    action._task, action._templar = types.SimpleNamespace(check_mode=False), None
    monkeypatch.setattr(action, "_action", lambda *_given: {"changed": False, "warnings": ["a"]})
    options = {"kind": "image", "state": "pushed"}
    told = action.story(options, {"ansible_play_hosts_all": [str(number) for number in range(hosts)]})
    assert [f"each of {hosts} hosts" in warning for warning in told["warnings"]] == [False, *([True] if warned else [])]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param({"changed": True, "content": "n", "reference": "r/n@1", "version": None}, "n", id="shipped"),
        pytest.param({"failed": True, "msg": "none of that name"}, None, id="missing"),
    ],
)
def test_images_of_sidecars(second: dict[str, t.Any], expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.SimpleNamespace(
        image=lambda: {"name": "web"},
        sidecars=lambda: {"nginx": {"name": "nginx"}},
        registry=lambda _check: contextlib.nullcontext(),
        ssh_registry=None,
    )
    monkeypatch.setattr(artefact, "Artefacts", lambda *_given: made)
    action = object.__new__(artefact.ActionModule)
    action._task, action._templar = types.SimpleNamespace(check_mode=False), None
    results = {"web": {"changed": False, "content": "w"}, "nginx": second}
    monkeypatch.setattr(action, "_action", lambda _name, options, _vars: dict(results[options["name"]]))
    done = action.story({"kind": "image", "state": "pushed"}, {})
    if expected is None:
        assert done["msg"] == "service_sidecars.nginx.image: none of that name"
    else:
        assert (done["changed"], done["content"], done["sidecars"]["nginx"]["content"]) == (True, "w", expected)


def test_promotion_of_sidecars_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.SimpleNamespace(sidecars=lambda: {"nginx": {}})
    monkeypatch.setattr(artefact, "Artefacts", lambda *_given: made)
    action = object.__new__(artefact.ActionModule)
    action._templar = None
    with pytest.raises(Failure, match=r"service_sidecars: promote\.yml copies"):
        action.story({"kind": "image", "state": "promoted"}, {})
