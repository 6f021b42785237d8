# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the controller's own registry is started, with what, and when it goes."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _ssh_registry
from ansible_collections.longshore.fleet.plugins.plugin_utils._ssh_registry import SshRegistry

NAME = f"longshore-registry-{os.getuid()}-5199"
REGISTRY = SshRegistry("registry:2", 5199)


class Engine:
    """An engine that runs what it is told to."""

    is_local, host, address = True, "unix:///run/docker.sock", types.SimpleNamespace(origin="docker_host")
    can_start, can_pull = True, True

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.there: dict[str, dict[str, t.Any]] = {}
        self.images: set[str] = {"registry:2"}
        self.kept: set[str] = {NAME}
        self.api = types.SimpleNamespace(create_host_config=lambda **options: options)

    def image(self, reference: str) -> bool:
        return reference in self.images

    def pull(self, reference: str) -> None:
        self.calls.append(f"pull {reference}")
        if not self.can_pull:
            raise Failure("no such host")

    def volumes(self) -> set[str]:
        return self.kept

    def create(self, **options: t.Any) -> None:
        config = options["host_config"]
        (where, port), binds = config["port_bindings"][5000], ",".join(config["binds"])
        self.calls.append(f"create {options['name']} {where}:{port} {binds}".strip())
        ports = {"5000/tcp": [{"HostPort": port or 40001}]}
        self.there[options["name"]] = {"State": {"Running": False}, "NetworkSettings": {"Ports": ports}}

    def start(self, name: str) -> None:
        if not self.can_start:
            raise Failure("port is already allocated")
        self.there[name]["State"]["Running"] = True

    def inspect(self, name: str) -> dict[str, t.Any] | None:
        return self.there.get(name)

    def remove(self, name: str) -> None:
        self.calls.append(f"remove {name}")
        self.there.pop(name, None)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    made = Engine()
    monkeypatch.setattr(_ssh_registry, "Docker", lambda _address: made)
    monkeypatch.setattr(_ssh_registry, "lock_file", lambda name: tmp_path / name)
    monkeypatch.setattr(_ssh_registry, "_answers", lambda _port: True)
    return made


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("127.0.0.1:5199/web@sha256:1", True, id="its own"),
        pytest.param("127.0.0.1:51990/web@sha256:1", False, id="of another port"),
        pytest.param("registry.example.com/web@sha256:1", False, id="of a registry"),
        pytest.param(None, False, id="of an image that is not shipped yet"),
    ],
)
def test_what_is_pulled_from_it(reference: str | None, expected: bool) -> None:
    assert REGISTRY.has(reference) is expected


@pytest.mark.parametrize(
    ("check", "kept", "mounted"),
    [
        pytest.param(False, set(), f" {NAME}:/var/lib/registry:rw", id="the first push"),
        pytest.param(True, {NAME}, f" {NAME}:/var/lib/registry:rw", id="check mode looks at what there is"),
        pytest.param(True, set(), "", id="check mode makes no volume"),
    ],
)
def test_it_takes_pushes_at_the_port_of_references(engine: Engine, check: bool, kept: set[str], mounted: str) -> None:
    engine.kept = kept
    with REGISTRY.pushed_to(check) as port:
        assert port == 5199
    assert engine.calls == [f"create {NAME} 127.0.0.1:5199{mounted}", f"remove {NAME}"]


def test_what_hosts_reach_takes_no_push(engine: Engine) -> None:
    with REGISTRY.pulled_from() as port:
        assert port == 40001
    assert engine.calls == [
        f"create {NAME}-read 127.0.0.1:None {NAME}:/var/lib/registry:ro",
        f"remove {NAME}-read",
    ]


def test_one_is_there_for_all_who_use_it(engine: Engine) -> None:
    with REGISTRY.pulled_from() as first:
        with REGISTRY.pulled_from() as second:
            assert first == second
        assert f"{NAME}-read" in engine.there
    assert [call.partition(" ")[0] for call in engine.calls] == ["create", "remove"]


def test_what_a_reboot_has_left_is_made_anew(engine: Engine) -> None:
    engine.there[NAME] = {"State": {"Running": False}}
    with REGISTRY.pushed_to(check=False):
        pass
    assert [call.partition(" ")[0] for call in engine.calls] == ["remove", "create", "remove"]


def test_it_goes_with_a_failure_too(engine: Engine) -> None:
    with pytest.raises(Failure, match="build"), REGISTRY.pushed_to(check=False):
        raise Failure("the build failed")
    assert engine.there == {}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"can_start": False}, "127.0.0.1:5199 of this machine.*set service_registry_port.*allocated"),
        pytest.param({"images": set(), "can_pull": False}, "image registry:2.*service_registry_image.*no such host"),
        pytest.param({"is_local": False, "host": "ssh://b"}, "by the one at ssh://b .*Build here, or set"),
    ],
)
def test_why_it_is_not_there(engine: Engine, wrong: dict[str, t.Any], said: str) -> None:
    for name, value in wrong.items():
        setattr(engine, name, value)
    with pytest.raises(Failure, match=said), REGISTRY.pushed_to(check=False):
        pass
    assert engine.there == {}


def test_it_is_read_of_the_variables() -> None:
    values = {"service_registry_image": "r:3", "service_registry_port": "5200", "build_docker_host | default('')": ""}
    assert SshRegistry.of(values.__getitem__) == SshRegistry("r:3", 5200)
