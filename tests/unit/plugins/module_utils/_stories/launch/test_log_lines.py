# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which containers' lines are told, and that none of them shows a secret."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_log import Extent, Line
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import (
    INSTANCE,
    ONE_OFF,
    SECRETS,
    SERVICE,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import log_lines

OPTIONS: dict[str, t.Any] = {
    "docker_host": "unix:///run/docker.sock",
    "name": "web",
    "lines": 100,
    "since": None,
    "grep": None,
    "max_bytes": 1000,
}


def container(name: str, instance: str = "web", service: str = "web") -> dict[str, t.Any]:
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "State": {"Status": "running"},
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
        "Config": {
            "Env": ["TOKEN=s3cret-word"],
            "Labels": {INSTANCE: instance, SERVICE: service, SECRETS: json.dumps({"TOKEN": "digest"})},
        },
    }


class Engine:
    """The client docker.py, with these containers."""

    def __init__(self, *there: dict[str, t.Any], gone: tuple[str, ...] = ()) -> None:
        self.there = {answer["Id"]: answer for answer in there}
        self.gone = gone

    def containers(self) -> list[dict[str, t.Any]]:
        others = [{"Id": "id-other", "Labels": None}, {"Id": "id-once", "Labels": {ONE_OFF: "web"}}]
        return [{"Id": i, "Labels": answer["Config"]["Labels"]} for i, answer in self.there.items()] + others

    def inspect(self, identity: str) -> dict[str, t.Any] | None:
        return None if identity in self.gone else self.there[identity]


def newest(monkeypatch: pytest.MonkeyPatch, engine: Engine, *texts: str, **options: t.Any) -> list[dict[str, t.Any]]:
    monkeypatch.setattr(log_lines, "Docker", lambda _address: engine)

    def read(_docker: t.Any, answer: dict[str, t.Any], extent: Extent) -> tuple[list[Line], bool]:
        there = [Line("now", text) for text in (*texts, answer["Id"])]
        return [line for line in there if not extent.grep or extent.grep.search(line.text)], True

    monkeypatch.setattr(log_lines, "read_log", read)
    return log_lines.newest_lines({**OPTIONS, **options})


def test_all_containers_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(
        container("web.previous"),
        container("web"),
        container("web-2", "web-2"),
        container("db", "db", "db"),
        container("web-3", "web-3"),
        gone=("id-web-3",),
    )
    told = newest(monkeypatch, engine)
    assert [(one["instance"], one["container"], one["lines"][0]["text"]) for one in told] == [
        ("web", "web", "id-web"),
        ("web-2", "web-2", "id-web-2"),
        ("web", "web.previous", "id-web.previous"),
    ]
    assert all(one["cut"] for one in told)


@pytest.mark.parametrize(
    ("grep", "texts"),
    [
        (None, ["a ******** here", "b", "id-web"]),
        ("a|b", ["a ******** here", "b", "id-web"]),
        pytest.param("s3cret", [], id="what is masked cannot be guessed by a pattern"),
        pytest.param("here", ["a ******** here"], id="what is beside it is found"),
    ],
)
def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch, grep: str | None, texts: list[str]) -> None:
    [told] = newest(monkeypatch, Engine(container("web")), "a s3cret-word here", "b", grep=grep)
    assert [line["text"] for line in told["lines"]] == texts


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"lines": 0}, "lines: 0 must be at least 1"),
        ({"max_bytes": -1}, "max_bytes: -1 must be at least 1"),
        ({"since": "soon"}, "since: 'soon' is not a valid duration"),
        ({"grep": "a["}, r"grep: 'a\[' is not a regular expression \(unterminated character set"),
    ],
)
def test_wrong_options_are_told(options: dict[str, t.Any], told: str) -> None:
    with pytest.raises(Failure, match=told):
        log_lines.extent_of({**OPTIONS, **options})


def test_the_extent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines.time, "time", lambda: 1000.0)
    assert log_lines.extent_of(OPTIONS) == Extent(100, None, None, 1000)
    assert log_lines.extent_of({**OPTIONS, "since": "1m", "grep": "x"}) == Extent(100, 940, re.compile("x"), 1000)
