# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers that never run show of the image, and that none of them stays. Real engines are the lab's."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import PathInContainer, Refusal
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.image_contents import problems_inside
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.trial_container import (
    refused_by_engine,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_spec

IMAGE = {"Id": "sha256:1", "Config": {"Env": ["PATH=/bin:/opt/bin"], "WorkingDir": "/work", "Cmd": ["serve"]}}
PROGRAM, FILE, FOLDER = (False, True), (False, False), (True, True)
PATHS = {
    "/bin/serve": ("/bin/serve", *PROGRAM),
    "/opt/bin/sh": ("/bin/busybox", *PROGRAM),
    "/work/run": ("/work/run", *PROGRAM),
    "/etc": ("/etc", *FOLDER),
    "/etc/passwd": ("/etc/passwd", *FILE),
    "/link": ("/code/program", *FILE),
}


# What a service file says beside its container's options, each with a program.
GATE = {"timeout": "5m", "stable_for": "10s"}
RELOAD = {"action": "restart", "signal": "HUP", "timeout": "9s", "command_timeout": "9s", "url": "", "commands": []}
FILE = {"path": "/srv/a", "content": "", "owner": 0, "group": None, "mode": "0644", "on_change": "none"}
CODE = {"path": None, "mount": "/code", "owner": 0, "group": None}


def _check(program: str, container: str = "self") -> dict[str, t.Any]:
    check = {"args": [program, "x"], "docker_container_id": container, "interval": "5s"}
    return {"registrations": [{"port": 80, "checks": [{"ttl": "9s"}, check]}]}


MISSING = {
    "once": (
        {"once": [{"name": "migrate", "command": ["nosuch", "x"]}]},
        "service_once.migrate: nosuch is not there in the image (looked in /bin, /opt/bin); correct the path",
    ),
    "once as a text": (
        {"once": [{"name": "m", "command": "./nosuch 'a b'"}]},
        "service_once.m: ./nosuch is not there in the image;",
    ),
    "once, no program": (
        {"once": [{"name": "m", "command": ["/etc/passwd"]}]},
        "service_once.m: /etc/passwd is not an executable file",
    ),
    "leader": ({"leader": "nosuch x"}, "service_rollout.order.leader: nosuch is not there in the image"),
    "condition": (
        {"gate": {**GATE, "after": [{"http": "http://a/"}, {"command": ["nosuch"]}]}},
        "service_gate.after[1].command: nosuch is not there in the image",
    ),
    "validation": (
        {"files": [{**FILE, "validate": None}, {**FILE, "path": "/srv/b", "validate": "nosuch %s"}]},
        "service_files[1].validate: nosuch is not there in the image",
    ),
    "check of Consul": (_check("nosuch"), "service_registrations[0].checks[1].args: nosuch is not there in the image"),
}
RIGHT = {
    "once": {
        "once": [
            {"name": "a", "command": ["sh", "-c", "x"]},
            {"name": "b", "command": "./run x"},
        ]
    },
    "leader": {"leader": ["/bin/serve"]},
    "condition": {"gate": {**GATE, "after": [{"command": "serve x"}]}},
    "condition of the one that runs": {"gate": {**GATE, "before": [{"command": "nosuch"}]}},
    "validation": {"files": [{**FILE, "validate": "sh -n %s"}]},
    "check of Consul": _check("sh"),
    "check in another container": _check("nosuch", "other"),
    "reload without code": {"reload": {**RELOAD, "check": ["nosuch"]}},
}


class Engine:
    """An engine with one image; ``refusal`` is what it says to a creation."""

    api_version = "1.41"
    is_local = True

    def __init__(self, containers: t.Sequence[dict[str, t.Any]] = (), refusal: str = "") -> None:
        self.there = {container["Names"][0].lstrip("/"): container for container in containers}
        self.refusal = refusal
        self.named_volumes = {"theirs"}
        self.asked: list[dict[str, t.Any]] = []

    def image(self, _reference: str) -> dict[str, t.Any] | None:
        return IMAGE

    def containers(self) -> list[dict[str, t.Any]]:
        return list(self.there.values())

    def create(self, **arguments: t.Any) -> str:
        self.asked.append(arguments)
        if self.refusal:
            raise Refusal(f"Docker could not create container: {self.refusal}", self.refusal)
        name = arguments["name"]
        self.there[name] = {"Names": [f"/{name}"], "Id": name, "Labels": arguments["labels"], "Created": time.time()}
        self.named_volumes.add("made")
        return str(name)

    def inspect(self, name: str) -> dict[str, t.Any] | None:
        mounts = [{"Type": "volume", "Name": volume} for volume in self.named_volumes]
        return {"Mounts": mounts, "HostConfig": {"RestartPolicy": {"Name": "always"}}} if name in self.there else None

    def remove(self, name: str) -> None:
        self.there.pop(name, None)

    def volumes(self) -> set[str]:
        return set(self.named_volumes)

    def remove_volume(self, name: str) -> None:
        self.named_volumes.remove(name)

    def read_file(self, _container: str, file: str) -> str:
        return {"/etc/passwd": "root:x:0:0\nweb:x:5:5\n", "/etc/group": "root:x:0\nweb:x:5\n"}[file]

    def at(self, _container: str, path: str) -> PathInContainer | None:
        return PathInContainer(*PATHS[path]) if path in PATHS else None


def wanted(
    secrets: t.Sequence[str] = (),
    directories: t.Sequence[str] = (),
    of_service: t.Mapping[str, t.Any] | None = None,
    **options: t.Any,
) -> InstanceSpec:
    return instance_spec(
        reference="registry:5000/web@sha256:1",
        container=options,
        directories=[{"path": path} for path in directories],
        secrets=dict.fromkeys(secrets, "the value"),
        **(of_service or {}),
    )


def host(engine: Engine) -> Host:
    return t.cast(Host, SimpleNamespace(docker=engine))


def summary(name: str, labels: dict[str, str], age: float = 0, **more: t.Any) -> dict[str, t.Any]:
    return {"Names": [f"/{name}"], "Id": name, "Labels": labels, "Created": time.time() - age, **more}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({}, None, id="the image's own command"),
        pytest.param({"command": ["sh"]}, None, id="further on in PATH, a link"),
        pytest.param({"command": "sh -c 'x'"}, None, id="a text"),
        pytest.param(
            {"command": ["nosuch"]}, "command: nosuch is not there in the image (looked in /bin, /opt/bin)", id="no"
        ),
        pytest.param({"command": ["./run"]}, None, id="from the working directory"),
        pytest.param(
            {"command": ["./run"], "working_dir": "/"}, "command: ./run is not there in the image;", id="from another"
        ),
        pytest.param(
            {"working_dir": "/etc/passwd"}, "working_dir: the image has a file at /etc/passwd", id="a file to work in"
        ),
        pytest.param({"working_dir": "/new"}, None, id="a new folder to work in"),
        pytest.param({"command": ["/etc"]}, "command: /etc is not an executable file", id="folder"),
        pytest.param({"command": ["/etc/passwd"]}, "command: /etc/passwd is not an executable", id="file"),
        pytest.param({"entrypoint": ["/nope"]}, "entrypoint: /nope is not there in the image;", id="entrypoint"),
        pytest.param(
            {"environment": {"PATH": "/x"}}, "serve is not there in the image (looked in /x)", id="other PATH"
        ),
        pytest.param({"command": ["/code/file"], "volumes": ["{folder}:/code"]}, None, id="of a mount"),
        pytest.param({"command": ["/link"], "volumes": ["code:/code"]}, None, id="a link into a volume"),
        pytest.param(
            {"command": ["/link"], "volumes": ["{folder}:/code"]}, "/link is not there in", id="a link into a mount"
        ),
        pytest.param({"command": ["x"], "volumes": ["tools:/opt/bin"]}, None, id="a folder of PATH is a volume"),
        pytest.param(
            {"command": ["sh"], "tmpfs": {"/opt/bin": ""}},
            "command: sh is not there in the image, over which something is mounted at /opt/bin (looked in /bin, /opt",
            id="a folder of PATH is hidden",
        ),
        pytest.param(
            {"command": ["/work/run"], "volumes": ["{folder}:/work"]},
            "command: /work/run is not there in the image, over which something is mounted at /work; correct",
            id="hidden by a folder of the host",
        ),
        pytest.param(
            {
                "command": ["/work/run"],
                "volumes": ["{folder}:/work"],
                "of_service": {"files": [{**FILE, "path": "{folder}/run", "validate": None}]},
            },
            None,
            id="in a folder into which the launch writes",
        ),
        pytest.param(
            {"command": ["/link"], "mounts": [{"type": "tmpfs", "target": "/code"}]}, None, id="a mount by its options"
        ),
        pytest.param({"environment": {"PATH": ""}}, "looked in no folder, as PATH is empty", id="empty PATH"),
        pytest.param({"user": "web:web", "group_add": ["web", 5]}, None, id="users that are there"),
        pytest.param({"user": "1000:1000"}, None, id="numbers"),
        pytest.param({"user": "nosuch"}, "user: the image has no user nosuch (in its /etc/passwd)", id="no user"),
        pytest.param({"user": "web:nosuch"}, "user: the image has no group nosuch (in its /etc/group)", id="no group"),
        pytest.param({"group_add": ["nosuch"]}, "group_add: the image has no group nosuch", id="no further group"),
        pytest.param({"user": "x", "volumes": ["/etc/passwd:/etc/passwd"]}, None, id="users of a mount"),
        pytest.param(
            {"secrets": ["/etc"]}, "service_secrets./etc: a file cannot be mounted at /etc", id="secret on a folder"
        ),
        pytest.param({"secrets": ["/etc/passwd", "A"]}, None, id="secret on a file"),
        pytest.param({"volumes": ["{file}:/etc"]}, "volumes: a file cannot be mounted at /etc,", id="file on a folder"),
        pytest.param(
            {"volumes": ["{folder}:/etc/passwd"]}, "volumes: a folder cannot be mounted at", id="folder on a file"
        ),
        pytest.param(
            {"volumes": ["/made:/etc/passwd"], "directories": ["/made"]}, "a folder cannot be", id="made later"
        ),
        pytest.param(
            {"volumes": ["{folder}:/etc", "{file}:/etc/passwd"]}, None, id="a file in a folder that is mounted"
        ),
        pytest.param({"volumes": ["{folder}:/new"]}, None, id="where nothing is"),
        pytest.param(
            {"tmpfs": ["/etc/passwd:size=1m"]},
            "tmpfs: a folder cannot be mounted at /etc/passwd,",
            id="tmpfs on a file",
        ),
        pytest.param(
            {"volumes": ["data:/etc/passwd"]}, "volumes: a folder cannot be mounted at", id="a volume on a file"
        ),
        pytest.param(
            {"mounts": [{"type": "tmpfs", "target": "/etc/passwd"}]},
            "mounts: a folder cannot be mounted at /etc/passwd",
            id="a mount of nothing on a file",
        ),
        pytest.param(
            {"volumes": ["{file}:/etc/passwd/a/b"]},
            "volumes: a file cannot be mounted at /etc/passwd/a/b, as the image has a file /etc/passwd; give",
            id="below a file",
        ),
        pytest.param(
            {"secrets": ["/etc/passwd/key"]}, "service_secrets./etc/passwd/key: a file cannot", id="secret below a file"
        ),
        pytest.param(
            {"working_dir": "/etc/passwd/a"}, "working_dir: the image has a file at /etc/passwd", id="work below a file"
        ),
        pytest.param({"volumes": ["data:/new", "/anonymous"], "tmpfs": {"/etc": ""}}, None, id="folders that fit"),
        *(pytest.param({"of_service": given}, None, id=f"right: {name}") for name, given in RIGHT.items()),
        *(pytest.param({"of_service": given}, says, id=name) for name, (given, says) in MISSING.items()),
        pytest.param(
            {"healthcheck": {"test": ["CMD", "nosuch"]}}, "healthcheck.test: nosuch is not there", id="health"
        ),
        pytest.param(
            {"healthcheck": {"Test": "curl a"}}, "healthcheck.test: /bin/sh is not there", id="health by shell"
        ),
        pytest.param({"healthcheck": {"test": ["NONE"]}}, None, id="no health check"),
    ],
)
def test_inside(given: dict[str, t.Any], says: str | None, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    named = {"{file}": str(tmp_path / "file"), "{folder}": str(tmp_path)}
    for name, path in named.items():
        given = json.loads(json.dumps(given).replace(name, path))
    engine = Engine()
    problems, not_looked_at = problems_inside(host(engine), wanted(**given), check=False)
    assert len(problems) == bool(says)
    assert says is None or says in problems[0]
    assert (not_looked_at, engine.there, engine.named_volumes) == ("", {}, {"theirs"})


@pytest.mark.parametrize(
    ("containers", "told", "why"),
    [
        pytest.param([], [], "no container of this image runs", id="none"),
        pytest.param(
            [{"State": "exited", "ImageID": "sha256:1", "Mounts": []}],
            [],
            "no container of this image runs",
            id="stopped",
        ),
        pytest.param(
            [{"State": "running", "ImageID": "sha256:2", "Mounts": []}],
            [],
            "no container of this image runs",
            id="another image",
        ),
        pytest.param([{"State": "running", "ImageID": "sha256:1", "Mounts": []}], ["nosuch"], "", id="one that runs"),
        pytest.param(
            [{"State": "running", "ImageID": "sha256:1", "Mounts": [{"Destination": "/etc"}]}], [], "", id="covered"
        ),
    ],
)
def test_check_mode_looks_where_it_can_and_makes_nothing(
    containers: list[dict[str, t.Any]], told: list[str], why: str
) -> None:
    engine = Engine([summary("other", {}, **container) for container in containers])
    problems, not_looked_at = problems_inside(host(engine), wanted(user="nosuch"), check=True)
    assert [name for name in told if name in problems[0]] == told
    assert len(problems) == len(told)
    assert bool(not_looked_at) == bool(why)
    assert why in not_looked_at
    assert engine.asked == []


def test_the_engine_is_asked_and_nothing_is_left(tmp_path: Path) -> None:
    engine = Engine()
    later = {"type": "bind", "source": str(tmp_path / "later"), "target": "/later"}
    assert refused_by_engine(host(engine), wanted(["A", "/run/key"], mounts=[later], command=["x"])) == []
    (asked,) = engine.asked
    assert asked["command"] == ["x"]
    assert {mount["Source"] for mount in asked["host_config"]["Mounts"]} == {"/dev/null"}
    assert "the value" not in str(asked)
    assert (engine.there, engine.named_volumes) == ({}, {"theirs"})


def test_a_refusal_is_told_by_its_option() -> None:
    engine = Engine(refusal="Minimum memory limit allowed is 6MB")
    assert refused_by_engine(host(engine), wanted(mem_limit="5m")) == [
        "service_container.mem_limit: the Docker Engine of this host refuses it: Minimum memory limit allowed is 6MB"
    ]
    assert engine.named_volumes == {"theirs"}


def test_an_engine_that_is_gone_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> set[str]:
        raise Failure("The Docker Engine cannot be reached")

    engine = Engine()
    monkeypatch.setattr(engine, "volumes", gone)
    assert refused_by_engine(host(engine), wanted()) == ["The Docker Engine cannot be reached"]


@pytest.mark.parametrize(
    ("name", "labels", "age", "stays"),
    [
        pytest.param("web.preflight-1", {"longshore.one-off": "web"}, 600, False, id="left by one that was killed"),
        pytest.param("web.preflight-1", {"longshore.one-off": "web"}, 1, True, id="of one that is at it"),
        pytest.param("web.once-x", {"longshore.one-off": "web"}, 600, True, id="of a task"),
        pytest.param("web.preflight-1", {"longshore.one-off": "db"}, 600, True, id="of another instance"),
        pytest.param("web.preflight-1", {}, 600, True, id="of somebody else"),
    ],
)
def test_what_a_killed_preflight_left_is_removed(name: str, labels: dict[str, str], age: float, stays: bool) -> None:
    engine = Engine([summary(name, labels, age)])
    refused_by_engine(host(engine), wanted())
    assert list(engine.there) == [name] * stays
