# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets pass through a file of a host, the user is told, once for each host."""

from __future__ import annotations

import os
import subprocess
import types
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants

from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import way_of_secrets

REPOSITORY = Path(__file__).parents[4]
SU = types.SimpleNamespace(pipelining=False, name="ansible.builtin.su")


@pytest.mark.parametrize(
    ("connection", "kept", "told"),
    [
        pytest.param({"on": True}, False, "", id="through a pipe"),
        pytest.param({}, False, "pipelining is off, by ansible_pipelining, ansible_ssh_pipelining", id="switched off"),
        pytest.param({"become": SU}, False, "become_method su takes no pipelining; use sudo", id="su"),
        pytest.param({"has_pipelining": False}, False, "the connection odd has no pipelining", id="a connection"),
        pytest.param({}, True, "ANSIBLE_KEEP_REMOTE_FILES is set: they stay there. Unset it", id="kept files"),
    ],
)
def test_way_of_secrets(connection: dict[str, t.Any], kept: bool, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", kept)
    on = connection.pop("on", False)
    there = {"has_pipelining": True, "become": None, "transport": "odd", "is_pipelining_enabled": lambda: on}
    warning = way_of_secrets(types.SimpleNamespace(**{**there, **connection}), "web1")
    assert told in warning
    assert warning.startswith("web1: secrets reach this host in a file" if told else "")
    assert bool(warning) is bool(told)


# Each module refuses its options before it does anything.
TASKS = {
    "service_info": {"unknown": True, "secret_fingerprints": {"A": "b"}},
    "launch": {"unknown": True, "name": "web", "secrets": {"A": "b"}},
    "once": {"unknown": True, "name": "web", "secrets": {"A": "b"}},
}


@pytest.mark.parametrize(
    ("variables", "secrets", "times"),
    [
        pytest.param({"ansible_pipelining": False}, True, 1, id="off, with secrets"),
        pytest.param({"ansible_pipelining": False}, False, 0, id="off, without secrets"),
        pytest.param({"ansible_pipelining": True}, True, 0, id="on"),
    ],
)
def test_tasks_with_secrets_warn_once(variables: dict[str, t.Any], secrets: bool, times: int, tmp_path: Path) -> None:
    without = ("secrets", "secret_fingerprints")
    given = {n: o if secrets else {k: v for k, v in o.items() if k not in without} for n, o in TASKS.items()}
    tasks = [{f"longshore.fleet.{name}": options, "ignore_errors": True} for name, options in given.items()]
    site = [{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": tasks}]
    (tmp_path / "site.yml").write_text(yaml.safe_dump(site), encoding="utf-8")
    hosts = {"web1": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "site.yml"]
    environment = {**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("secrets reach this") == times, done.stdout + done.stderr
