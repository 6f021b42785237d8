# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets pass through a file of a host, the user is told, once for each host."""

from __future__ import annotations

import subprocess
import types
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants

from ansible_collections.longshore.fleet.plugins.plugin_utils._pipelining import warn_of_files, way_of_secrets

REPOSITORY = Path(__file__).parents[4]
SU = types.SimpleNamespace(pipelining=False, name="ansible.builtin.su")


@pytest.mark.parametrize(
    ("connection", "kept", "told"),
    [
        pytest.param({"on": True}, False, "", id="through a pipe"),
        pytest.param({}, False, "pipelining is off, by ansible_pipelining, ansible_ssh_pipelining", id="switched off"),
        pytest.param({"become": SU}, False, "become_method su takes no pipelining; use sudo", id="su"),
        pytest.param({"has_pipelining": False}, False, "the connection odd has no pipelining", id="a connection"),
        pytest.param({"on": True, "wrap_async": True}, False, "async keeps them there", id="in the background"),
        pytest.param(
            {"on": True}, True, "ANSIBLE_KEEP_REMOTE_FILES is set", id="kept files, as ansible-core 2.21 asks"
        ),
        pytest.param({}, True, "ANSIBLE_KEEP_REMOTE_FILES is set: they stay there. Unset it", id="kept files"),
    ],
)
def test_way_of_secrets(connection: dict[str, t.Any], kept: bool, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", kept)
    on, wrap_async = connection.pop("on", False), connection.pop("wrap_async", False)
    asked = {"is_pipelining_enabled": lambda wrap_async: on and not wrap_async}
    there = {"has_pipelining": True, "become": None, "transport": "odd", **asked}
    warning = way_of_secrets(types.SimpleNamespace(**{**there, **connection}), "web1", wrap_async)
    assert told in warning
    assert warning.startswith("web1: secrets reach this host in a file" if told else "")
    assert bool(warning) is bool(told)


def test_no_secrets_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    off = types.SimpleNamespace(is_pipelining_enabled=lambda _wrap_async: False)
    warn_of_files(off, {}, {"inventory_hostname": "web1"}, False)
    assert "web1" not in "".join(capsys.readouterr())


# Each module refuses its options before it does anything.
TASKS = {
    "service_info": {"unknown": True, "secret_fingerprints": {"A": "b"}},
    "launch": {"unknown": True, "name": "web", "secrets": {"A": "b"}},
    "once": {"unknown": True, "name": "web", "secrets": {"A": "b"}},
}


def test_tasks_with_secrets_warn_once_for_each_host_without_pipelining(tmp_path: Path) -> None:
    tasks = [{f"longshore.fleet.{name}": options, "ignore_errors": True} for name, options in TASKS.items()]
    site = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "site.yml").write_text(yaml.safe_dump(site), encoding="utf-8")
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {"web1": {"ansible_pipelining": False}, "web2": {"ansible_pipelining": True}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": here}}), encoding="utf-8")
    command = ["ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "site.yml"]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert (said.count("web1: secrets reach this"), said.count("secrets reach this")) == (1, 1), said
