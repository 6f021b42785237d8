# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command of a user's: how its end is told, and of what its own container is made."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import execs, notes, processes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import KEPT, Output
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import (
    INSTANCE,
    SECRETS,
    SERVICE,
    SIDECAR,
    WANTED,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import single_command as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared import one_off

SECRET = "s3cret-word"
OPTIONS: dict[str, t.Any] = {
    "docker_host": "unix:///run/docker.sock",
    "consul_url": "http://127.0.0.1:8500",
    "consul_token": None,
    "consul_tls": None,
    "name": "web",
    "command": "echo 'a b'",
    "timeout": "9s",
    "one_off": False,
}
WANTS = {
    "environment": {"PEERS": "192.0.2.1", "PORT": "80"},
    "extra_hosts": {"db": "192.0.2.1"},
    "log_config": {"type": "gelf", "config": {}},
    "user": "1000",
}


def container(state: str = "running", instance: str = "web", held: dict[str, str] | None = None) -> dict[str, t.Any]:
    held = {"TOKEN": "digest"} if held is None else held
    return {
        "Id": "id",
        "Name": "/web",
        "State": {"Status": state},
        "HostConfig": {"RestartPolicy": {"Name": "always"}, "ExtraHosts": ["db:10.0.0.2"]},
        "Config": {
            "Image": "registry/web@sha256:1",
            "Env": [f"TOKEN={SECRET}", "PEERS=10.0.0.2", "PORT=80", "OF_THE_IMAGE=1"],
            "Labels": {
                INSTANCE: instance,
                SERVICE: "web",
                SECRETS: json.dumps(held),
                WANTED: json.dumps(WANTS),
            },
        },
    }


class Engine:
    """The client docker.py, with one container at most."""

    def __init__(self, answer: dict[str, t.Any] | None) -> None:
        self.answer = answer

    def inspect(self, _name: str) -> dict[str, t.Any] | None:
        return self.answer


def output(text: str) -> Output:
    written = Output(framed=False)
    written.add(text.encode())
    return written


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(secrets, "FILES", str(tmp_path / "secrets"))
    monkeypatch.setattr(secrets, "KEY", str(tmp_path / "key"))
    monkeypatch.setattr(notes, "RUNNING", str(tmp_path / "running"))


def run(
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, t.Any] | None,
    end: tuple[int | None, str] | None = None,
    check: bool = False,
    **options: t.Any,
) -> tuple[dict[str, t.Any], list[t.Any]]:
    """Return the result, and what was run where."""
    ran: list[t.Any] = []

    def exec_it(_docker: t.Any, identity: str, command: list[str], timeout: float, environment: list[str]) -> t.Any:
        ran.extend([identity, command, timeout, environment[0]])
        assert end
        return end[0], output(end[1])

    def one_off_it(_host: t.Any, wanted: t.Any, purpose: str, command: list[str], timeout: float) -> t.Any:
        ran.extend([wanted, purpose, command, timeout])
        assert end
        return end[0], output(end[1])

    monkeypatch.setattr(story, "Docker", lambda _address: Engine(answer))
    monkeypatch.setattr(execs, "run_within", exec_it)
    monkeypatch.setattr(processes, "end_marked", lambda marker: ran.append(f"ended {marker}"))
    monkeypatch.setattr(one_off, "run_to_its_end", one_off_it)
    return story.single_command({**OPTIONS, **options}, check), ran


def test_in_the_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    result, ran = run(monkeypatch, container(), (0, f"password {SECRET}!"))
    assert result == {"changed": True, "rc": 0, "output": "password ********!", "cut": False}
    identity, command, timeout, marker, ended = ran
    assert (identity, command, timeout) == ("id", ["echo", "a b"], 9)
    assert marker.startswith("LONGSHORE_COMMAND=")
    assert ended == f"ended {marker}"


@pytest.mark.parametrize("missing", range(1, len(SECRET)))
def test_a_secret_that_is_cut_is_masked(monkeypatch: pytest.MonkeyPatch, missing: int) -> None:
    left = len(SECRET) - missing
    result, _ran = run(monkeypatch, container(), (0, SECRET + "x" * (KEPT - left)))
    assert result["cut"]
    assert "word" not in result["output"]


@pytest.mark.parametrize("one_off", [False, True])
@pytest.mark.parametrize(
    ("code", "told"),
    [(3, r"^echo 'a \*{8}': exit status 3$"), (None, r"^echo 'a \*{8}': did not end within 9 s and was ended$")],
)
def test_a_command_that_fails(monkeypatch: pytest.MonkeyPatch, code: int | None, told: str, one_off: bool) -> None:
    with pytest.raises(Failure, match=told) as failure:
        run(monkeypatch, container(), (code, "so far"), command=f"echo 'a {SECRET}'", one_off=one_off)
    assert failure.value.details == {"changed": True, "rc": code, "output": "so far", "cut": False}


@pytest.mark.parametrize("one_off", [False, True])
def test_check_mode_runs_nothing(monkeypatch: pytest.MonkeyPatch, one_off: bool) -> None:
    assert run(monkeypatch, container(), check=True, one_off=one_off) == ({"changed": True}, [])


@pytest.mark.parametrize(
    ("answer", "options", "told"),
    [
        pytest.param(None, {}, "There is no instance web on this host", id="no container"),
        pytest.param(container(instance=""), {"one_off": True}, "There is no instance web", id="not ours"),
        pytest.param(container("exited"), {}, r"The container web is exited, .* one_off: true", id="stopped"),
        pytest.param(container("paused"), {}, r"The container web is paused", id="paused"),
        pytest.param(container(), {"command": []}, "command: ", id="no command"),
        pytest.param(container(), {"timeout": "0s"}, "timeout: '0s' must be longer than 0", id="no time"),
        pytest.param(
            container(held={"/run/key": "digest"}),
            {"one_off": True},
            r"secret files of web are not on this host \(/run/key\)\. Deploy",
            id="lost secrets",
        ),
    ],
)
def test_what_cannot_be_run(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any] | None, options: dict[str, t.Any], told: str
) -> None:
    with pytest.raises(Failure, match=told):
        run(monkeypatch, answer, **options)


def test_a_container_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the instance has of its peers, where its label has stand-ins, and a log that can be read."""
    result, ran = run(monkeypatch, container("exited"), (0, SECRET), one_off=True)
    assert result == {"changed": True, "rc": 0, "output": "********", "cut": False}
    wanted, purpose, command, timeout = ran
    assert (purpose, command, timeout) == ("exec", ["echo", "a b"], 9)
    assert (wanted.container.name, wanted.container.reference) == ("web", "registry/web@sha256:1")
    assert wanted.container.options == {
        **WANTS,
        "environment": {"PEERS": "10.0.0.2", "PORT": "80"},
        "extra_hosts": {"db": "10.0.0.2"},
        "log_config": {"type": "json-file", "config": {}},
    }
    assert wanted.secrets == {"TOKEN": SECRET}


def test_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with notes.exclusively("web.exec", 0):
        with pytest.raises(Failure, match=r"Another command is at work on this host in a container made like web\."):
            run(monkeypatch, container(), (0, ""), one_off=True)
        assert run(monkeypatch, container(), (0, ""))[0]["rc"] == 0


def of_sidecar(state: str = "running", instance: str = "web") -> dict[str, t.Any]:
    answer = container(state, instance, {})
    answer["Config"]["Labels"][SIDECAR] = '{"name": "nginx"}'
    return answer


def test_in_a_sidecar(monkeypatch: pytest.MonkeyPatch) -> None:
    result, ran = run(monkeypatch, of_sidecar(), (0, "fine"), sidecar="nginx")
    assert (result["output"], ran[:2]) == ("fine", ["id", ["echo", "a b"]])


@pytest.mark.parametrize(
    ("answer", "more", "told"),
    [
        (None, {}, "There is no sidecar nginx of web on this host"),
        (container(), {}, "There is no sidecar nginx of web on this host"),
        (of_sidecar(instance="shop"), {}, "There is no sidecar nginx of web on this host"),
        (of_sidecar("exited"), {}, "The container web.nginx is exited"),
        (of_sidecar(), {"one_off": True}, "remove one_off, or sidecar"),
    ],
)
def test_not_in_a_sidecar(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any] | None, more: dict[str, t.Any], told: str
) -> None:
    with pytest.raises(Failure, match=told):
        run(monkeypatch, answer, sidecar="nginx", **more)
