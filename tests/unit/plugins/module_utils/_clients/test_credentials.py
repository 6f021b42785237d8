# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins by helpers that are not there, fail, or answer strangely."""

from __future__ import annotations

import base64
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import credentials as module
from ansible_collections.longshore.fleet.plugins.module_utils._clients.credentials import Credentials, credentials
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

IN_THE_FILE = {"auth": base64.b64encode(b"me:secret").decode()}
Configure = t.Callable[..., Credentials]


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Read a configuration, beside a helper ``test`` that is the given script."""

    def configure(config: t.Any, script: str = "exit 1") -> Credentials:
        helper = tmp_path / "docker-credential-test"
        helper.write_text(f"#!/bin/sh\n{script}\n")
        helper.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        (tmp_path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
        return credentials()

    return configure


@pytest.mark.parametrize(
    ("config", "script", "said"),
    [
        pytest.param({"credsStore": "none"}, "", "-none not installed or not available in PATH", id="missing"),
        pytest.param({"credsStore": "test"}, "echo not logged in; exit 1", "not logged in", id="fails"),
        pytest.param({"credsStore": "test"}, "exit 0", "its answer cannot be read: JSONDecodeError", id="says nothing"),
        pytest.param(
            {"credsStore": "test"}, 'echo \'{"Secret": "s"}\'', "its answer cannot be read: KeyError", id="half"
        ),
        pytest.param({"credsStore": "test"}, "echo '[]'", "its answer cannot be read: TypeError", id="a list"),
        pytest.param({"credsStore": "test"}, "printf '\\377'", "cannot be read: UnicodeDecodeError", id="bytes"),
        pytest.param({"credHelpers": {"reg:5000": "test"}}, "exit 1", "docker-credential-test", id="of the registry"),
    ],
)
def test_a_helper_that_gives_no_login_is_noted(configured: Configure, config: t.Any, script: str, said: str) -> None:
    found = configured(config, script)
    assert found.resolve_authconfig("reg:5000") is None
    (trouble,) = found.troubles.values()
    assert said in trouble
    assert "/config.json names, gives no login" in trouble
    assert "secret" not in trouble


def test_a_helper_that_gives_no_answer_is_waited_for_once(
    configured: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    found = configured({"credsStore": "test", "auths": {"reg:5000": IN_THE_FILE}}, "echo x >>$0.asked; exec sleep 9")
    assert found.get_all_credentials()["reg:5000"]["username"] == "me"
    assert found.resolve_authconfig("reg:5001") is None
    assert list(found.troubles) == ["test"]
    assert "gives no login (it gave no answer within 0.2 s and was ended)" in found.troubles["test"]
    asked = Path(os.environ["DOCKER_CONFIG"], "docker-credential-test.asked")
    assert asked.read_text() == "x\n"


@pytest.mark.parametrize(
    "config", [{"credsStore": "none"}, {"credHelpers": {"gcr.io": "none"}}, {"credsStore": "test"}]
)
def test_all_that_can_be_had_go_to_a_build(configured: Configure, config: dict[str, t.Any]) -> None:
    found = configured({**config, "auths": {"reg:5000": IN_THE_FILE}})
    assert {registry: login["username"] for registry, login in found.get_all_credentials().items()} == {
        "reg:5000": "me"
    }
    assert found.troubles


def test_helpers_of_other_registries_are_not_asked(configured: Configure) -> None:
    found = configured({"credHelpers": {"gcr.io": "none"}, "auths": {"reg:5000": IN_THE_FILE}})
    assert found.resolve_authconfig("reg:5000")["username"] == "me"
    assert found.troubles == {}


def test_a_helper_that_knows_nothing_is_no_trouble(configured: Configure) -> None:
    found = configured({"credsStore": "test"}, "echo credentials not found in native keychain; exit 1")
    assert found.resolve_authconfig("reg:5000") is None
    assert found.troubles == {}


def test_a_helper_gives_a_login(configured: Configure) -> None:
    found = configured({"credsStore": "test"}, 'echo \'{"Username": "me", "Secret": "secret"}\'')
    assert found.resolve_authconfig("reg:5000") == {"ServerAddress": "reg:5000", "Username": "me", "Password": "secret"}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param({"auths": {"reg:5000": "me"}}, id="a login that is none"),
        pytest.param({"auths": {"reg:5000": {"auth": "%"}}}, id="a login that is no base64"),
        pytest.param({"auths": {"reg:5000": {"auth": base64.b64encode(b"me").decode()}}}, id="no password"),
        pytest.param({"proxies": []}, id="proxies"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_named(configured: Configure, config: t.Any) -> None:
    with pytest.raises(Failure, match=r"/config\.json, Docker's configuration, cannot be used"):
        configured(config)
