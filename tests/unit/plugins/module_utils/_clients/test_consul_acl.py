# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals, questions about rights, and the environment; the integration target acl asks a real Consul."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import requests

from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL_URL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import (
    ANY_NODE,
    Right,
    keys_read,
    service_read,
)

VARIABLES = ("CONSUL_HTTP_ADDR", "CONSUL_HTTP_SSL", "CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


class Session:
    """The session of requests: answers all with a status and a text, or what it is asked about rights."""

    def __init__(self, status: int = 200, text: str = "", lacking: t.Collection[Right] = ()) -> None:
        self.status, self.text, self.lacking = status, text, [right.to_api() for right in lacking]
        self.asked: list[int] = []

    def get(self, _uri: str, **_options: t.Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer._content = self.status, self.text.encode()
        return answer

    put = get

    def post(self, uri: str, data: bytes, **options: t.Any) -> requests.Response:
        assert uri.endswith("/v1/internal/acl/authorize")
        asked = json.loads(data)
        self.asked.append(len(asked))
        self.text = self.text or json.dumps([{**right, "Allow": right not in self.lacking} for right in asked])
        try:
            return self.get(uri, **options)
        finally:
            self.text = self.text if self.status != 200 else ""


def asking(session: Session, token: str | None = "secret") -> Consul:
    client = Consul("http://127.0.0.1:8500", token)
    client._client.http.session = session
    return client


@pytest.mark.parametrize(
    ("said", "token", "told"),
    [
        pytest.param(
            "Permission denied",
            "secret",
            'refused GET kv/a: Permission denied. The token (consul_token) lacks the rule key "a" { policy = "read" }.',
            id="a right",
        ),
        pytest.param(
            "Permission denied",
            None,
            'No consul_token is given, and Consul\'s own lacks the rule key "a" { policy = "read" }.',
            id="no token",
        ),
        pytest.param("ACL not found", "secret", "Consul does not know the token (consul_token)", id="no such token"),
        pytest.param("rpc error: no", "secret", "The token (consul_token) lacks the rule key", id="another word"),
    ],
)
@pytest.mark.usefixtures("clock")
def test_refused(said: str, token: str | None, told: str) -> None:
    with pytest.raises(Failure, match=re.escape(told)) as raised:
        asking(Session(403, said), token).get("kv/a")
    assert "secret" not in str(raised.value)


def test_what_no_rule_is_known_for_names_the_policy() -> None:
    with pytest.raises(Failure, match=r"Check the policy of the token \(consul_token\)\."):
        asking(Session(403, "Permission denied")).put("agent/service/register", {})


def test_a_transaction_that_was_refused_names_keys_and_rule() -> None:
    errors = [{"OpIndex": number, "What": "Permission denied"} for number in (0, 1)]
    client = asking(Session(409, json.dumps({"Errors": errors})))
    fence = {"KV": {"Verb": "check-session", "Key": "l/services/web/lock"}}
    note = {"KV": {"Verb": "set", "Key": "l/services/web/nodes/n/web"}}
    with pytest.raises(Failure) as raised:
        client.transact([fence, note])
    assert str(raised.value) == (
        "The Consul agent at http://127.0.0.1:8500 refused to write, and wrote nothing of these keys:"
        " l/services/web/lock, l/services/web/nodes/n/web. The token (consul_token) lacks the rule"
        ' key_prefix "l/services/web/" { policy = "write" }.'
    )


def test_rights_are_asked_for_once() -> None:
    session = Session(lacking=[ANY_NODE])
    client = asking(session)
    many = [service_read(f"web{number}") for number in range(70)]
    assert client.lacking([*many, ANY_NODE]) == [ANY_NODE]
    assert session.asked == [64, 7], "Consul takes no more than 64 at once"
    assert client.lacking(many) == []
    assert client.lacking([ANY_NODE, many[0]]) == [ANY_NODE]
    assert session.asked == [64, 7, 1]


@pytest.mark.parametrize(
    ("status", "said"), [(401, "ACL support disabled"), (404, "page not found")], ids=["no ACLs", "an older agent"]
)
def test_nothing_is_lacking_where_there_are_no_acls(status: int, said: str) -> None:
    session = Session(status, said)
    client = asking(session)
    client.refuse_hidden("instance of web", ANY_NODE, service_read("web"))
    client.refuse_hidden("key below a/", keys_read("a"))
    assert session.asked == [2], "who has none is asked once"


def test_hidden() -> None:
    client = asking(Session(lacking=[ANY_NODE, keys_read("a"), keys_read("b")]))
    with pytest.raises(Failure) as raised:
        client.refuse_hidden("key", ANY_NODE, keys_read("a"), service_read("web"))
    assert str(raised.value) == (
        "The Consul agent at http://127.0.0.1:8500 shows no key, which does not say that there is none. The token"
        ' (consul_token) lacks the rule node_prefix "" { policy = "read" } and key_prefix "a/" { policy = "read" }.'
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(200, "", id="old"),
        pytest.param(404, 'Unknown service ID "web". Ensure that the service ID is passed', id="new"),
        pytest.param(500, 'Unknown service {"web" {}}', id="old, with ACLs"),
        pytest.param(500, 'Unknown check "web"', id="a check, old, with ACLs"),
    ],
)
def test_what_the_agent_does_not_know_is_deregistered_already(status: int, said: str) -> None:
    agent = Agent(asking(Session(status, said)))
    agent.deregister("web")
    agent.deregister_check("web")


def test_what_else_keeps_an_agent_from_deregistering_is_told() -> None:
    with pytest.raises(Failure, match="Missing service:write on web"):
        Agent(asking(Session(403, "Permission denied: Missing service:write on web"))).deregister("web")


@pytest.mark.parametrize(
    ("environment", "given", "url"),
    [
        pytest.param({"CONSUL_HTTP_ADDR": "10.0.0.1:8501"}, CONSUL_URL, "http://10.0.0.1:8501", id="host and port"),
        pytest.param({"CONSUL_HTTP_ADDR": "https://c.test:8501"}, CONSUL_URL, "https://c.test:8501", id="a URL"),
        pytest.param(
            {"CONSUL_HTTP_ADDR": "c.test:8501", "CONSUL_HTTP_SSL": "true"},
            CONSUL_URL,
            "https://c.test:8501",
            id="by TLS",
        ),
        pytest.param(
            {"CONSUL_HTTP_ADDR": "http://c:8501", "CONSUL_HTTP_SSL": "1"}, CONSUL_URL, "https://c:8501", id="TLS wins"
        ),
        pytest.param({"CONSUL_HTTP_ADDR": "10.0.0.1:1"}, "http://c.test:2", "http://c.test:2", id="the option wins"),
    ],
)
def test_address_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], given: str, url: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = Consul(given)
    assert client.url == url
    assert client._client.http.base_uri == url


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("unix:///run/consul.sock", "CONSUL_HTTP_ADDR: 'unix:///run/consul.sock' is a socket"),
        ("http://h:abc", "CONSUL_HTTP_ADDR: 'http://h:abc' is not a valid URL"),
    ],
)
def test_address_of_the_environment_that_is_none(monkeypatch: pytest.MonkeyPatch, address: str, told: str) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", address)
    with pytest.raises(Failure, match=f"^{re.escape(told)}"):
        Consul(CONSUL_URL)


@pytest.mark.parametrize(
    ("environment", "given", "token"),
    [
        pytest.param({}, None, None, id="none"),
        pytest.param({"CONSUL_HTTP_TOKEN": "env"}, None, "env", id="the environment's"),
        pytest.param({"CONSUL_HTTP_TOKEN": "env"}, "option", "option", id="the option wins"),
        pytest.param({"CONSUL_HTTP_TOKEN_FILE": "file"}, None, "of the file", id="a file's"),
        pytest.param({"CONSUL_HTTP_TOKEN_FILE": "file"}, "option", "option", id="the option wins over a file"),
        pytest.param({"CONSUL_HTTP_TOKEN_FILE": "file", "CONSUL_HTTP_TOKEN": "env"}, None, "of the file", id="both"),
    ],
)
def test_token_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], given: str | None, token: str | None
) -> None:
    (tmp_path / "file").write_text("of the file\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Consul("http://127.0.0.1:8500", given)._headers.get("X-Consul-Token") == token


def test_file_of_a_token_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN_FILE", "/nowhere/token")
    with pytest.raises(Failure, match=r"^CONSUL_HTTP_TOKEN_FILE: /nowhere/token cannot be read"):
        Consul(CONSUL_URL)
