# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance with each of two ports: IDs of their own, and what keeps both from running side by side."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.plugin_utils._sides import sided

Side = dict[str, t.Any]


def side(port: int, **more: t.Any) -> Side:
    entry = {"name": "web", "port": port, "checks": [{"http": f"http://192.0.2.1:{port}/up"}]}
    return {"registrations": [entry], "container": {"command": [str(port)]}, **more}


def both(**more: t.Any) -> tuple[Side, Side]:
    return side(80, **more), side(81, **more)


def entries(port: int, *given: Side) -> Side:
    return {**side(port), "registrations": [dict(entry) for entry in given]}


@pytest.mark.parametrize(
    ("sides", "instance", "ids"),
    [
        pytest.param(both(), "web", [["web-80"], ["web-81"]], id="the service's own"),
        pytest.param(both(), "web-2", [["web-2-web-80"], ["web-2-web-81"]], id="one of several"),
        pytest.param(
            (entries(80, {"port": 80}, {"name": "extra"}), entries(81, {"port": 81}, {"name": "extra"})),
            "web",
            [["web-80", "web-extra-80"], ["web-81", "web-extra-81"]],
            id="one without a port goes by the first port",
        ),
        pytest.param(
            (entries(80, {"id": "blue", "port": 80}), entries(81, {"id": "green", "port": 81})),
            "web",
            [["blue"], ["green"]],
            id="IDs that differ by themselves",
        ),
        pytest.param(
            (entries(80, {"id": "x", "port": 80}), entries(81, {"id": "x", "port": 81})),
            "web",
            [["x-80"], ["x-81"]],
            id="an ID of the file",
        ),
    ],
)
def test_ids(sides: tuple[Side, Side], instance: str, ids: list[list[str | None]]) -> None:
    told = sided(*sides, instance, [])
    assert [[entry.get("id") for entry in told[name]["registrations"]] for name in ("wanted", "alternate")] == ids


def mounting(*volumes: t.Any, **more: t.Any) -> tuple[Side, Side]:
    return both(container={"volumes": list(volumes), **more})


WRITES = "with service_rollout.start_first both containers would write to"


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        pytest.param(both(code={"path": "/srv"}), "service_code is one folder for both", id="code"),
        pytest.param(
            (entries(80, {"port": 80}), entries(80, {"port": 80})),
            "service_registrations[0].port: is 80 with either",
            id="the same port",
        ),
        pytest.param(
            (entries(80, {"name": "web"}), entries(81, {"name": "web"})),
            "finds the new container by its registered port",
            id="no port at all",
        ),
        pytest.param(
            tuple(
                {**s, "registrations": [{**s["registrations"][0], "checks": [{"tcp": "192.0.2.1:80"}]}]} for s in both()
            ),
            "service_registrations[0].checks: tcp asks 192.0.2.1:80 with either of the two ports",
            id="a check of the other one's port",
        ),
        pytest.param(
            both(container={"ports": {"80/tcp": 80}}), "service_container.ports: 80 is published", id="published"
        ),
        pytest.param(mounting("/srv/data:/data"), f"volumes[0]: {WRITES} /srv/data", id="a folder of the host"),
        pytest.param(mounting("data:/data"), f"volumes[0]: {WRITES} data", id="a named volume"),
        pytest.param(
            both(container={"volumes": {"data": {"bind": "/data", "mode": "rw"}}}),
            f"volumes.data: {WRITES} data",
            id="as a mapping",
        ),
        pytest.param(
            both(container={"mounts": [{"type": "volume", "source": "data", "target": "/data"}]}),
            f"mounts[0]: {WRITES} data",
            id="a mount",
        ),
        pytest.param(
            (side(80, files=[{"path": "/a", "content": "80"}]), side(81, files=[{"path": "/a", "content": "81"}])),
            "service_files: /a differs between the two ports",
            id="a file",
        ),
        pytest.param(both(problems=["no value"]), "no value", id="what can not be rendered"),
    ],
)
def test_problems(sides: tuple[Side, Side], message: str) -> None:
    told = sided(*sides, "web", [])
    assert told["wanted"] == told["alternate"]
    (problem,) = told["wanted"]["problems"]
    assert message in problem


@pytest.mark.parametrize(
    "sides",
    [
        pytest.param(mounting("/srv/data:/data:ro"), id="read-only"),
        pytest.param(mounting("/data"), id="a volume without a name"),
        pytest.param(mounting(tmpfs={"/tmp": ""}), id="in memory"),
        pytest.param(mounting("/srv/media:/media"), id="one that both may write"),
        pytest.param(
            (side(80, container={"volumes": ["/srv/80:/data"]}), side(81, container={"volumes": ["/srv/81:/data"]})),
            id="one for each",
        ),
        pytest.param(both(files=[{"path": "/a", "content": "same"}]), id="one file of one text"),
    ],
)
def test_what_may_run_side_by_side(sides: tuple[Side, Side]) -> None:
    assert "problems" not in sided(*sides, "web", ["/srv/media"])["wanted"]
