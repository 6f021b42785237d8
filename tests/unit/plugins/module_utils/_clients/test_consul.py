# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's integration tests show by a fault only: servers without a leader, for a while or for good."""

from __future__ import annotations

import http.server
import re
import socket
import threading
import time
import typing as t

import consul
import pytest
import requests

from ansible_collections.longshore.fleet.plugins.module_utils._clients import consul as clients_consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import (
    CATCHING_UP,
    ELECTION,
    Consul,
    NoAgent,
)
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

pytestmark = pytest.mark.usefixtures("clock")


class V6Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


class Leader(http.server.BaseHTTPRequestHandler):
    """Answers as an agent whose servers have a leader."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'"10.0.0.1:8300"')

    def log_message(self, *_arguments: t.Any) -> None:
        pass


NO_LEADER = "500 No cluster leader"


class Http:
    """The client of py-consul, which first answers with errors, and then well."""

    def __init__(self, *errors: str) -> None:
        self.errors = list(errors)
        self.asked = 0

    def get(self, *_arguments: t.Any, **_options: t.Any) -> str:
        self.asked += 1
        if self.errors:
            raise consul.ConsulException(self.errors.pop(0))
        return "well"


def asking(http: Http) -> t.Callable[..., t.Any]:
    client = Consul("http://127.0.0.1:8500")
    client._client.http = http
    return lambda path="status/leader": client.get(path)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(NO_LEADER, id="none elected"),
        pytest.param("500 rpc error making call: EOF", id="the one before has just gone"),
        pytest.param("500 rpc error getting client: failed to get conn: dial tcp: connection refused", id="gone"),
    ],
)
def test_election_is_waited_for(error: str) -> None:
    http = Http(error, error)
    assert (asking(http)(), http.asked) == ("well", 3)


def test_no_election_is_waited_for_longer_than_one_takes() -> None:
    http = Http(*[NO_LEADER] * 1000)
    began = time.monotonic()
    ask = asking(http)
    with pytest.raises(Failure, match="Consul has had no leader for 20 s"):
        ask()
    assert time.monotonic() - began == pytest.approx(ELECTION, abs=1)
    http.errors = ["500 not asked of the servers"]
    with pytest.raises(Failure, match="not asked"):
        ask("agent/self")
    http.errors = [NO_LEADER] * 1000
    with pytest.raises(Failure, match="Consul has had no leader"):
        ask()
    assert time.monotonic() - began == pytest.approx(ELECTION, abs=1)


def test_another_election_is_waited_for_anew() -> None:
    http = Http(*[NO_LEADER] * 30)
    ask = asking(http)
    began = time.monotonic()
    assert ask() == "well"
    http.errors = [NO_LEADER] * 30
    assert ask() == "well"
    assert time.monotonic() - began > ELECTION


UNKNOWN = "403 ACL not found"


def test_a_server_that_has_just_started_learns_the_tokens() -> None:
    http = Http(UNKNOWN, UNKNOWN)
    assert (asking(http)("agent/self"), http.asked) == ("well", 3)


def test_a_token_that_stays_unknown_is_refused() -> None:
    began = time.monotonic()
    ask = asking(Http(*[UNKNOWN] * 1000))
    for _again in range(2):
        with pytest.raises(Failure, match="ACL not found"):
            ask()
    assert time.monotonic() - began == pytest.approx(CATCHING_UP, abs=1)


@pytest.mark.parametrize("error", ["500 invalid session", "400 Bad request", "500 rpc error: Permission denied"])
def test_other_errors_are_told_at_once(error: str) -> None:
    http = Http(error)
    with pytest.raises(Failure, match=error):
        asking(http)()
    assert http.asked == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://h:99999", "consul_url: 'http://h:99999' is not a valid URL (Port out of range 0-65535)"),
        ("http://h:abc", "consul_url: 'http://h:abc' is not a valid URL (Port could not be cast"),
        ("http://[::1", "consul_url: 'http://[::1' is not a valid URL (Invalid IPv6 URL)"),
        ("h:8500", "consul_url: 'h:8500' is not a valid URL; write it like http://127.0.0.1:8500"),
        ("http://a..b:8500", "The Consul agent at http://a..b:8500 cannot be reached ("),
    ],
)
def test_address_that_is_none(url: str, said: str) -> None:
    with pytest.raises(Failure, match=f"^{re.escape(said)}"):
        Consul(url).get("status/leader")


@pytest.mark.parametrize(("url", "refuses"), [("http://127.0.0.1:1", True), ("http://a..b:8500", False)])
def test_an_address_at_which_nobody_listens_is_told_from_others(url: str, refuses: bool) -> None:
    with pytest.raises(Failure) as failure:
        Consul(url).get("status/leader")
    assert isinstance(failure.value, NoAgent) == refuses


def test_agent_at_an_address_of_ipv6() -> None:
    with V6Server(("::1", 0), Leader) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert Consul(f"http://[::1]:{server.server_port}").get("status/leader") == "10.0.0.1:8300"
        server.shutdown()


class Session:
    """The session of requests: answers with these indexes in turn, and notes how long the client would wait."""

    def __init__(self, *indexes: int) -> None:
        self.indexes = list(indexes)
        self.timeouts: list[float] = []

    def get(self, _uri: str, timeout: float, **_options: t.Any) -> requests.Response:
        self.timeouts.append(timeout)
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"[]"
        answer.headers["X-Consul-Index"] = str(self.indexes.pop(0))
        return answer


def test_client_waits_longer_than_consul_may_take() -> None:
    """Consul adds up to a sixteenth to the wait of a blocking query, so that not all clients come back at once."""
    client, session = Consul("http://127.0.0.1:8500"), Session(5, 5)
    client._client.http.session = session
    for index, wait in ((0, 160), (5, 160)):
        client.watch("health/service/web", index, wait)
    assert session.timeouts[0] < 160, "without an index Consul answers at once"
    assert session.timeouts[1] > 160 * 17 / 16


def test_index_that_goes_backwards_begins_anew() -> None:
    client = Consul("http://127.0.0.1:8500")
    client._client.http.session = Session(7, 7, 3)
    assert [client.watch("health/service/web", 7, 1)[0] for _query in range(3)] == [7, 7, 0]


def test_an_agent_that_does_not_answer_is_not_told_as_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_consul, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Failure, match=f"at {url} was asked GET status/leader and did not answer in time"):
            Consul(url).get("status/leader")
