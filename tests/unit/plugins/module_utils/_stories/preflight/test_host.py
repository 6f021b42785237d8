# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine and its host do not have; real ones are the lab's."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import host_files
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.host import (
    impossible_limits,
    missing_on_host,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

ALL_BITS = (1 << 41) - 1
PLUGINS = {"Log": ["json-file", "local", "theirs:latest"], "Volume": ["local"]}
CONTAINERS = {
    name: {"State": {"Running": name != "stopped"}, "HostConfig": {"IpcMode": mode}}
    for name, mode in (("runs", "private"), ("stopped", "private"), ("shares", "shareable"))
}


def host(api_version: str = "1.41", is_local: bool = True) -> Host:
    docker = SimpleNamespace(
        api_version=api_version,
        is_local=is_local,
        has_network=lambda name: name == "inner",
        inspect=lambda name: (
            {**CONTAINERS[name], "State": {"Running": name != "stopped"}} if name in CONTAINERS else None
        ),
        info=lambda: {"NCPU": 2, "Runtimes": {"runc": {}, "crun": {}}, "Plugins": PLUGINS},
    )
    return t.cast(Host, SimpleNamespace(docker=docker))


def wanted(**options: t.Any) -> t.Any:
    return SimpleNamespace(container=SimpleNamespace(options=options))


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_files, "engine_capabilities", lambda: ALL_BITS & ~(1 << 24))
    monkeypatch.setattr(host_files, "numbers_online", lambda kind: {"cpu": {0, 1}, "node": {0}}[kind])
    monkeypatch.setattr(host_files, "sysctl", {"net.a": "4096", "net.b": "1\t2", "net.c": "cubic", "net.d": ""}.get)
    monkeypatch.setattr(host_files, "is_device", lambda path: path in ("/dev/there", "/dev/disk"))
    monkeypatch.setattr(host_files, "is_block_device", lambda path: path == "/dev/disk")
    kinds = {"/shared": ("shared",), "/slave": ("master",)}
    monkeypatch.setattr(host_files, "propagation", lambda path: frozenset(kinds.get(path, ())))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"network_mode": "host"}, None, id="the host's network"),
        pytest.param({"network_mode": "inner"}, None, id="a network"),
        pytest.param({"network_mode": "nosuch"}, "network_mode: there is no network nosuch on this host", id="none"),
        pytest.param({"network": "nosuch"}, "network: there is no network nosuch", id="none by network"),
        pytest.param({"network_mode": "container:runs"}, None, id="a container's network"),
        pytest.param({"network_mode": "container:stopped"}, "network_mode: no container stopped runs", id="stopped"),
        pytest.param({"ipc_mode": "container:nosuch"}, "ipc_mode: no container nosuch runs", id="no container"),
        pytest.param({"runtime": "crun"}, None, id="runtime"),
        pytest.param({"runtime": "io.containerd.kata.v2"}, None, id="a runtime that containerd finds by itself"),
        pytest.param(
            {"runtime": "nosuch"}, "runtime: the Docker Engine of this host has no runtime nosuch", id="no runtime"
        ),
        pytest.param({"log_config": {"type": "local"}}, None, id="logging driver"),
        pytest.param({"log_config": {"type": "theirs"}}, None, id="a plugin for logs"),
        pytest.param({"log_config": {"type": "none"}}, None, id="no logs"),
        pytest.param(
            {"log_config": {"type": "nosuch"}}, "log_config: the Docker Engine of this host has no", id="no driver"
        ),
        pytest.param(
            {"volume_driver": "nosuch"}, "volume_driver: the Docker Engine of this host has", id="no volume driver"
        ),
        pytest.param({"volumes_from": ["stopped:ro"]}, None, id="volumes of a container"),
        pytest.param(
            {"volumes_from": ["nosuch:ro"]}, "volumes_from: there is no container nosuch", id="volumes of none"
        ),
        pytest.param({"links": {"nosuch": "db"}}, "links: there is no container nosuch", id="links, a mapping"),
        pytest.param({"links": [["nosuch", "db"]]}, "links: there is no container nosuch", id="links, a list"),
        pytest.param({"cap_add": ["NET_ADMIN"]}, None, id="capability"),
        pytest.param(
            {"cap_add": ["SYS_RESOURCE"]}, "cap_add: the Docker Engine of this host does not have", id="not given"
        ),
        pytest.param({"privileged": True}, "privileged: the Docker Engine of this host does not have", id="privileged"),
        pytest.param({"devices": ["/dev/there:/dev/x:r"]}, None, id="device"),
        pytest.param({"devices": ["/dev/nosuch"]}, "devices: /dev/nosuch is not a device of this host", id="no device"),
        pytest.param({"devices": ["nosuch"]}, "devices: 'nosuch' is not a valid path", id="no path of a device"),
        pytest.param({"sysctls": {"net.a": "1"}, "network_mode": "inner"}, None, id="sysctl of its own network"),
        pytest.param(
            {"sysctls": {"net.a": "1"}, "network_mode": "host"}, "sysctls: net.a cannot be set", id="the host's"
        ),
        pytest.param(
            {"sysctls": {"net.nosuch": "1"}}, "sysctls: the kernel of this host has no net.nosuch", id="no sysctl"
        ),
        pytest.param(
            {"sysctls": {"net.b": "3 4", "net.c": "reno", "net.d": "80,81"}, "network_mode": "inner"},
            None,
            id="values of sysctls",
        ),
        pytest.param(
            {"sysctls": {"net.a": "many"}, "network_mode": "inner"},
            "sysctls.net.a: the kernel takes 'many' for no value of it (example: 4096",
            id="a word for a number",
        ),
        pytest.param(
            {"sysctls": {"net.b": "3"}, "network_mode": "inner"}, "sysctls.net.b: the kernel takes '3'", id="one of two"
        ),
        pytest.param(
            {"sysctls": {"net.a": "true"}, "network_mode": "inner"}, "sysctls.net.a: the kernel takes", id="true"
        ),
        pytest.param({"ipc_mode": "container:shares"}, None, id="shared memory"),
        pytest.param(
            {"ipc_mode": "container:runs"}, "ipc_mode: the container runs keeps its shared memory", id="private memory"
        ),
        pytest.param({"pid_mode": "container:runs"}, None, id="processes of a container"),
        pytest.param({"device_read_bps": [{"Path": "/dev/disk", "Rate": 9}]}, None, id="rate of a disk"),
        pytest.param(
            {"device_read_bps": [{"Path": "/dev/there", "Rate": 9}]},
            "device_read_bps: /dev/there is not a disk",
            id="rate of no disk",
        ),
        pytest.param(
            {"blkio_weight_device": [{"Path": "/dev/there", "Weight": 9}]},
            "blkio_weight_device: /dev/there is not a disk",
            id="weight of no disk",
        ),
        pytest.param({"volumes": ["/shared:/a:rshared", "/slave:/b:ro,slave", "/private:/c"]}, None, id="propagation"),
        pytest.param(
            {"volumes": ["/private:/a:rshared"]}, "volumes: /private cannot be rshared, as the mount", id="not shared"
        ),
        pytest.param(
            {"volumes": {"/slave": {"bind": "/a", "mode": "shared"}}}, "volumes: /slave cannot be shared", id="slave"
        ),
        pytest.param(
            {"mounts": [{"type": "bind", "source": "/private", "target": "/a", "propagation": "rslave"}]},
            "mounts: /private cannot be rslave",
            id="no slave",
        ),
    ],
)
def test_missing_on_host(options: dict[str, t.Any], says: str | None) -> None:
    problems = list(missing_on_host(host(), wanted(**options)))
    assert len(problems) == bool(says)
    assert says is None or problems[0].startswith(f"service_container.{says}")


def test_of_another_host_only_its_engine_is_asked() -> None:
    options = {"devices": ["/dev/nosuch"], "sysctls": {"net.nosuch": "1"}, "privileged": True, "cpuset_cpus": "9"}
    elsewhere = host(is_local=False)
    assert not [*missing_on_host(elsewhere, wanted(**options)), *impossible_limits(elsewhere, wanted(**options))]


@pytest.mark.parametrize("version", ["1.42", "1.44"])
def test_newer_engines_give_what_they_have(version: str) -> None:
    assert not list(missing_on_host(host(version), wanted(privileged=True, cap_add=["ALL"])))


@pytest.mark.parametrize(
    ("options", "version", "says"),
    [
        pytest.param({"nano_cpus": 2_000_000_000}, "1.41", None, id="all CPUs"),
        pytest.param(
            {"nano_cpus": 2_500_000_000}, "1.41", "nano_cpus: 2500000000 are 2.5 CPUs, and this host has 2", id="more"
        ),
        pytest.param({"cpuset_cpus": "0-1"}, "1.41", None, id="set"),
        pytest.param({"cpuset_cpus": "0-3"}, "1.41", "cpuset_cpus: this host has no CPU 2, 3", id="set of more"),
        pytest.param({"cpuset_cpus": 0}, "1.41", None, id="a number"),
        pytest.param({"cpuset_cpus": "banana"}, "1.41", None, id="no set, which is told elsewhere"),
        pytest.param({"cpuset_mems": "1"}, "1.41", "cpuset_mems: this host has no memory node 1", id="memory nodes"),
        pytest.param({"mem_limit": "6m"}, "1.41", None, id="enough memory"),
        pytest.param(
            {"mem_limit": "5m"}, "1.41", "mem_limit: 5242880 bytes are less than the engine gives (6 MB)", id="less"
        ),
        pytest.param({"mem_limit": "5m"}, "1.40", None, id="enough for an older engine"),
        pytest.param({"mem_limit": "3m"}, "1.40", "mem_limit: 3145728 bytes are less", id="less for an older engine"),
        pytest.param({"mem_limit": -5}, "1.41", "mem_limit: -5 bytes are less", id="below nothing"),
        pytest.param({"mem_limit": "64m", "mem_reservation": "64m"}, "1.41", None, id="reservation"),
        pytest.param(
            {"mem_limit": "64m", "mem_reservation": "65m"}, "1.41", "mem_reservation: ", id="larger reservation"
        ),
        pytest.param({"mem_limit": "64m", "memswap_limit": -1}, "1.41", None, id="unlimited swap"),
        pytest.param({"mem_limit": "64m", "memswap_limit": "63m"}, "1.41", "memswap_limit: ", id="less with swap"),
        pytest.param({"mem_limit": 0}, "1.41", None, id="no limit"),
    ],
)
def test_limits(options: dict[str, t.Any], version: str, says: str | None) -> None:
    problems = list(impossible_limits(host(version), wanted(**options)))
    assert len(problems) == bool(says)
    assert says is None or problems[0].startswith(f"service_container.{says}")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0-3,7", {0, 1, 2, 3, 7}), ("0", {0}), ("", None), ("a", None), ("1-", None), ("3-1", set())],
)
def test_numbers(text: str, numbers: set[int] | None) -> None:
    assert host_files.numbers_in(text) == numbers
