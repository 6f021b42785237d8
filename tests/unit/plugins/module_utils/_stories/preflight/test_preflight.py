# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files, registry
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.times import impossible_times
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.image import misfitting_image
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.limits import impossible_ulimits
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.mounts import (
    growing_logs,
    missing_sources,
    planted_sources,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_spec

SCRIPT = {"args": ["/check"], "interval": "30s"}
MB = 1024 * 1024


def wanted(
    checks: t.Sequence[dict[str, t.Any]] = (), timeout: str = "5m", directories: t.Sequence[str] = (), **options: t.Any
) -> InstanceSpec:
    return instance_spec(
        reference="registry:5000/web@sha256:1",
        container=options,
        directories=[{"path": path} for path in directories],
        registrations=[{"name": "web", "checks": list(checks)}],
        gate={"timeout": timeout},
    )


@pytest.mark.parametrize(
    ("checks", "timeout", "needed"),
    [
        pytest.param([{"http": "http://127.0.0.1/", "interval": "10m"}], "1m", None, id="probed by the gate"),
        pytest.param([SCRIPT], "40s", None, id="just enough"),
        pytest.param([SCRIPT], "39s", "40 s", id="an interval and stable_for"),
        pytest.param([{**SCRIPT, "success_before_passing": 3}], "99s", "3 times and stable_for .* 100 s", id="times"),
        pytest.param([{"ttl": "10m"}], "1m", None, id="the service itself tells"),
    ],
)
def test_gate_that_is_too_short(checks: list[dict[str, t.Any]], timeout: str, needed: str | None) -> None:
    problems = list(impossible_times(wanted(checks, timeout)))
    assert len(problems) == bool(needed)
    if needed:
        assert re.search(needed, problems[0])


@pytest.mark.parametrize(
    ("entry", "limits", "said"),
    [
        pytest.param({"name": "nofile", "soft": 100, "hard": 200}, {"nofile": 200}, None, id="as much as there is"),
        pytest.param({"Name": "nofile", "Soft": 100, "Hard": 201}, {"nofile": 200}, "nofile of 201", id="more"),
        pytest.param({"name": "nofile", "soft": 1, "hard": 2000}, {}, "more than the engine", id="more than files"),
        pytest.param({"name": "memlock", "soft": -1, "hard": -1}, {"memlock": 64}, "memlock of -1", id="no limit"),
        pytest.param({"name": "memlock", "soft": -1, "hard": -1}, {"memlock": -1}, None, id="none there either"),
        pytest.param({"name": "memlock", "soft": -1, "hard": -1}, {}, None, id="an engine that may"),
        pytest.param({"name": "nofile", "soft": 1, "hard": 2000}, None, None, id="an engine that is not seen"),
        pytest.param({"name": "nofile", "soft": 9, "hard": 8}, {"nofile": 200}, "is above the hard one", id="soft"),
    ],
)
def test_ulimits(
    entry: dict[str, t.Any], limits: dict[str, int] | None, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_files, "engine_limits", lambda: limits)
    monkeypatch.setattr(host_files, "most_open_files", lambda: 1000)
    problems = list(impossible_ulimits(wanted(ulimits=[entry])))
    assert len(problems) == bool(said)
    assert said is None or said in problems[0]


def test_sources_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    volumes = [f"{tmp_path}/{name}:/{name}" for name in ("there", "made", "parent", "missing")]
    made = [f"{tmp_path}/made/", f"{tmp_path}/parent/inner"]
    problems = list(missing_sources(wanted(volumes=volumes, directories=made)))
    assert [problem.split(" is not there")[0] for problem in problems] == [
        f"service_container.volumes: {tmp_path}/missing"
    ]


def host_with(*writable: Path) -> Host:
    """Return a host whose containers may write these."""
    return t.cast(
        Host, SimpleNamespace(docker=SimpleNamespace(writable_folders=lambda: [str(path) for path in writable]))
    )


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a host's folders, in one of which, ``shared``, a container made links; ``admin`` is root's."""
    for folder in ("etc", "data", "shared/own/deep", "shared2"):
        (tmp_path / folder).mkdir(parents=True)
    for link, target in {
        "shared/link": "etc",
        "shared/own/deep/link": "etc",
        "shared/dangling": "nowhere",
        "shared/inside": "shared/own",
        "shared/loop": "shared/loop",
        "admin": "data",
        "to_shared": "shared",
        "into_shared": "shared/link",
    }.items():
        (tmp_path / link).symlink_to(tmp_path / target)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param("shared/link", "link", id="the source itself"),
        pytest.param("shared/link/ssh", "link", id="on the way"),
        pytest.param("shared/own/deep/link", "link", id="deep below"),
        pytest.param("shared/dangling", "dangling", id="to what is not there yet"),
        pytest.param("shared/inside", "inside", id="within the folder"),
        pytest.param("shared/loop", "loop", id="to itself"),
        pytest.param("to_shared/link", "link", id="by the administrator's link"),
        pytest.param("into_shared", "link", id="the administrator's link to a container's"),
        pytest.param("shared/own/../link", "link", id="with dots"),
        pytest.param("shared/link/", "link", id="with a slash at its end"),
    ],
)
@pytest.mark.parametrize("mode", ["ro", "rw"])
def test_sources_to_which_a_container_has_made_a_link(planted: Path, source: str, name: str, mode: str) -> None:
    path = f"{planted}/{source}"
    [problem] = planted_sources(host_with(planted / "shared"), wanted(volumes=[f"{path}:/x:{mode}"]))
    assert problem.startswith("service_container.volumes: ")
    assert f": {name} is a symlink in a folder that containers may write" in problem
    mounts = [{"type": "bind", "source": path, "target": "/x", "read_only": mode == "ro"}]
    [problem] = planted_sources(host_with(planted / "shared"), wanted(mounts=mounts))
    assert problem.startswith("service_container.mounts: ")


def test_a_link_in_what_the_service_itself_is_to_write(planted: Path) -> None:
    volumes = [f"{planted}/shared:/x", f"{planted}/shared/link:/y"]
    [problem] = planted_sources(host_with(), wanted(volumes=volumes))
    assert problem.startswith(f"service_container.volumes: {planted}/shared/link: link is a symlink")


@pytest.mark.parametrize(
    ("source", "writable"),
    [
        pytest.param("shared", ["shared"], id="the shared folder"),
        pytest.param("shared/own", ["shared"], id="a folder in it"),
        pytest.param("shared/missing/deeper", ["shared"], id="what is missing"),
        pytest.param("to_shared", ["shared"], id="the administrator's link to it"),
        pytest.param("admin", ["shared"], id="the administrator's link elsewhere"),
        pytest.param("admin", ["data"], id="a link to a folder that is written"),
        pytest.param("shared/link", ["shared2"], id="a folder whose name only begins alike"),
        pytest.param("shared/link", [], id="nobody writes"),
    ],
)
def test_sources_that_are_as_they_should_be(planted: Path, source: str, writable: list[str]) -> None:
    host = host_with(*(planted / folder for folder in writable))
    assert not [*planted_sources(host, wanted(volumes=[f"{planted}/{source}:/x:ro"]))]


def test_without_sources_the_engine_is_not_asked() -> None:
    host = t.cast(Host, SimpleNamespace(docker=None))
    assert not [*planted_sources(host, wanted(volumes=["named:/x"]))]


def test_logs_that_nothing_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "web.log").open("wb") as file:
        file.truncate(100 * MB)
    (tmp_path / "small.log").touch()
    told = list(growing_logs(wanted(volumes=[f"{tmp_path}:/log"], log_config={"type": "none"})))
    assert "log_config: with the type none" in told[0]
    assert f"{tmp_path}/web.log has 100 MB" in told[1]
    assert len(told) == 2
    monkeypatch.setattr(host_files, "mentioned_in", lambda files, text: text == str(tmp_path) and bool(list(files)))
    assert not list(growing_logs(wanted(volumes=[f"{tmp_path}:/log"])))


def image_host(image: dict[str, t.Any] | None) -> Host:
    """Return a host whose engine has this image, and of others one layer."""
    docker = SimpleNamespace(
        is_local=True,
        image=lambda _reference: image,
        root=lambda: "/var/lib/docker",
        architecture=lambda: "amd64",
        layers=lambda: {"there"},
    )
    return t.cast(Host, SimpleNamespace(docker=docker))


@pytest.mark.parametrize(
    ("layers", "free", "needed"),
    [
        pytest.param([("new", 40), ("there", 500)], 80, None, id="layers that are there need nothing"),
        pytest.param([("new", 41), ("there", 500)], 80, "needs 82 MB or more", id="too little"),
        pytest.param(None, 0, None, id="a registry that does not tell"),
    ],
)
def test_room(
    layers: list[tuple[str, int]] | None, free: int, needed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tuple(registry.Layer(name, size * MB) for name, size in layers or ())
    told = None if layers is None else registry.Described(("amd64",), found)
    monkeypatch.setattr(registry, "describe", lambda _reference, _architecture: told)
    monkeypatch.setattr(host_files, "free_bytes", lambda _path: free * MB)
    problems = misfitting_image(image_host(None), wanted())
    assert len(problems) == bool(needed)
    assert needed is None or needed in problems[0]


@pytest.mark.parametrize(
    ("of_image", "in_registry", "emulated", "refused"),
    [
        pytest.param("amd64", None, (), False, id="its own"),
        pytest.param("arm64", None, (), True, id="another"),
        pytest.param("arm64", None, ("aarch64",), False, id="another, by an emulator"),
        pytest.param("386", None, (), False, id="one that it runs as well"),
        pytest.param("", None, (), False, id="an image that does not tell"),
        pytest.param(None, ("arm64",), (), True, id="another, not pulled yet"),
        pytest.param(None, ("arm64", "s390x"), (), True, id="an index without its own"),
        pytest.param(None, ("amd64",), (), False, id="its own, not pulled yet"),
        pytest.param(None, None, (), False, id="a registry that does not tell"),
    ],
)
def test_architecture(
    of_image: str | None,
    in_registry: tuple[str, ...] | None,
    emulated: tuple[str, ...],
    refused: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = None if in_registry is None else registry.Described(in_registry, ())
    monkeypatch.setattr(registry, "describe", lambda _reference, _architecture: told)
    monkeypatch.setattr(host_files, "emulates", lambda machine: machine in emulated)
    image = None if of_image is None else {"Architecture": of_image}
    problems = misfitting_image(image_host(image), wanted())
    assert len(problems) == refused
    assert not refused or problems[0].startswith("service_image: the image is for ")
