# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine that ``docker build`` in the same shell would take."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from docker.errors import DockerException

from ansible_collections.longshore.fleet.plugins.module_utils._clients import engine
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.engine_address import (
    EngineAddress,
    address_of_controller,
)
from ansible_collections.longshore.fleet.plugins.module_utils._connections import DOCKER_HOST
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

NOBODY = "tcp://127.0.0.1:1"
VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of Docker's configuration with one context, ``build``."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    context(tmp_path, "build", {"Name": "build", "Metadata": {}, "Endpoints": {"docker": {"Host": NOBODY}}})
    return tmp_path


def context(folder: Path, name: str, content: object) -> None:
    meta = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps(content))
    (folder / "config.json").write_text("{}")


@pytest.mark.parametrize(
    ("given", "environment", "configured", "host", "origin", "command"),
    [
        pytest.param(
            "unix:///a", {"DOCKER_HOST": "unix:///b"}, "build", "unix:///a", "docker_host", "DOCKER_HOST", id="option"
        ),
        pytest.param(
            None,
            {"DOCKER_HOST": "unix:///b", "DOCKER_CONTEXT": "build"},
            "build",
            "unix:///b",
            "DOCKER_HOST",
            "DOCKER_HOST",
            id="DOCKER_HOST",
        ),
        pytest.param(
            None,
            {"DOCKER_CONTEXT": "build"},
            "",
            NOBODY,
            "the docker context 'build' (DOCKER_CONTEXT)",
            "DOCKER_CONTEXT",
            id="DOCKER_CONTEXT",
        ),
        pytest.param(
            None,
            {"DOCKER_HOST": ""},
            "build",
            NOBODY,
            "the docker context 'build' (currentContext in ",
            "DOCKER_CONTEXT",
            id="current",
        ),
        pytest.param(
            None,
            {"DOCKER_CONTEXT": "default"},
            "build",
            "unix:///var/run/docker.sock",
            "docker_host, DOCKER_HOST",
            "DOCKER_HOST",
            id="the default context",
        ),
        pytest.param(
            None, {}, "", "unix:///var/run/docker.sock", "docker_host, DOCKER_HOST", "DOCKER_HOST", id="nothing"
        ),
    ],
)
def test_address(
    docker_config: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: str | None,
    environment: dict[str, str],
    configured: str,
    host: str,
    origin: str,
    command: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if configured:
        (docker_config / "config.json").write_text(json.dumps({"currentContext": configured}))
    address = address_of_controller(given)
    assert address.host == host
    assert address.origin.startswith(origin)
    assert address.command == {command: "build" if command == "DOCKER_CONTEXT" else host}


@pytest.mark.parametrize(
    ("environment", "folder", "verifies"),
    [
        pytest.param({}, None, None, id="none"),
        pytest.param({"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "{0}/certs"}, "certs", True, id="verified"),
        pytest.param(
            {"DOCKER_TLS_VERIFY": "0", "DOCKER_CERT_PATH": "{0}/certs"}, "certs", True, id="any word verifies"
        ),
        pytest.param({"DOCKER_TLS_VERIFY": "1"}, ".", True, id="beside Docker's configuration"),
        pytest.param({"DOCKER_TLS": "1", "DOCKER_CERT_PATH": "{0}/certs"}, "certs", False, id="not verified"),
        pytest.param({"DOCKER_CERT_PATH": "{0}/certs"}, None, None, id="certificates alone"),
        pytest.param({"DOCKER_TLS_VERIFY": "", "DOCKER_TLS": ""}, None, None, id="empty"),
    ],
)
@pytest.mark.parametrize("given", [None, "tcp://h:2376"])
def test_tls_is_what_docker_s_command_makes_of_the_environment(
    docker_config: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    folder: str | None,
    verifies: bool | None,
    given: str | None,
) -> None:
    (docker_config / "certs").mkdir()
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (docker_config / name).touch()
        (docker_config / "certs" / name).touch()
    for name, value in {"DOCKER_HOST": "tcp://g:2376", **environment}.items():
        monkeypatch.setenv(name, value.format(docker_config))
    tls = address_of_controller(given).tls
    found = (Path(tls.ca_cert).parent.resolve(), tls.verify) if tls else (None, None)
    assert found == (docker_config / folder if folder else None, verifies)


@pytest.mark.parametrize(
    ("variable", "files", "missing"),
    [
        pytest.param("DOCKER_TLS_VERIFY", ("ca.pem", "cert.pem", "key.pem"), (), id="all"),
        pytest.param("DOCKER_TLS_VERIFY", ("ca.pem",), (), id="verified, and no client certificate"),
        pytest.param("DOCKER_TLS", (), (), id="not verified, and no client certificate"),
        pytest.param("DOCKER_TLS", ("cert.pem", "key.pem"), (), id="not verified"),
        pytest.param("DOCKER_TLS_VERIFY", ("cert.pem", "key.pem"), ("ca.pem",), id="no authority"),
        pytest.param("DOCKER_TLS_VERIFY", ("ca.pem", "cert.pem"), ("key.pem",), id="no key"),
        pytest.param("DOCKER_TLS", ("key.pem",), ("cert.pem",), id="no certificate of the key"),
        pytest.param("DOCKER_TLS_VERIFY", ("key.pem",), ("ca.pem", "cert.pem"), id="two"),
    ],
)
def test_files_of_tls_that_are_missing_are_named(
    docker_config: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    files: tuple[str, ...],
    missing: tuple[str, ...],
) -> None:
    for name in files:
        (docker_config / name).touch()
    for name, value in {"DOCKER_HOST": "tcp://g:2376", variable: "1"}.items():
        monkeypatch.setenv(name, value)
    if missing:
        named = " and no file ".join(str(docker_config / name) for name in missing)
        with pytest.raises(Failure, match=f"^DOCKER_TLS_VERIFY, DOCKER_CERT_PATH: there is no file {named}\\. Put"):
            address_of_controller(None)
    else:
        tls = address_of_controller(None).tls
        assert bool(tls.cert) is ("key.pem" in files)


@pytest.mark.parametrize(("configured", "host"), [(5, ""), ("", DOCKER_HOST), (None, DOCKER_HOST), (["a"], "")])
def test_a_current_context_that_is_no_name(docker_config: Path, configured: object, host: str) -> None:
    (docker_config / "config.json").write_text(json.dumps({"currentContext": configured}))
    if host:
        assert address_of_controller(None).host == host
    else:
        with pytest.raises(Failure, match=r"There is no docker context .*, which currentContext in .* names"):
            address_of_controller(None)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param(
            {"DOCKER_HOST": NOBODY},
            f"The Docker Engine at {NOBODY} cannot be reached .* or correct DOCKER_HOST",
            id="host",
        ),
        pytest.param(
            {"DOCKER_CONTEXT": "build"}, r"or correct the docker context 'build' \(DOCKER_CONTEXT\)\.$", id="context"
        ),
        pytest.param(
            {"DOCKER_CONTEXT": "nowhere"}, "There is no docker context 'nowhere', which DOCKER_CONTEXT names", id="none"
        ),
        pytest.param(
            {"DOCKER_CONTEXT": "broken"},
            r"'broken', which DOCKER_CONTEXT names, cannot be read in .*meta\.json",
            id="broken",
        ),
        pytest.param(
            {"DOCKER_HOST": "tcp://h:abc"},
            "DOCKER_HOST: 'tcp://h:abc' is not the address",
            id="no address",
        ),
        pytest.param(
            {"DOCKER_HOST": NOBODY, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/nowhere"},
            "DOCKER_TLS_VERIFY, DOCKER_CERT_PATH: ",
            id="TLS",
        ),
        pytest.param(
            {"DOCKER_HOST": "ssh://build@h"},
            "^DOCKER_HOST: for ssh://build@h the Docker SDK needs the Python package paramiko, which .* does not have",
            id="SSH",
        ),
    ],
)
def test_what_gave_the_address_is_named(
    docker_config: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
) -> None:
    context(docker_config, "broken", {"Name": "broken"})
    monkeypatch.setitem(sys.modules, "paramiko", None)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Failure, match=said):
        Docker(address_of_controller(None))


@pytest.mark.parametrize(
    ("on_controller", "told"),
    [
        pytest.param(
            True,
            "to the group docker .*, or name another engine by DOCKER_HOST or build_docker_host",
            id="on the controller",
        ),
        pytest.param(False, r"set become \(ansible_become: true, or -b\)", id="on a host"),
    ],
)
def test_a_user_who_may_not_use_the_engine_is_told_what_helps_there(
    monkeypatch: pytest.MonkeyPatch, on_controller: bool, told: str
) -> None:
    def refuse(_address: EngineAddress) -> None:
        raise DockerException from PermissionError(13, "Permission denied")

    monkeypatch.setattr(engine, "EngineClient", refuse)
    with pytest.raises(Failure, match=f"cannot be reached .*Permission denied.* may not use it: .*{told}"):
        Docker(address_of_controller("unix:///a") if on_controller else "unix:///a")
