# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Consul does with each token is in its documentation, and tried on hosts by molecule/secure."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Denied
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul import registered_tokens

NO_TTL = 'answered PUT agent/check/pass/web:http with 500 CheckID "web:http" does not have associated TTL'


class Answering:
    """A Consul that knows the tokens ``right`` and ``weak``; what was asked for is kept."""

    asked: t.ClassVar[list[str]] = []

    def __init__(self, _url: str, token: str | None, _tls: t.Any) -> None:
        self.token = token

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any]) -> Answering:
        return cls(options["consul_url"], options["consul_token"], options["consul_tls"])

    def get(self, path: str) -> t.Any:
        if path == "agent/checks":
            return {"web:http": {"CheckID": "web:http", "ServiceID": "web", "Type": "http"}}
        if self.token not in ("right", "weak"):
            raise Denied("ACL not found", token_is_unknown=True)
        return {}

    def put(self, path: str, params: t.Sequence[tuple[str, str]] = ()) -> t.Any:
        self.asked.append(path)
        assert params in ((), (("enable", "false"),))
        if self.token == "weak":
            raise Denied("Permission denied", token_is_unknown=False)
        if path.startswith("agent/check/pass/"):
            raise Failure(NO_TTL)
        return None


@pytest.mark.parametrize(
    ("service", "token", "verdict", "asked"),
    [
        pytest.param("web", "right", "suffices", ["agent/check/pass/web:http"], id="suffices"),
        pytest.param("web", "weak", "denied", ["agent/check/pass/web:http"], id="denied"),
        pytest.param("web", "gone", "unknown", [], id="revoked"),
        pytest.param("web", "", "none", [], id="none"),
        pytest.param("bare", "right", "suffices", ["agent/service/maintenance/bare"], id="without a check"),
        pytest.param("bare", "weak", "denied", ["agent/service/maintenance/bare"], id="denied without a check"),
    ],
)
def test_what_is_said_of_a_token(
    service: str, token: str, verdict: str, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registered_tokens, "Consul", Answering)
    monkeypatch.setattr(Answering, "asked", [])
    (tmp_path / "services").mkdir()
    kept = {"Token": token, "Service": {"ID": service, "Service": service}}
    (tmp_path / "services/1").write_text(json.dumps(kept), encoding="utf-8")
    options = {"consul_url": "", "consul_token": "management", "consul_tls": None, "data_dir": str(tmp_path)}
    result = registered_tokens.read_registered_tokens(options)
    assert result == {"changed": False, "services": [{"id": service, "service": service, "token": verdict}]}
    assert Answering.asked == asked
