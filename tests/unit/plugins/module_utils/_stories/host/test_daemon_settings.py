# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.daemon import Daemon, State
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.host.daemon_settings import set_up

OPEN = {"live-restore": True}
A_CONTAINER = frozenset(["web"])


class Model(Daemon):
    """An engine with a real file, that notes what is asked of it."""

    def __init__(self, folder: Path, there: str, running: frozenset[str] = frozenset(), **options: t.Any) -> None:
        super().__init__(str(folder / "daemon.json"), "docker.service")
        (folder / "daemon.json").write_text(there, encoding="utf-8")
        self.done: list[str] = []
        self._running_now, self._options = running, options
        self._live_restore = self.settings().get("live-restore", False)

    def version(self) -> tuple[int, ...]:
        return (20, 10, 24)

    def arguments(self) -> list[str]:
        return list(self._options.get("arguments", ()))

    def state(self) -> State | None:
        if self._options.get("stopped"):
            return None
        return State(self._live_restore, self._options.get("swarm", False), self._running_now)

    def reload(self) -> bool:
        self.done.append("reload")
        if self.settings() == self._options.get("refused"):
            return False
        self._live_restore = self.settings().get("live-restore", False)
        return True

    def restart(self) -> State | None:
        self.done.append("restart")
        if self.settings() == self._options.get("refused"):
            return None
        if not self._live_restore or self._options.get("loses"):
            self._running_now = frozenset()
        return self.state()

    def complaints(self, since: float) -> list[str]:
        assert since > 0
        return ["level=fatal no such thing"]


@pytest.mark.parametrize(
    ("there", "running", "wanted", "done", "after"),
    [
        ("", False, {"debug": True}, ["reload"], {"debug": True}),
        ("", False, {"mtu": 1400}, ["restart"], {"mtu": 1400}),
        ('{"live-restore": true}', True, {"mtu": 1400}, ["restart"], {**OPEN, "mtu": 1400}),
        # Only an engine that has live-restore already keeps its containers when it ends.
        ("", True, {**OPEN, "mtu": 1400}, ["reload", "restart"], {**OPEN, "mtu": 1400}),
        ("", False, {**OPEN, "mtu": 1400}, ["restart"], {**OPEN, "mtu": 1400}),
        ('{"debug": true}', False, {"debug": None}, ["restart"], {}),
        ('{"debug": true}', False, {"debug": True}, [], {"debug": True}),
    ],
)
def test_the_mildest_that_takes_it_over(
    tmp_path: Path, there: str, running: bool, wanted: dict[str, t.Any], done: list[str], after: dict[str, t.Any]
) -> None:
    daemon = Model(tmp_path, there, A_CONTAINER if running else frozenset())
    planned = set_up(daemon, wanted, check=True)
    assert daemon.done == []
    assert set_up(daemon, wanted, check=False).items() >= planned.items()
    assert (daemon.done, daemon.settings()) == (done, after)
    assert set_up(daemon, wanted, check=False)["changed"] is False
    assert [path.name for path in tmp_path.iterdir()] == ["daemon.json"]


@pytest.mark.parametrize(
    ("there", "wanted", "options", "message"),
    [
        ("{", {}, {}, "line 1, column 2"),
        ("", {"mtu": 1400}, {}, "mtu: needs a restart of the engine, which would end the running container web, as"),
        ('{"live-restore": true}', {"live-restore": False, "mtu": 1}, {}, "would end the running container web"),
        (
            "",
            {**OPEN, "bip": "10.1.0.1/16"},
            {},
            "bip: with another value the engine would lose the running container web",
        ),
        ("", OPEN, {"swarm": True}, "part of a swarm"),
        ("", {**OPEN, "mtu": 1}, {"arguments": ["--mtu=2"]}, "mtu: dockerd runs with --mtu=2"),
        ("", {"hosts": ["tcp://0.0.0.0:2375"]}, {}, "is root on this host"),
    ],
)
def test_what_would_cost_containers_is_refused_before_the_file_is_written(
    tmp_path: Path, there: str, wanted: dict[str, t.Any], options: dict[str, t.Any], message: str
) -> None:
    daemon = Model(tmp_path, "{}", A_CONTAINER, **options)
    (tmp_path / "daemon.json").write_text(there, encoding="utf-8")
    for check in (True, False):
        with pytest.raises(Failure) as failure:
            set_up(daemon, wanted, check)
        assert message in str(failure.value)
    assert (daemon.done, (tmp_path / "daemon.json").read_text(encoding="utf-8")) == ([], there)


@pytest.mark.parametrize(
    ("wanted", "done", "message"),
    [
        ({"mtu": 1400}, ["restart", "restart"], "does not start with the new settings; the old ones are back"),
        ({"debug": True}, ["reload", "reload"], "did not take the new settings over; the old ones are back"),
    ],
)
def test_the_old_settings_come_back(tmp_path: Path, wanted: dict[str, t.Any], done: list[str], message: str) -> None:
    daemon = Model(tmp_path, '{"live-restore": true}', A_CONTAINER, refused={**OPEN, **wanted})
    with pytest.raises(Failure) as failure:
        set_up(daemon, wanted, check=False)
    assert message in str(failure.value)
    assert "log: level=fatal no such thing" in str(failure.value)
    assert (daemon.done, daemon.settings()) == (done, OPEN)
    assert [path.name for path in tmp_path.iterdir()] == ["daemon.json"]


def test_a_run_that_was_killed_before_the_restart_is_taken_up(tmp_path: Path) -> None:
    daemon = Model(tmp_path, '{"mtu": 1400, "live-restore": true}', A_CONTAINER)
    daemon.keep_previous()
    daemon.write({**OPEN, "mtu": 1500})
    assert set_up(daemon, {"mtu": 1500}, check=False)["action"] == "restart"
    assert daemon.done == ["restart"]
    assert set_up(daemon, {"mtu": 1500}, check=False)["changed"] is False


def test_a_change_that_the_engine_has_not_read_is_undone(tmp_path: Path) -> None:
    daemon = Model(tmp_path, '{"mtu": 1400}', A_CONTAINER)
    daemon.keep_previous()
    daemon.write({"mtu": 1500})
    assert set_up(daemon, {"mtu": 1400}, check=False)["action"] == "reload"
    assert (daemon.done, daemon.settings()) == (["reload"], {"mtu": 1400})
    assert set_up(daemon, {"mtu": 1400}, check=False)["changed"] is False


def test_an_engine_that_does_not_run_gets_the_file_only(tmp_path: Path) -> None:
    daemon = Model(tmp_path, "", stopped=True)
    assert set_up(daemon, {"mtu": 1400}, check=False)["changed"] is True
    assert (daemon.done, daemon.settings()) == ([], {"mtu": 1400})


def test_a_container_that_a_restart_cost_is_told(tmp_path: Path) -> None:
    daemon = Model(tmp_path, '{"live-restore": true}', A_CONTAINER, loses=True)
    (warning,) = set_up(daemon, {"mtu": 1400}, check=False)["warnings"]
    assert warning.endswith("do not now: web; docker ps --all tells why")


def test_the_file_is_readable_by_all(tmp_path: Path) -> None:
    daemon = Model(tmp_path, "{}")
    (tmp_path / "daemon.json").chmod(0o600)
    daemon.write({"mtu": 1400})
    assert (tmp_path / "daemon.json").stat().st_mode & 0o777 == 0o644
