# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with sidecars in a service file, told before any host is asked."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import ServiceFile, schema
from ansible_collections.longshore.fleet.plugins.plugin_utils._sidecar_values import doubled
from tests.unit.builders import trusted

IMAGE = {"from": "registry/nginx:1"}
PUBLISHED = {"network": "front", "ports": {"80/tcp": 8080}}


def problems(folder: Path, **sidecars: t.Any) -> list[str]:
    """Return what is wrong with a file that has these sidecars, without its path."""
    path = folder / "web.yml"
    data = trusted({"service_image": IMAGE, "service_sidecars": sidecars})
    return [problem.removeprefix(f"{path}: ") for problem in ServiceFile("web", path, data).problems(schema())]


@pytest.mark.parametrize(
    "sidecar",
    [
        pytest.param({}, id="an image alone"),
        pytest.param({"start": "before", "ready": ["test", "-e", "/x"]}, id="ready"),
        pytest.param({"image": {"name": "web", "context": "images/web"}, "once": True}, id="an image of one's own"),
        pytest.param({"alone": "{{ here }}", "ready": "{{ ready }}"}, id="templates"),
        pytest.param({"files": [{"path": "/srv/a", "content": "{{ config.a }}", "mode": "0600"}]}, id="a file"),
        pytest.param({"container": {"environment": {"A": "{{ config.a }}"}}}, id="a container"),
    ],
)
def test_right_ones(tmp_path: Path, sidecar: dict[str, t.Any]) -> None:
    assert problems(tmp_path, nginx={"image": IMAGE, **sidecar}) == []


@pytest.mark.parametrize(
    ("sidecar", "error"),
    [
        ({"imge": 1}, "service_sidecars.nginx.imge: there is no such key; did you mean image?"),
        ({"image": {"from_code": []}}, "service_sidecars.nginx.image.from_code: there is no such key; "),
        ({"image": {"name": "a"}}, "service_sidecars.nginx.image: give it either context, to build it, or from"),
        ({"image": {"from": "A b"}}, "service_sidecars.nginx.image.from: 'A b' is not a reference of an image"),
        ({"start": "first"}, "service_sidecars.nginx.start: expected before or after, got 'first'"),
        ({"once": "yes, please"}, "service_sidecars.nginx.once: expected true or false"),
        ({"once": True, "ready": "true"}, "service_sidecars.nginx.ready: one with once is ready when it has ended; "),
        ({"container": {"comand": "x"}}, "service_sidecars.nginx.container.comand: "),
        ({"ready": "'"}, 'service_sidecars.nginx.ready: "\'" is not a command'),
        (
            {"files": [{"path": "/a", "content": "", "on_change": "none"}]},
            "service_sidecars.nginx.files[0].on_change: ",
        ),
        ({"files": [{"path": "a", "content": ""}]}, "service_sidecars.nginx.files[0].path: 'a' is not an absolute"),
    ],
)
def test_wrong_ones(tmp_path: Path, sidecar: dict[str, t.Any], error: str) -> None:
    told = problems(tmp_path, nginx={"image": IMAGE, **sidecar})
    assert len(told) == 1
    assert told[0].startswith(error)


def test_one_without_an_image(tmp_path: Path) -> None:
    assert problems(tmp_path, nginx={}) == ["service_sidecars.nginx.image: is missing, and has no default"]


@pytest.mark.parametrize("name", ["next", "a.b", "Nginx", "exec"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, **{name: {"image": IMAGE}})


@pytest.mark.parametrize(("other", "is_refused"), [("web.nginx", True), ("web-2.nginx", True), ("web-nginx", False)])
def test_name_of_another_service(tmp_path: Path, other: str, is_refused: bool) -> None:
    (tmp_path / f"{other}.yml").touch()
    told = problems(tmp_path, nginx={"image": IMAGE})
    assert bool(told) == is_refused
    assert all("is called like the service" in problem for problem in told)


def test_ports_that_meet(tmp_path: Path) -> None:
    told = problems(tmp_path, a={"image": IMAGE, "container": PUBLISHED}, b={"image": IMAGE, "container": PUBLISHED})
    assert told == [
        "service_sidecars.b.container.ports: port 8080 of the host is that of service_sidecars.a.container.ports of web"
        " too; give one of them another port"
    ]


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ("service_sidecars:\n  a: {once: true}\n  b: {}\n", []),
        ("service_sidecars:\n  a:\n    files: []\n  'a':\n    files: []\n", ["a"]),
        ("service_sidecars: {a: {}, b: {}, a: {}}\n", ["a"]),
        ("service_hosts: a\n", []),
        ("service_sidecars: '{{ others }}'\n", []),
    ],
)
def test_two_of_one_name(text: str, twice: list[str]) -> None:
    assert [problem.partition(":")[0] for problem in doubled(text)] == [f"service_sidecars.{name}" for name in twice]
