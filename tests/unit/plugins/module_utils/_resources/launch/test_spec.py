# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.normalise import normalised
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import (
    Directory,
    Gate,
    InstanceSpec,
)
from tests.unit.builders import instance_options

SECRET = "correct horse battery staple"


def params(**wanted: t.Any) -> dict[str, t.Any]:
    """Return the options of launch as the module gives them, but for what differs in ``wanted``."""
    environment = {"environment": {"A": 1}}
    return instance_options("web-1", secrets={"TOKEN": SECRET}, **{"container": environment, **wanted})


@pytest.mark.parametrize(
    ("timeout", "stable_for", "expected"),
    [
        pytest.param("5m", "10s", Gate(300, 10), id="durations"),
        pytest.param("30", "0s", Gate(30, 0), id="seconds"),
    ],
)
def test_gate(timeout: str, stable_for: str, expected: Gate) -> None:
    assert Gate.from_options({"timeout": timeout, "stable_for": stable_for}) == expected


@pytest.mark.parametrize(
    ("timeout", "stable_for", "message"),
    [
        pytest.param("long", "10s", "^service_gate.timeout: 'long' is not a valid duration", id="timeout"),
        pytest.param("5m", "long", "^service_gate.stable_for: 'long' is not a valid duration", id="stable_for"),
        pytest.param("10s", "10s", "^service_gate: timeout must be longer than stable_for", id="never passed"),
        pytest.param("0s", "0s", "^service_gate: timeout must be longer than stable_for", id="no time at all"),
    ],
)
def test_wrong_gate(timeout: str, stable_for: str, message: str) -> None:
    with pytest.raises(Failure, match=message):
        Gate.from_options({"timeout": timeout, "stable_for": stable_for})


@pytest.mark.parametrize(
    ("differing", "expected"),
    [
        pytest.param({}, Directory("/srv/web", 0, 0, 0o755), id="defaults"),
        pytest.param({"owner": 1000}, Directory("/srv/web", 1000, 1000, 0o755), id="group as the owner"),
        pytest.param({"owner": 1000, "group": 0}, Directory("/srv/web", 1000, 0, 0o755), id="group 0"),
        pytest.param({"mode": "2750"}, Directory("/srv/web", 0, 0, 0o2750), id="four digits"),
        pytest.param({"mode": "700"}, Directory("/srv/web", 0, 0, 0o700), id="three digits"),
    ],
)
def test_directory(differing: dict[str, t.Any], expected: Directory) -> None:
    options = {"path": "/srv/web", "owner": 0, "group": None, "mode": "0755", **differing}
    assert Directory.from_options(options) == expected


@pytest.mark.parametrize(
    ("differing", "message"),
    [
        pytest.param({"path": "srv/web"}, r"\.path: 'srv/web' is not an absolute path", id="relative"),
        pytest.param({"path": "/srv/../etc"}, r"\.path: '/srv/\.\./etc' is not an absolute path", id="elsewhere"),
        pytest.param({"mode": "488"}, r"\.mode: '488' is not a valid octal mode in quotes .*\"0750\"", id="decimal"),
        pytest.param({"mode": 0o750}, r"\.mode: 488 is not a valid octal mode in quotes", id="0750 without quotes"),
        pytest.param({"mode": 0o770}, r"\.mode: 504 is not a valid octal mode in quotes", id="0770 without quotes"),
        pytest.param({"mode": 0o1777}, r"\.mode: 1023 is not a valid octal mode in quotes", id="1777 without quotes"),
        pytest.param({"mode": "u=rwx"}, r"\.mode: 'u=rwx' is not a valid octal mode", id="letters"),
        pytest.param({"mode": "75"}, r"\.mode: '75' is not a valid octal mode", id="too short"),
    ],
)
def test_wrong_directory(differing: dict[str, t.Any], message: str) -> None:
    with pytest.raises(Failure, match=rf"^service_directories\[0\]{message}"):
        Directory.from_options({"path": "/srv/web", "owner": 0, "group": None, "mode": "0755", **differing})


def test_wanted() -> None:
    wanted = InstanceSpec.from_options(
        params(registrations=[{"port": 80}, {"name": "x"}, {"name": "y", "port": 81}]), {"TOKEN": "d"}
    )
    container = wanted.container
    assert (container.name, container.service, container.version) == ("web-1", "web-1", "")
    assert (container.reference, container.content) == ("registry/web@sha256:1", "c-1")
    assert container.options == container.compared == normalised({"environment": {"A": "1"}})
    assert (wanted.gate, wanted.drain, wanted.directories) == (Gate(300, 10), 10, ())
    assert wanted.ports == {80, 81}


def test_peers_differ_only_in_what_runs() -> None:
    container = InstanceSpec.from_options(params(container_without_peers={"environment": {"A": 2}}), {}).container
    assert (container.options["environment"], container.compared["environment"]) == ({"A": "1"}, {"A": "2"})


def test_service_of_several_instances() -> None:
    assert InstanceSpec.from_options({**params(), "service": "web"}, {}).container.service == "web"


@pytest.mark.parametrize(
    ("container", "own"),
    [
        pytest.param({}, True, id="default"),
        pytest.param({"network_mode": "bridge"}, False, id="bridge"),
        pytest.param({"network": "app"}, False, id="network"),
    ],
)
def test_host_network(container: dict[str, t.Any], own: bool) -> None:
    assert InstanceSpec.from_options(params(container=container), {}).on_host_network == own


def test_drain_that_is_no_duration() -> None:
    with pytest.raises(Failure, match=r"^service_rollout\.drain: 'long' is not a valid duration"):
        InstanceSpec.from_options(params(drain="long"), {})


def test_secrets_are_in_no_representation() -> None:
    wanted = InstanceSpec.from_options(params(), {"TOKEN": "d"})
    assert wanted.secrets == {"TOKEN": SECRET}
    assert SECRET not in repr(wanted)
    assert SECRET not in str(wanted.container.labels())
