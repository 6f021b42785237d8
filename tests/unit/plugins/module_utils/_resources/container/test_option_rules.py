# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of ``service_container``: what is refused by its key, and what arrives as it was written."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from docker.models import containers as sdk

from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_rules import OURS
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_types import OPTIONS

DATA = Path(__file__).parents[4] / "data/wrong_inputs/container.yml"
CASES = yaml.safe_load(DATA.read_text(encoding="utf-8"))
LONG = "x" * 131072


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_refused_by_its_key(case: dict[str, t.Any]) -> None:
    with pytest.raises(Failure) as failure:
        normalised(case["given"])
    assert f"service_container.{case['says']}" in str(failure.value)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"environment": {"A": LONG}}, id="environment"),
        pytest.param({"environment": [f"A={LONG}"]}, id="environment as a list"),
        pytest.param({"command": ["sh", "-c", LONG]}, id="command"),
    ],
)
def test_what_is_longer_than_linux_takes_is_refused_and_shown_in_part(options: dict[str, t.Any]) -> None:
    with pytest.raises(Failure) as failure:
        normalised(options)
    assert len(str(failure.value)) < 400


@pytest.mark.parametrize(
    ("options", "arrives"),
    [
        pytest.param({"cpuset_cpus": 0}, {"cpuset_cpus": "0"}, id="the CPU 0"),
        pytest.param({"cpuset_cpus": "0-1,3"}, {"cpuset_cpus": "0-1,3"}, id="several CPUs"),
        pytest.param({"user": 1000}, {"user": "1000"}, id="a user by number"),
        pytest.param({"user": "www-data:www-data"}, {"user": "www-data:www-data"}, id="a user with a group"),
        pytest.param({"stop_signal": 9}, {"stop_signal": "9"}, id="a signal by number"),
        pytest.param({"stop_signal": "SIGRTMIN+3"}, {"stop_signal": "SIGRTMIN+3"}, id="a real-time signal"),
        pytest.param({"stop_signal": "quit"}, {"stop_signal": "quit"}, id="a signal in small letters"),
        pytest.param(
            {"restart_policy": {"Name": False}}, {"restart_policy": {"Name": "no"}}, id="YAML's no as a policy"
        ),
        pytest.param(
            {"healthcheck": {"test": ["CMD", "true"], "interval": "10s", "timeout": "1m30s", "start_period": 0}},
            {
                "healthcheck": {
                    "test": ["CMD", "true"],
                    "interval": 10_000_000_000,
                    "timeout": 90_000_000_000,
                    "start_period": 0,
                }
            },
            id="durations of a health check",
        ),
        pytest.param(
            {"environment": {"A": True, "B": None, "C": 5, "D": 0.5}},
            {"environment": {"A": "true", "B": "", "C": "5", "D": "0.5"}},
            id="environment",
        ),
        pytest.param(
            {"labels": {"a": True, "b": None, "c": 1.5}}, {"labels": {"a": "true", "b": "", "c": "1.5"}}, id="labels"
        ),
        pytest.param({"labels": ["a=b"]}, {"labels": {"a": "b"}}, id="labels as a list"),
        pytest.param(
            {"sysctls": {"net.a": 1, "net.b": True}},
            {"sysctls": {"net.a": "1", "net.b": "true"}},
            id="kernel parameters",
        ),
        pytest.param(
            {"log_config": {"config": {"mode": "non-blocking", "max-buffer-size": "4m", "compress": True}}},
            {
                "log_config": {
                    "type": "json-file",
                    "config": {
                        **{"max-size": "10m", "max-file": "9"},
                        **{"mode": "non-blocking", "max-buffer-size": "4m", "compress": "true"},
                    },
                }
            },
            id="logs that never block",
        ),
        pytest.param(
            {"security_opt": ["seccomp={}", "seccomp:unconfined", "no-new-privileges:true"]},
            {"security_opt": ["seccomp={}", "seccomp:unconfined", "no-new-privileges:true"]},
            id="options of security",
        ),
        pytest.param({"volumes": ["/a:/b:ro,z,rslave"]}, {"volumes": ["/a:/b:ro,z,rslave"]}, id="modes of a volume"),
        pytest.param({"tmpfs": {"/run": None}}, {"tmpfs": {"/run": ""}}, id="tmpfs without options"),
        pytest.param({"tmpfs": ["/run:size=1m"]}, {"tmpfs": ["/run:size=1m"]}, id="tmpfs as a list"),
        pytest.param({"command": [1, True, 0.5]}, {"command": ["1", "true", "0.5"]}, id="words of a command"),
        pytest.param(
            {"cpuset_cpus": 0, "user": 0, "stop_signal": 9},
            {"cpuset_cpus": "0", "user": "0", "stop_signal": "9"},
            id="numbers for texts",
        ),
        pytest.param({"mem_limit": 0, "pids_limit": -1}, {"mem_limit": 0, "pids_limit": -1}, id="no limits"),
        pytest.param({"mem_limit": None}, {}, id="an option without a value is not given"),
        pytest.param({"entrypoint": []}, {"entrypoint": []}, id="no entrypoint"),
        pytest.param({"cap_add": ["CAP_NET_ADMIN", "all"]}, {"cap_add": ["CAP_NET_ADMIN", "all"]}, id="capabilities"),
        pytest.param(
            {"mounts": [{"target": "/a", "type": "tmpfs", "tmpfs_mode": "1777"}]},
            {"mounts": [{"target": "/a", "type": "tmpfs", "tmpfs_mode": 0o1777}]},
            id="a mode in quotes",
        ),
        pytest.param(
            {"network_mode": "bridge", "ports": {"80/tcp": ["127.0.0.1", 20024], 81: [["::1", 81], 82], "83": None}},
            {"network_mode": "bridge", "ports": {"80/tcp": ("127.0.0.1", 20024), 81: [("::1", 81), 82], "83": None}},
            id="ports with an address",
        ),
    ],
)
def test_arrives_as_it_was_written(options: dict[str, t.Any], arrives: dict[str, t.Any]) -> None:
    result = normalised(options)
    assert {name: result[name] for name in arrives} == arrives
    assert create_arguments(result, "1.41")


def test_every_option_of_the_sdk_has_its_type() -> None:
    """What its create() takes apart is in neither of its lists, nor is what its low-level create_container() takes."""
    others = {"ports", "volumes", "network", "networking_config", "stop_timeout"}
    assert OPTIONS.keys() == {*sdk.RUN_CREATE_KWARGS, *sdk.RUN_HOST_CONFIG_KWARGS, *others} - set(OURS)
