# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_types import OPTIONS
from ansible_collections.longshore.fleet.plugins.plugin_utils import _docker_run
from ansible_collections.longshore.fleet.plugins.plugin_utils._docker_run import docker_run

# Options of the SDK that docker run has nothing for.
UNSAID = {
    *("network_disabled", "use_config_proxy", "device_requests", "init_path", "lxc_conf", "cpu_count", "cpu_percent"),
    "networking_config",
}


def words(options: dict[str, t.Any]) -> list[str]:
    """Return what docker run is given beyond what it always is."""
    lines, unsaid = docker_run("web", "IMAGE", normalised(options))
    assert unsaid == []
    usual = set(map(" ".join, _usual()))
    return [line for line in map(" ".join, lines) if line not in usual]


def _usual() -> list[list[str]]:
    lines, _unsaid = docker_run("web", "IMAGE", normalised({}))
    return lines


def test_the_least() -> None:
    assert [" ".join(line) for line in _usual()] == [
        "docker run --detach --name web",
        "--network host",
        "--restart always",
        "--log-driver json-file",
        "--log-opt max-size=10m",
        "--log-opt max-file=9",
        "IMAGE",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"command": "sh -c 'a b'"}, ["IMAGE sh -c a b"], id="a command as a text"),
        pytest.param({"command": ["a", 1]}, ["IMAGE a 1"], id="a command as a list"),
        pytest.param({"entrypoint": ["a", "b"], "command": ["c"]}, ["--entrypoint a", "IMAGE b c"], id="entrypoint"),
        pytest.param({"environment": {"A": 1, "B": "x y"}}, ["--env A=1", "--env B=x y"], id="environment"),
        pytest.param({"environment": ["A=1"]}, ["--env A=1"], id="environment as a list"),
        pytest.param({"labels": {"team": "shop"}}, ["--label team=shop"], id="labels"),
        pytest.param({"mem_limit": "512m", "nano_cpus": 500000000}, ["--memory 512m", "--cpus 0.5"], id="limits"),
        pytest.param({"read_only": True, "init": False}, ["--read-only"], id="switches"),
        pytest.param({"volumes": ["/a:/b:ro"]}, ["--volume /a:/b:ro"], id="volumes"),
        pytest.param(
            {"volumes": {"/a": {"bind": "/b", "mode": "ro", "propagation": "rslave"}, "/c": {"bind": "/d"}}},
            ["--volume /a:/b:ro,rslave", "--volume /c:/d:rw"],
            id="volumes as a mapping",
        ),
        pytest.param(
            {"mounts": [{"type": "bind", "source": "/a", "target": "/b", "read_only": True}]},
            ["--mount type=bind,source=/a,target=/b,readonly"],
            id="a mount",
        ),
        pytest.param(
            {"mounts": [{"type": "tmpfs", "target": "/b", "tmpfs_mode": "1777", "tmpfs_size": "1m"}]},
            ["--mount type=tmpfs,target=/b,tmpfs-mode=1777,tmpfs-size=1m"],
            id="a mount in memory",
        ),
        pytest.param({"tmpfs": {"/run": "size=1m", "/tmp": ""}}, ["--tmpfs /run:size=1m", "--tmpfs /tmp"], id="tmpfs"),
        pytest.param({"tmpfs": ["/run"]}, ["--tmpfs /run"], id="tmpfs as a list"),
        pytest.param(
            {
                "network_mode": "bridge",
                "ports": {"80/tcp": 8080, "81": None, "82": ["127.0.0.1", 82], "83": [1, 2], "84": ["127.0.0.1"]},
            },
            [
                "--network bridge",
                *("--publish 8080:80/tcp", "--publish 81", "--publish 127.0.0.1:82:82", "--publish 1:83"),
                *("--publish 2:83", "--publish 127.0.0.1::84"),
            ],
            id="ports",
        ),
        pytest.param({"ulimits": [{"name": "nofile", "soft": 1, "hard": 2}]}, ["--ulimit nofile=1:2"], id="ulimits"),
        pytest.param(
            {"ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}]}, ["--ulimit core=0:0"], id="ulimits by capitals"
        ),
        pytest.param({"extra_hosts": {"db": "192.0.2.7"}}, ["--add-host db:192.0.2.7"], id="extra hosts"),
        pytest.param(
            {"restart_policy": {"Name": "on-failure", "MaximumRetryCount": 3}}, ["--restart on-failure:3"], id="restart"
        ),
        pytest.param({"healthcheck": {"test": ["NONE"]}}, ["--no-healthcheck"], id="no health check"),
        pytest.param(
            {"healthcheck": {"test": "a b", "interval": "90s", "retries": 2}},
            ["--health-cmd a b", "--health-interval 90s", "--health-retries 2"],
            id="health check",
        ),
        pytest.param(
            {"device_write_bps": [{"Path": "/dev/sda", "Rate": 5}]}, ["--device-write-bps /dev/sda:5"], id="rates"
        ),
        pytest.param({"network": "backend"}, ["--network backend"], id="a network"),
        pytest.param({"stop_signal": "INT", "stop_timeout": 5}, ["--stop-signal INT", "--stop-timeout 5"], id="stop"),
        pytest.param({"ipc_mode": "host", "pid_mode": "host"}, ["--ipc host", "--pid host"], id="modes"),
    ],
)
def test_options(options: dict[str, t.Any], expected: list[str]) -> None:
    assert words(options) == expected


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"networking_config": {"a": {}}}, id="no such option"),
        pytest.param({"healthcheck": {"test": ["CMD", "a"]}}, id="a health check without a shell"),
        pytest.param({"mounts": [{"target": "/a", "labels": {"a": "b"}}]}, id="part of a mount"),
        pytest.param({"devices": [{"PathOnHost": "/dev/fuse"}]}, id="a device as the engine has it"),
    ],
)
def test_what_docker_run_cannot_say_is_told(options: dict[str, t.Any]) -> None:
    _lines, unsaid = docker_run("web", "IMAGE", normalised(options))
    assert unsaid == list(options)


def test_every_option_of_a_container_is_known() -> None:
    known = {
        *_docker_run.VALUES,
        *_docker_run.SWITCHES,
        *_docker_run.ENTRIES,
        *_docker_run.PAIRS,
        *_docker_run.SPECIAL,
        "command",
    }
    assert known | UNSAID == set(OPTIONS)
    assert not known & UNSAID
