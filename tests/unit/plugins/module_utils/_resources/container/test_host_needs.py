# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.host_needs import (
    folder_of_volume,
    named_containers,
    named_devices,
    named_network,
    shared_sysctls,
)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"network_mode": "host"}, None),
        ({"network_mode": "bridge"}, None),
        ({"network_mode": "container:x"}, None),
        ({}, None),
        ({"network_mode": "inner"}, ("network_mode", "inner")),
        ({"network": "inner"}, ("network", "inner")),
    ],
)
def test_network(options: dict[str, t.Any], found: tuple[str, str] | None) -> None:
    assert named_network(options) == found


def test_containers() -> None:
    options = {"network_mode": "container:a", "pid_mode": "host", "ipc_mode": "container:b"}
    assert named_containers(options) == [("network_mode", "a"), ("ipc_mode", "b")]


def test_devices() -> None:
    options = {"devices": ["/dev/a:/dev/b:rw", "c"], "device_read_bps": [{"Path": "/dev/d", "Rate": 1}]}
    assert named_devices(options) == [("devices", "/dev/a"), ("devices", "c"), ("device_read_bps", "/dev/d")]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param(
            {"network_mode": "host", "sysctls": {"net.core.somaxconn": "1"}}, ["network_mode is host"], id="net"
        ),
        pytest.param({"network_mode": "host", "sysctls": {"net/core/x": "1"}}, ["network_mode is host"], id="slashes"),
        pytest.param({"network_mode": "bridge", "sysctls": {"net.core.somaxconn": "1"}}, [], id="a network of its own"),
        pytest.param({"ipc_mode": "host", "sysctls": {"kernel.shmmax": "1"}}, ["ipc_mode is host"], id="IPC"),
        pytest.param({"ipc_mode": "host", "sysctls": {"fs.mqueue.msg_max": "1"}}, ["ipc_mode is host"], id="queues"),
        pytest.param({"network_mode": "host", "sysctls": {"kernel.shmmax": "1"}}, [], id="IPC of its own"),
    ],
)
def test_sysctls_of_the_host(options: dict[str, t.Any], found: list[str]) -> None:
    assert [why for _name, why in shared_sysctls(options)] == found


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        pytest.param({"type": "none", "o": "bind", "device": "/srv/x"}, "/srv/x", id="folder of the host"),
        pytest.param({"o": "rbind,ro", "device": "/srv/x"}, "/srv/x", id="with more options"),
        pytest.param({"type": "nfs", "o": "addr=10.0.0.1", "device": ":/x"}, "", id="of another host"),
        pytest.param({"type": "ext4", "device": "/dev/sdb1"}, "", id="file system of its own"),
        pytest.param({"o": "bind"}, "", id="nothing"),
        pytest.param(None, "", id="the engine's own"),
    ],
)
def test_folder_of_volume(options: dict[str, str] | None, folder: str) -> None:
    assert folder_of_volume({"Name": "data", "Driver": "local", "Options": options}) == folder
