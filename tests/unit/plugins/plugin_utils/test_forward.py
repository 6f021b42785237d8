# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What SSH is told while a module pulls from the controller, and what is left of it afterwards."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _forward, _ssh_registry

FORWARD = f"{_forward.ALONE} -R 127.0.0.1:5199:127.0.0.1:40001"


class Connection:
    """A connection of Ansible, with its options."""

    def __init__(self, transport: str = "ssh", arguments: str | None = None, local: bool = False) -> None:
        self.transport, self._remote_is_local = transport, local
        self.options: dict[str, t.Any] = {"host": "10.0.0.1", "port": None, "ssh_extra_args": arguments}

    def get_option(self, name: str) -> t.Any:
        return self.options[name]

    def set_option(self, name: str, value: t.Any) -> None:
        self.options[name] = value


@pytest.fixture(autouse=True)
def locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_forward, "lock_file", lambda name: tmp_path / name)


@pytest.mark.parametrize(
    ("before", "meanwhile"),
    [
        pytest.param(None, FORWARD, id="nothing of the user's own"),
        pytest.param("-o Compression=yes", f"-o Compression=yes {FORWARD}", id="beside the user's"),
    ],
)
def test_the_forward_is_there_for_one_call(before: str | None, meanwhile: str) -> None:
    connection = Connection(arguments=before)
    with _forward.forwarded(connection, 5199, 40001):
        assert connection.get_option("ssh_extra_args") == meanwhile
    assert connection.get_option("ssh_extra_args") == before


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            AnsibleConnectionFailure("Error: remote port forwarding failed for listen port 5199"),
            Failure,
            id="the port is taken, or no forward is allowed",
        ),
        pytest.param(AnsibleConnectionFailure("No route to host"), AnsibleConnectionFailure, id="unreachable"),
        pytest.param(KeyboardInterrupt(), KeyboardInterrupt, id="interrupted"),
    ],
)
def test_it_goes_with_a_failure_too(error: BaseException, told: type[BaseException]) -> None:
    connection = Connection()
    with pytest.raises(told), _forward.forwarded(connection, 5199, 40001):
        raise error
    assert connection.get_option("ssh_extra_args") is None


def test_a_refused_forward_says_what_to_do() -> None:
    error = AnsibleConnectionFailure("Warning: remote port forwarding failed for listen port 5199")
    said = r"127\.0\.0\.1:5199.*service_registry_port.*AllowTcpForwarding"
    with pytest.raises(Failure, match=said), _forward.forwarded(Connection(), 5199, 40001):
        raise error


def test_another_connection_is_refused() -> None:
    connection = Connection("local_docker")
    with (
        pytest.raises(Failure, match="this host's is local_docker; set ansible_connection to ssh"),
        _forward.forwarded(connection, 5199, 40001),
    ):
        pass


@pytest.mark.parametrize(
    ("local", "used"),
    [pytest.param(True, "pushed_to", id="the controller itself"), pytest.param(False, "pulled_from", id="a host")],
)
def test_which_registry_a_host_reaches(local: bool, used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def running(_self: t.Any, name: str, *_more: t.Any, **_options: t.Any) -> contextlib.AbstractContextManager[int]:
        asked.append("pulled_from" if name.endswith("-read") else "pushed_to")
        return contextlib.nullcontext(40001)

    monkeypatch.setattr(_ssh_registry.SshRegistry, "_running", running)
    connection = Connection(local=local)
    with _forward.within_reach(_ssh_registry.SshRegistry("registry:2", 5199), connection):
        assert connection.get_option("ssh_extra_args") == (None if local else FORWARD)
    assert asked == [used]
