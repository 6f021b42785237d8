# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker SDK's own checks, by the names that a service file uses."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_types import OPTIONS

API = "1.41"


def of_host(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the host's part of what goes to the engine."""
    return dict(create_arguments(options, API)["host_config"])


def test_defaults() -> None:
    host = of_host(normalised({}))
    assert host["NetworkMode"] == "host"
    assert host["RestartPolicy"] == {"Name": "always"}
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "9"}}


@pytest.mark.parametrize(
    ("options", "name", "expected"),
    [
        pytest.param({"command": ["a", "b"]}, "command", ["a", "b"], id="command"),
        pytest.param({"entrypoint": "/bin/a"}, "entrypoint", "/bin/a", id="entrypoint"),
        pytest.param({"environment": {"A": "1"}}, "environment", {"A": "1"}, id="environment"),
        pytest.param({"labels": {"a": "b"}}, "labels", {"a": "b"}, id="labels"),
        pytest.param({"user": "1000"}, "user", "1000", id="user"),
        pytest.param({"hostname": "web"}, "hostname", "web", id="hostname"),
        pytest.param({"working_dir": "/srv"}, "working_dir", "/srv", id="working directory"),
        pytest.param({"stop_signal": "SIGQUIT"}, "stop_signal", "SIGQUIT", id="stop signal"),
        pytest.param({"stop_timeout": 30}, "stop_timeout", 30, id="stop timeout"),
        pytest.param({"volumes": ["/srv/a:/a"]}, "volumes", ["/a"], id="volumes"),
        pytest.param({"ports": {"80/tcp": 8080}}, "ports", [("80", "tcp")], id="ports"),
    ],
)
def test_options_of_the_container(options: dict[str, t.Any], name: str, expected: t.Any) -> None:
    assert create_arguments(options, API)[name] == expected


@pytest.mark.parametrize(
    ("options", "name", "expected"),
    [
        pytest.param({"mem_limit": "1g"}, "Memory", 1024**3, id="memory"),
        pytest.param({"nano_cpus": 500_000_000}, "NanoCpus", 500_000_000, id="CPUs"),
        pytest.param({"volumes": ["/srv/a:/a:ro"]}, "Binds", ["/srv/a:/a:ro"], id="volumes as list"),
        pytest.param(
            {"volumes": {"/srv/a": {"bind": "/a", "mode": "ro"}}}, "Binds", ["/srv/a:/a:ro"], id="volumes as mapping"
        ),
        pytest.param({"tmpfs": {"/run": "size=1m"}}, "Tmpfs", {"/run": "size=1m"}, id="tmpfs"),
        pytest.param({"cap_add": ["NET_ADMIN"]}, "CapAdd", ["NET_ADMIN"], id="capabilities"),
        pytest.param({"extra_hosts": {"db": "10.0.0.1"}}, "ExtraHosts", ["db:10.0.0.1"], id="hosts"),
        pytest.param({"sysctls": {"a": "1"}}, "Sysctls", {"a": "1"}, id="sysctls"),
        pytest.param(
            {"ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]},
            "Ulimits",
            [{"Name": "nofile", "Soft": 1, "Hard": 2}],
            id="ulimits",
        ),
        pytest.param(
            {"mounts": [{"target": "/a", "source": "/srv/a", "type": "bind", "read_only": True}]},
            "Mounts",
            [{"Target": "/a", "Source": "/srv/a", "Type": "bind", "ReadOnly": True}],
            id="mounts",
        ),
    ],
)
def test_options_of_the_host(options: dict[str, t.Any], name: str, expected: t.Any) -> None:
    assert of_host(options)[name] == expected


def test_options_are_not_changed() -> None:
    options: dict[str, t.Any] = {"command": ["a"], "mounts": [{"target": "/a", "source": "/a"}], "stop_timeout": 1}
    before = {**options, "mounts": [dict(options["mounts"][0])]}
    create_arguments(options, API)
    assert options == before


def test_what_this_sdk_refuses_is_a_failure() -> None:
    with pytest.raises(Failure, match=r"^service_container: the Docker SDK refuses it: .*traget"):
        create_arguments({"mounts": [{"traget": "/a"}]}, API)


@pytest.mark.parametrize(
    "value", [[1], [None], ["a"], [[1]], {"a": 1}, {"a": None}, {"a": {"b": 1}}, {"a": [1]}, 5, 1.5, True, "x"], ids=str
)
def test_no_form_of_any_option_ends_in_a_traceback(value: t.Any) -> None:
    for name in OPTIONS:
        with contextlib.suppress(Failure):
            create_arguments(normalised({name: value}), API)
