# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that answers what a test says: how long it is waited for, and what is made of its refusals and silence."""

from __future__ import annotations

import io
import json
import typing as t
from pathlib import Path

import pytest
import requests
import urllib3

from ansible_collections.longshore.fleet.plugins.module_utils._clients import engine_client
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_log import Extent, read_log
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_client import SILENCE, TIMEOUT
from ansible_collections.longshore.fleet.plugins.module_utils._clients.images import Images
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.build import Build
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.context import Context

REFERENCE = "registry:5000/web:1"
DIGEST = "sha256:" + "0" * 64
# End of a request's path -> what the engine answers.
ANSWERS: dict[str, t.Any] = {
    "/version": {"ApiVersion": "1.41", "Os": "linux", "Arch": "amd64"},
    "/push": {"aux": {"Digest": DIGEST}},
    "/images/create": {"status": "done"},
    "/images/load": {"stream": "done"},
    "/build": {"stream": "done"},
    "/distribution/registry:5000/web:1/json": {"Descriptor": {"digest": DIGEST}},
    "/images/registry:5000/web:1/json": {"Id": DIGEST},
    "/tag": {},
    "/containers/c1/json": {"Config": {"Tty": True}, "State": {"Pid": 1}},
    "/containers/c1/update": {},
    "/containers/json": [{"Mounts": [{"Source": "/srv/a", "RW": True}, {"Source": "/srv/b", "RW": False}]}],
    "/volumes": {"Volumes": [{"Name": "x", "Options": {"o": "bind", "device": "/srv/x"}}, {"Name": "y"}]},
}


class Body(io.BytesIO):
    """An answer's body as the SDK looks at it."""

    chunked = False


class Engine(requests.adapters.BaseAdapter):
    """In the place of the SDK's way to the engine's socket."""

    def __init__(self, *_arguments: t.Any, **_options: t.Any) -> None:
        super().__init__()
        self.timeouts: dict[str, t.Any] = {}
        self.silent = False
        self.refusals: dict[str, tuple[int, str]] = {}
        self.failures: list[str] = []  # of updates, each of a container that has ended then
        self.updates: list[t.Any] = []

    def send(self, request: requests.PreparedRequest, *_arguments: t.Any, **options: t.Any) -> requests.Response:
        path = str(request.path_url).partition("?")[0]
        end = next(end for end in ANSWERS if path.endswith(end)) if not path.endswith("/logs") else "/logs"
        self.timeouts[end] = options["timeout"]
        if self.silent:
            raise requests.ReadTimeout("timed out")
        status, answer = self.refusals.get(end, (200, ANSWERS.get(end)))
        if end.endswith("/update"):
            self.updates.append(json.loads(t.cast(str, request.body)))
            status, answer = (500, self.failures.pop(0)) if self.failures else (status, answer)
        elif end.endswith("/c1/json"):
            answer = {**answer, "State": {"Pid": len(self.updates)}}
        body = json.dumps({"message": answer} if status != requests.codes.ok else answer).encode()
        response = requests.Response()
        response.status_code, response.url, response.request = status, str(request.url), request
        response.raw = urllib3.HTTPResponse(Body(body), preload_content=False, status=status)
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    monkeypatch.setattr("docker.api.client.UnixHTTPAdapter", Engine)
    return Docker("unix:///run/docker.sock")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    return Build(Context.read(tmp_path, ["Dockerfile"]), "Dockerfile", {}, "", {}, None, None)


def engine_of(docker: Docker) -> Engine:
    return t.cast(Engine, docker.api.get_adapter(docker.api.base_url))


def test_writable_folders_are_those_of_containers_and_of_volumes_that_are_folders(docker: Docker) -> None:
    assert docker.writable_folders() == {"/srv/a", "/srv/x"}


NO_RESTART = {"RestartPolicy": {"Name": "no"}}


def test_a_container_that_ends_while_it_is_updated_is_updated_again(docker: Docker) -> None:
    engine = engine_of(docker)
    engine.failures = ["cannot update a stopped container", "container not running", "ttrpc: closed"]
    docker.set_restart_policy("c1", {"Name": "no"})
    assert engine.updates == [NO_RESTART] * 4


@pytest.mark.parametrize(("status", "pid"), [(500, 1), (409, 1), (500, 0)])
def test_an_update_of_a_container_that_runs_on_fails_at_once(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, status: int, pid: int
) -> None:
    monkeypatch.setattr(engine_client, "ENDS_WITHIN", 0)
    monkeypatch.setattr(docker.api, "inspect_container", lambda _container: {"State": {"Pid": pid}})
    engine_of(docker).refusals["/containers/c1/update"] = (status, "device or resource busy")
    with pytest.raises(Failure, match=r"^Docker could not update container c1: device or resource busy"):
        docker.update("c1", {"Memory": 1})
    assert engine_of(docker).updates == [{"Memory": 1}]


LONG: dict[str, t.Callable[[Images, Build], t.Any]] = {
    "/push": lambda images, _build: images.push("registry:5000/web", "1"),
    "/images/create": lambda images, _build: images.pull(REFERENCE),
    "/images/load": lambda images, _build: images.load(io.BytesIO(b"packed")),
    "/build": lambda images, build: images.build(build, REFERENCE, {}),
    "/distribution/registry:5000/web:1/json": lambda images, _build: images.registry_digest(REFERENCE),
}
SHORT: dict[str, t.Callable[[Images, Build], t.Any]] = {
    "/version": lambda images, _build: images.platform(),
    "/images/registry:5000/web:1/json": lambda images, _build: images.local_id(REFERENCE),
    "/tag": lambda images, _build: images.tag(REFERENCE, "registry:5000/web", "2"),
}


@pytest.mark.parametrize("end", LONG)
def test_a_registry_or_a_builder_may_be_silent_for_long(docker: Docker, build: Build, end: str) -> None:
    LONG[end](Images(docker), build)
    assert engine_of(docker).timeouts[end] == SILENCE > TIMEOUT


@pytest.mark.parametrize("end", SHORT)
def test_an_engine_alone_answers_soon(docker: Docker, build: Build, end: str) -> None:
    for call in [*LONG.values(), SHORT[end]]:
        call(Images(docker), build)
    assert engine_of(docker).timeouts[end] == TIMEOUT


@pytest.mark.parametrize(
    ("end", "action"),
    [
        ("/push", f"push {REFERENCE}"),
        ("/images/create", f"pull {REFERENCE}"),
        ("/images/load", "load an image"),
        ("/build", "build .*/Dockerfile"),
        ("/distribution/registry:5000/web:1/json", f"find {REFERENCE}"),
        ("/tag", f"tag {REFERENCE} as registry:5000/web:2"),
    ],
)
def test_silence_is_told_with_what_was_to_be_done(docker: Docker, build: Build, end: str, action: str) -> None:
    engine_of(docker).silent = True
    with pytest.raises(
        Failure, match=f"^The Docker Engine at unix:.* did not answer in time when asked to {action}\\. .*run again"
    ):
        {**LONG, **SHORT}[end](Images(docker), build)
    assert docker.api.timeout == TIMEOUT


@pytest.mark.parametrize(
    ("status", "told"),
    [
        pytest.param(501, "configured logging driver does not support reading", id="driver none, newer engine"),
        pytest.param(500, "configured logging driver does not support reading", id="driver none, older engine"),
        pytest.param(404, "No such container: c1", id="container that is gone"),
        pytest.param(409, "can not get logs from container which is dead", id="dead container"),
    ],
)
def test_logs_that_cannot_be_read_are_one_line(docker: Docker, status: int, told: str) -> None:
    engine_of(docker).refusals["/logs"] = (status, told)
    [line] = docker.last_lines("c1", 5)
    assert line == f"(the container's log lines are not available: Docker could not read them: {told})"


def test_logs_of_a_silent_engine_are_one_line(docker: Docker) -> None:
    engine_of(docker).silent = True
    [line] = docker.last_lines("c1", 5)
    assert "did not answer in time when asked to read them" in line


def test_the_log_is_asked_for_with_what_is_wanted(docker: Docker) -> None:
    assert b"".join(docker.api.log("c1", timestamps=1, tail=5)) == b"null"
    assert engine_of(docker).timeouts["/logs"] == TIMEOUT


def test_a_log_that_is_refused_is_no_log(docker: Docker) -> None:
    engine_of(docker).refusals["/logs"] = (501, "configured logging driver does not support reading")
    answer = {"Id": "c1", "Name": "/web", "Config": {}, "HostConfig": {"LogConfig": {"Type": "none"}}}
    with pytest.raises(Failure, match=r"its logging driver is none \(configured logging driver does not"):
        read_log(docker, answer, Extent(lines=1))
