# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A single command in a container of its own: what it is made of, and that nothing of it stays."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from docker.errors import APIError

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import run_one_off
from tests.unit.builders import instance_spec

NAME = "web.check"
OURS = {"longshore.one-off": "web"}
CONTAINER = {
    "environment": {"A": "1"},
    "volumes": ["/srv/data:/data"],
    "user": "1000",
    "entrypoint": ["/entry"],
    "network_mode": "bridge",
    "ports": {"80/tcp": 80},
}


class Engine:
    """The client docker.py, as far as a one-off calls it: at most one container."""

    api_version = "1.41"

    def __init__(self, *, labels: dict[str, str] | None = None, code: int = 0, ends: bool = True) -> None:
        self.made: dict[str, t.Any] = {}
        self.labels = labels
        self.code = code
        self.ends = ends
        self.files: list[str] = []

    def image(self, _reference: str) -> dict[str, t.Any]:
        return {"Config": {}}

    def inspect(self, container: str) -> dict[str, t.Any] | None:
        assert container == NAME
        if self.labels is None:
            return None
        state = "exited" if self.ends and self.made else "running"
        return {"Config": {"Labels": self.labels}, "State": {"Status": state, "ExitCode": self.code}}

    def create(self, **arguments: t.Any) -> str:
        assert self.labels is None, "the leftover is gone"
        self.made, self.labels = arguments, arguments["labels"]
        mounts = arguments["host_config"].get("Mounts") or ()
        self.files = [Path(mount["Source"]).read_text(encoding="utf-8") for mount in mounts]
        return str(arguments["name"])

    def start(self, container: str) -> None:
        assert container == NAME

    def last_lines(self, _container: str, _lines: int) -> list[str]:
        return ["what it said"]

    def remove(self, container: str) -> None:
        assert container == NAME
        self.labels = None


class WithoutLogs(Engine):
    """An engine whose logging driver cannot be read, asked by the client itself."""

    host = "unix:///run/docker.sock"
    explained = Docker.explained
    room = Docker.room
    last_lines = Docker.last_lines  # type: ignore[assignment]

    @property
    def api(self) -> t.Any:
        return self

    def logs(self, *_arguments: t.Any, **_options: t.Any) -> bytes:
        raise APIError("501", explanation="configured logging driver does not support reading")


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(secrets, "FILES", str(tmp_path / "secrets"))
    monkeypatch.setattr(secrets, "STATE", str(tmp_path))
    monkeypatch.setattr(secrets, "KEY", str(tmp_path / "key"))


def run(engine: Engine, values: dict[str, str] | None = None) -> tuple[int, list[str]]:
    values = values or {}
    wanted = instance_spec(secrets.digests(values, secrets.make_key()), container=CONTAINER, secrets=values)
    return run_one_off(Host(engine, None), wanted, "check", ["check", "it"], 0.1)  # type: ignore[arg-type]


def test_it_is_made_like_the_instance() -> None:
    engine = Engine()
    assert run(engine) == (0, ["what it said"])
    made = engine.made
    assert (made["name"], made["image"]) == (NAME, "registry/web@sha256:1")
    assert (made["command"], made["entrypoint"], made.get("working_dir")) == (["check", "it"], [], None)
    assert (made["environment"], made["user"]) == ({"A": "1"}, "1000")
    host = made["host_config"]
    assert (host["Binds"], host["NetworkMode"]) == (["/srv/data:/data"], "bridge")
    assert host["RestartPolicy"]["Name"] == "no"
    assert not host.get("PortBindings")
    assert made["labels"] == OURS


@pytest.mark.parametrize("code", [0, 1, 137])
def test_nothing_of_it_stays(code: int) -> None:
    engine = Engine(code=code)
    assert run(engine)[0] == code
    assert engine.labels is None


def test_what_a_killed_run_left_goes() -> None:
    engine = Engine(labels=OURS)
    assert run(engine)[0] == 0


def test_somebody_elses_container_stays() -> None:
    engine = Engine(labels={})
    with pytest.raises(Failure, match=r"docker rename web\.check web\.check-old"):
        run(engine)
    assert engine.labels == {}


def test_one_that_does_not_end_is_stopped() -> None:
    engine = Engine(ends=False)
    with pytest.raises(Failure, match=r"check it: did not end within 0\.1 s and was stopped\.\n  log: what it said"):
        run(engine)
    assert engine.labels is None


def test_secret_files_are_there_for_the_time_being() -> None:
    engine = Engine()
    run(engine, {"/run/key": "value", "TOKEN": "token"})
    assert engine.files == ["value"]
    assert engine.made["environment"]["TOKEN"] == "token"
    assert not os.path.exists(f"{secrets.FILES}/web") or os.listdir(f"{secrets.FILES}/web") == []


@pytest.mark.parametrize("code", [0, 1, 137])
def test_the_exit_code_counts_where_the_logs_cannot_be_read(code: int) -> None:
    ended, [line] = run(WithoutLogs(code=code))
    assert ended == code
    assert line.endswith("configured logging driver does not support reading)")


def test_one_that_does_not_end_is_told_as_that_where_the_logs_cannot_be_read() -> None:
    engine = WithoutLogs(ends=False)
    with pytest.raises(
        Failure, match=r"check it: did not end within 0\.1 s and was stopped\.\n  log: \(the container's"
    ):
        run(engine)
    assert engine.labels is None
