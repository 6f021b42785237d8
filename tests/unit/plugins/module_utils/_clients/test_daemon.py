# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import daemon
from ansible_collections.longshore.fleet.plugins.module_utils._clients.daemon import Daemon, State
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

UNIT = "ExecStart={ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// --mtu=1400 ; ignore_errors=no ; }"


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for commands that stand in for the host's."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(daemon, "PID", str(tmp_path / "none.pid"))
    return tmp_path


def command(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("Docker version 20.10.24+dfsg1, build 297e128", (20, 10, 24)),
        ("Docker version 28.0.1, build bbd0a17", (28, 0, 1)),
        ("Docker version unknown", ()),
    ],
)
def test_version(commands: Path, output: str, version: tuple[int, ...]) -> None:
    command(commands, "dockerd", f"echo '{output}'")
    assert Daemon("daemon.json", "docker.service").version() == version


def test_a_host_without_an_engine(commands: Path) -> None:
    there = Daemon(str(commands / "daemon.json"), "docker.service")
    command(commands, "systemctl", "exit 1")
    command(commands, "docker", "exit 1")
    assert (there.version(), there.arguments(), there.state(), there.settings()) == ((), [], None, {})


def test_arguments_are_those_of_the_unit_where_no_engine_runs(commands: Path) -> None:
    command(commands, "systemctl", f"echo '{UNIT}'")
    assert Daemon("daemon.json", "docker.service").arguments() == ["-H", "fd://", "--mtu=1400"]


def test_a_newer_engine_validates_the_file_that_is_to_come(commands: Path) -> None:
    command(commands, "dockerd", 'grep -q live-restor\\" "$3" || exit 0; echo "unknown: live-restor"; exit 1')
    there = Daemon("/etc/docker/daemon.json", "docker.service")
    there.validate({"live-restore": True}, (28, 0, 1))
    there.validate({"live-restor": True}, (20, 10, 24))  # has no such option
    with pytest.raises(Failure, match=r"dockerd --validate refuses the settings: unknown: live-restor\. Nothing was"):
        there.validate({"live-restor": True}, (28, 0, 1))


INFO = '{"ServerVersion": "28.0.1", "LiveRestoreEnabled": true, "Swarm": {"LocalNodeState": "inactive"}}'


def test_state_is_read_beside_warnings(commands: Path) -> None:
    command(commands, "docker", f"[ $1 = ps ] && echo abc || {{ echo 'WARNING: no swap'; echo '{INFO}'; }}")
    assert Daemon("daemon.json", "docker.service").state() == State(True, False, frozenset(["abc"]))


def test_an_engine_that_does_not_answer_has_no_state(commands: Path) -> None:
    command(commands, "docker", """echo '{"ServerVersion": "", "ServerErrors": ["Cannot connect"]}'; exit 1""")
    assert Daemon("daemon.json", "docker.service").state() is None


def test_complaints_are_the_lines_with_errors(commands: Path) -> None:
    command(commands, "journalctl", "printf 'level=info a\\nlevel=fatal b\\nfailed to start daemon: c\\n'")
    assert Daemon("daemon.json", "docker.service").complaints(0) == ["level=fatal b", "failed to start daemon: c"]
