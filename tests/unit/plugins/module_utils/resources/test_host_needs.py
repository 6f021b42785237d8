# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils.resources.host_needs import Bind, binds, published_ports


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"volumes": ["/a:/b", "/c:/d:ro"]}, [Bind("volumes", "/a"), Bind("volumes", "/c")], id="list"),
        pytest.param({"volumes": {"/a": {"bind": "/b"}}}, [Bind("volumes", "/a")], id="mapping"),
        pytest.param({"volumes": ["data:/b", "/b"]}, [], id="volumes of Docker's own"),
        pytest.param({"volumes": ["/:/host:ro,rslave"]}, [Bind("volumes", "/", True)], id="propagated"),
        pytest.param(
            {"volumes": {"/a": {"bind": "/b", "propagation": "shared"}}}, [Bind("volumes", "/a", True)], id="shared"
        ),
        pytest.param(
            {"mounts": [{"type": "bind", "source": "/a", "target": "/b", "propagation": "rslave"}]},
            [Bind("mounts", "/a", True)],
            id="mount",
        ),
        pytest.param({"mounts": [{"target": "/b", "source": "data"}]}, [], id="mount of a volume"),
        pytest.param({"mounts": [{"type": "tmpfs", "target": "/b"}]}, [], id="tmpfs"),
    ],
)
def test_binds(options: dict[str, t.Any], found: list[Bind]) -> None:
    assert binds(options) == found


@pytest.mark.parametrize(
    ("ports", "found"),
    [
        pytest.param(None, set(), id="nothing"),
        pytest.param({"80/tcp": 8080, "81": "8081"}, {8080, 8081}, id="numbers"),
        pytest.param({"80/tcp": ("127.0.0.1", 8080)}, {8080}, id="with an address"),
        pytest.param({"80/tcp": [8080, ["127.0.0.1", 8081]]}, {8080, 8081}, id="several"),
        pytest.param({"80/tcp": None}, set(), id="the engine chooses"),
        pytest.param({"53/udp": 53}, set(), id="UDP"),
    ],
)
def test_published_ports(ports: t.Any, found: set[int]) -> None:
    assert published_ports({"ports": ports}) == found
