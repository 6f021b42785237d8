# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check

HTTP = {"http": "http://127.0.0.1:80/", "interval": "10s"}


def check(options: t.Any) -> Check:
    return Check.from_options(options, "web:0", "checks[0]")


@pytest.mark.parametrize(
    ("options", "body"),
    [
        pytest.param(HTTP, {"HTTP": "http://127.0.0.1:80/", "Interval": "10s"}, id="http"),
        pytest.param({"tcp": "127.0.0.1:80", "interval": "1m"}, {"TCP": "127.0.0.1:80", "Interval": "1m"}, id="tcp"),
        pytest.param(
            {"args": ["/bin/true", "-x"], "interval": "10s", "timeout": "500ms"},
            {"Args": ["/bin/true", "-x"], "Interval": "10s", "Timeout": "500ms"},
            id="script",
        ),
        pytest.param(
            {"grpc": "127.0.0.1:80/web", "grpc_use_tls": True, "interval": "10s"},
            {"GRPC": "127.0.0.1:80/web", "GRPCUseTLS": True, "Interval": "10s"},
            id="grpc",
        ),
        pytest.param({"ttl": "30s"}, {"TTL": "30s"}, id="ttl needs no interval"),
        pytest.param({"alias_service": "db"}, {"AliasService": "db"}, id="alias needs no interval"),
        pytest.param(
            {"alias_service": "db", "alias_node": "node2"},
            {"AliasService": "db", "AliasNode": "node2"},
            id="alias on another node",
        ),
        pytest.param(
            {**HTTP, "method": "PUT", "header": {"Host": ["web"]}, "body": "x", "tls_skip_verify": True},
            {
                "HTTP": "http://127.0.0.1:80/",
                "Interval": "10s",
                "Method": "PUT",
                "Header": {"Host": ["web"]},
                "Body": "x",
                "TLSSkipVerify": True,
            },
            id="all of a request",
        ),
        pytest.param(
            {**HTTP, "success_before_passing": 2, "deregister_critical_service_after": "90m"},
            {
                "HTTP": "http://127.0.0.1:80/",
                "Interval": "10s",
                "SuccessBeforePassing": 2,
                "DeregisterCriticalServiceAfter": "90m",
            },
            id="thresholds",
        ),
    ],
)
def test_definition_of_consul(options: dict[str, t.Any], body: dict[str, t.Any]) -> None:
    found = check(options)
    assert found.to_api() == {"CheckID": found.id, "Name": found.id, **body}


def test_own_name_is_kept() -> None:
    assert check({**HTTP, "name": "answers"}).to_api()["Name"] == "answers"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param({"interval": "10s", "http": "http://127.0.0.1:80/"}, True, id="another order"),
        pytest.param({**HTTP, "interval": "11s"}, False, id="another interval"),
        pytest.param({**HTTP, "http": "http://127.0.0.1:81/"}, False, id="another target"),
    ],
)
def test_id_changes_with_the_definition(other: dict[str, t.Any], same: bool) -> None:
    assert check(HTTP).id.startswith("web:0-")
    assert (check(other).id == check(HTTP).id) == same


@pytest.mark.parametrize(
    ("options", "probed", "timeout"),
    [
        pytest.param(HTTP, True, 10, id="http, Consul's own timeout"),
        pytest.param({**HTTP, "timeout": "2s"}, True, 2, id="http with a timeout"),
        pytest.param({"tcp": "127.0.0.1:80", "interval": "1s"}, True, 10, id="tcp"),
        pytest.param({**HTTP, "tls_server_name": "web"}, True, 10, id="a server name"),
        pytest.param(
            {"tcp": "a:443", "tcp_use_tls": True, "tls_skip_verify": True, "interval": "1s"}, False, 10, id="tcp by TLS"
        ),
        pytest.param({"tcp": "a:80", "tcp_use_tls": False, "interval": "1s"}, True, 10, id="tcp without TLS"),
        pytest.param({"args": ["/bin/true"], "interval": "1s"}, False, 30, id="script"),
        pytest.param({"args": ["true"], "docker_container_id": "self", "interval": "9s"}, True, 30, id="in one"),
        pytest.param({"ttl": "30s"}, False, 10, id="ttl"),
    ],
)
def test_probe(options: dict[str, t.Any], probed: bool, timeout: float) -> None:
    assert (check(options).can_be_probed, check(options).timeout) == (probed, timeout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param("http://x", ": expected a mapping such as {http: ..., interval: 10s}, got 'http://x'", id="text"),
        pytest.param(
            {**HTTP, "intervall": "1s"}, ".intervall: there is no such key; did you mean interval?", id="unknown key"
        ),
        pytest.param(
            {"interval": "10s"},
            ": does not say what to check; set one of http, tcp, udp, grpc, h2ping, args, os_service,"
            " alias_service, alias_node, ttl",
            id="no kind",
        ),
        pytest.param(
            {**HTTP, "tcp": "127.0.0.1:80"}, ": http and tcp are two checks; give each an entry of its own", id="two"
        ),
        pytest.param({"http": "http://x"}, ".interval: missing; say how often to check, for example 10s", id="never"),
        pytest.param(
            {"ttl": "30s", "interval": "10s"},
            ".interval: is not valid in a check by ttl; remove it",
            id="ttl with an interval",
        ),
        pytest.param(
            {**HTTP, "http": "127.0.0.1:80"},
            ".http: '127.0.0.1:80' is not a valid URL; write it like http://127.0.0.1:8080/health",
            id="no URL",
        ),
        pytest.param(
            {"tcp": "127.0.0.1", "interval": "1s"},
            ".tcp: '127.0.0.1' names no port; write it like 127.0.0.1:8080",
            id="no port",
        ),
        pytest.param(
            {"tcp": "127.0.0.1:70000", "interval": "1s"},
            ".tcp: '127.0.0.1:70000' names no port; write it like 127.0.0.1:8080",
            id="port too high",
        ),
        pytest.param(
            {**HTTP, "interval": "ten"},
            ".interval: 'ten' is not a valid duration for Consul; write it like 10s",
            id="word",
        ),
        pytest.param(
            {**HTTP, "interval": "10"},
            ".interval: '10' is not a valid duration for Consul; write it like 10s",
            id="no unit",
        ),
        pytest.param(
            {**HTTP, "interval": 10}, ".interval: 10 is not a valid duration for Consul; write it like 10s", id="number"
        ),
        pytest.param(
            {**HTTP, "timeout": "0s"}, ".timeout: '0s' is not a valid duration for Consul; write it like 10s", id="zero"
        ),
        pytest.param({"ttl": True}, ".ttl: True is not a valid duration for Consul; write it like 10s", id="boolean"),
        pytest.param({**HTTP, "name": 5}, ".name: expected text, got 5", id="number as name"),
        pytest.param(
            {**HTTP, "header": "Host: web"}, ".header: expected a mapping, got 'Host: web'", id="text as header"
        ),
        pytest.param(
            {**HTTP, "header": {"Host": "web"}},
            ".header.Host: expected a list of texts, got 'web'",
            id="header's value",
        ),
        pytest.param(
            {"args": "/bin/true", "interval": "1s"},
            ".args: expected a list of texts, got '/bin/true'",
            id="one argument",
        ),
        pytest.param(
            {"args": ["sleep", 5], "interval": "1s"},
            ".args: expected a list of texts, got ['sleep', 5]",
            id="number in arguments",
        ),
        pytest.param(
            {**HTTP, "tls_skip_verify": "yes"}, ".tls_skip_verify: expected true or false, got 'yes'", id="no boolean"
        ),
        pytest.param(
            {**HTTP, "success_before_passing": True},
            ".success_before_passing: expected a number, got True",
            id="no number",
        ),
    ],
)
def test_wrong_options(options: t.Any, message: str) -> None:
    with pytest.raises(Failure) as failure:
        check(options)
    assert str(failure.value) == f"checks[0]{message}"
