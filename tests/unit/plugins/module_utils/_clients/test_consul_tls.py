# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent behind TLS, asked as its own command line does; real servers with certificates of a private authority."""

from __future__ import annotations

import http.server
import re
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL_URL
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from tests.certificates import Json, Pair, authority, serving

Given = dict[str, t.Any]
# Names of files -> what they are; a value of an option or a variable that is one of these becomes its path.
FILES = ("ca.crt", "ca.key", "other.crt", "own.crt", "own.key", "theirs.crt", "theirs.key", "both.pem", "gone")


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Return an authority with all certificates of these tests beside it."""
    made = authority(tmp_path_factory.mktemp("tls"))
    own = made.issue("own", "client.test")
    authority(made.folder, "other").issue("theirs", "client.test")
    both = Path(own.cert_file).read_bytes() + Path(own.key_file).read_bytes()
    (made.folder / "both.pem").write_bytes(both)
    (made.folder / "folder").mkdir()
    (made.folder / "folder/any-name.pem").write_bytes(Path(made.cert_file).read_bytes())
    (made.folder / "empty").mkdir()
    return made


@pytest.fixture(scope="module")
def agents(ca: Pair) -> t.Iterator[dict[str, str]]:
    """URLs: of an agent that verifies no client, of two that do (TLS 1.3 and 1.2), and of one by another name."""
    here, elsewhere = ca.issue("here", "localhost", "127.0.0.1"), ca.issue("server", "server.dc1.consul")
    with (
        serving(here) as plain,
        serving(here, wants=ca) as strict,
        serving(here, wants=ca, newest=False) as old,
        serving(elsewhere) as named,
    ):
        ports = {"plain": plain, "strict": strict, "strict by TLS 1.2": old, "named": named}
        yield {name: f"https://127.0.0.1:{port}" for name, port in ports.items()}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_ADDR", "CACERT", "CAPATH", "CLIENT_CERT", "CLIENT_KEY", "TLS_SERVER_NAME", "HTTP_SSL_VERIFY"):
        monkeypatch.delenv(f"CONSUL_{name}", raising=False)


def placed(given: Given, ca: Pair) -> Given:
    """Return the same with the paths of files."""
    places = {*FILES, "folder", "empty"}
    return {k: str(ca.folder / v) if isinstance(v, str) and v in places else v for k, v in given.items()}


CA = {"ca_file": "ca.crt"}
OWN = {"client_cert": "own.crt", "client_key": "own.key"}
ENV_CA = {"CONSUL_CACERT": "ca.crt"}
ENV_OWN = {"CONSUL_CLIENT_CERT": "own.crt", "CONSUL_CLIENT_KEY": "own.key"}
STRICT = ("strict", "strict by TLS 1.2")


@pytest.mark.parametrize(
    ("agent", "options", "environment"),
    [
        pytest.param("plain", {}, {"SSL_CERT_FILE": "ca.crt"}, id="the system trusts it"),
        pytest.param("plain", CA, {}, id="ca_file"),
        pytest.param("plain", {}, ENV_CA, id="CONSUL_CACERT"),
        pytest.param("plain", {"ca_path": "folder"}, {}, id="ca_path"),
        pytest.param("plain", {}, {"CONSUL_CAPATH": "folder"}, id="CONSUL_CAPATH"),
        pytest.param("plain", {"ca_path": "folder"}, {"CONSUL_CACERT": "other.crt"}, id="ca_path over CONSUL_CACERT"),
        pytest.param("plain", {"verify": False}, {}, id="verify"),
        pytest.param("plain", {}, {"CONSUL_HTTP_SSL_VERIFY": "false"}, id="CONSUL_HTTP_SSL_VERIFY"),
        pytest.param("plain", {}, {"CONSUL_HTTP_SSL_VERIFY": "0"}, id="as Go writes it"),
        pytest.param("plain", {"verify": False}, {"CONSUL_HTTP_SSL_VERIFY": "true"}, id="verify over the environment"),
        pytest.param("named", {**CA, "server_name": "server.dc1.consul"}, {}, id="server_name"),
        pytest.param("named", CA, {"CONSUL_TLS_SERVER_NAME": "server.dc1.consul"}, id="CONSUL_TLS_SERVER_NAME"),
        pytest.param("plain", {**CA, "client_cert": "", "client_key": None}, {"CONSUL_CACERT": "gone"}, id="empty"),
        *(
            pytest.param(agent, options, environment, id=f"{name} ({agent})")
            for agent in STRICT
            for name, options, environment in (
                ("options", {**CA, **OWN}, {}),
                ("environment", {}, {**ENV_CA, **ENV_OWN}),
                ("one file for both", {**CA, "client_cert": "both.pem"}, {}),
                ("options over the environment", {**CA, **OWN}, {"CONSUL_CLIENT_CERT": "gone"}),
                ("one of each", CA, ENV_OWN),
                ("no verification", {**OWN, "verify": False}, {}),
            )
        ),
    ],
)
def test_agent_answers(
    agents: dict[str, str],
    ca: Pair,
    agent: str,
    options: Given,
    environment: Given,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in placed(environment, ca).items():
        monkeypatch.setenv(name, value)
    client = Consul(agents[agent], None, placed(options, ca))
    assert client.get("agent/checks") == []
    assert client.get("agent/services") == []


WANTS = "Perhaps it wants a client certificate: give consul_tls.client_cert and consul_tls.client_key (CONSUL_CLIENT_C"


@pytest.mark.parametrize(
    ("agent", "options", "environment", "said"),
    [
        pytest.param("plain", {}, {}, "is not trusted: give its CA as consul_tls.ca_file (CONSUL_CACERT)", id="no CA"),
        pytest.param(
            "plain", {"verify": True}, {"CONSUL_HTTP_SSL_VERIFY": "false"}, "is not trusted", id="verify wins"
        ),
        pytest.param("plain", {"ca_file": "other.crt"}, {}, "consul_tls.ca_file, the CA to trust, is not", id="other"),
        pytest.param("plain", {}, {"CONSUL_CACERT": "other.crt"}, "CONSUL_CACERT, the CA to trust, is not", id="env"),
        pytest.param("named", CA, {}, "not for this name: correct consul_url, or give a name", id="name"),
        pytest.param("named", {**CA, "server_name": "x.test"}, {}, "not for this name", id="another name"),
        pytest.param("plain", {"ca_file": "gone"}, {}, "consul_tls.ca_file: DIR/gone cannot be read", id="missing"),
        pytest.param(
            "plain", {}, {"CONSUL_CACERT": "gone"}, "CONSUL_CACERT: DIR/gone cannot be read", id="missing, env"
        ),
        pytest.param("plain", {"ca_file": "ca.key"}, {}, "consul_tls.ca_file: DIR/ca.key has no cert", id="a key"),
        pytest.param("plain", {"ca_file": "folder"}, {}, "DIR/folder cannot be read on this host (Is a d", id="folder"),
        pytest.param(
            "plain", {"ca_path": "empty"}, {}, "consul_tls.ca_path: there is no file in DIR/empty", id="empty"
        ),
        pytest.param("plain", {}, {"CONSUL_CAPATH": "gone"}, "CONSUL_CAPATH: DIR/gone cannot be read", id="no folder"),
        pytest.param("plain", {**CA, "client_key": "own.key"}, {}, "consul_tls.client_key: a key is of no", id="key"),
        pytest.param("plain", CA, {"CONSUL_CLIENT_KEY": "own.key"}, "CONSUL_CLIENT_KEY: a key is of no", id="key, env"),
        pytest.param(
            "plain", CA, {"CONSUL_CLIENT_CERT": "gone"}, "CONSUL_CLIENT_CERT: DIR/gone cannot be read", id="certificate"
        ),
        pytest.param(
            "plain", {**CA, **OWN, "client_key": "theirs.key"}, {}, "consul_tls.client_cert: DIR/own.crt and", id="pair"
        ),
        pytest.param(
            "plain", {}, {"CONSUL_HTTP_SSL_VERIFY": "nope"}, "CONSUL_HTTP_SSL_VERIFY: 'nope' is n", id="truth"
        ),
        pytest.param(
            "plain", {"verify": "no"}, {}, "consul_tls.verify: 'no' is not a truth value", id="no truth value"
        ),
        pytest.param("plain", {"cafile": "x"}, {}, "consul_tls.cafile: there is no such key", id="unknown"),
        pytest.param("strict", CA, {}, WANTS, id="none is shown"),
        pytest.param("strict by TLS 1.2", CA, {}, WANTS, id="none is shown by TLS 1.2"),
        pytest.param("strict", {"verify": False}, {}, WANTS, id="none is shown, unverified"),
        *(
            pytest.param(
                agent,
                {**CA, "client_cert": "theirs.crt", "client_key": "theirs.key"},
                {},
                "not accept the client certificate DIR/theirs.crt (consul_tls.client_cert)",
                id=f"theirs ({agent})",
            )
            for agent in STRICT
        ),
    ],
)
def test_what_to_do_is_told(
    agents: dict[str, str],
    ca: Pair,
    agent: str,
    options: Given,
    environment: Given,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in placed(environment, ca).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Failure, match=re.escape(said.replace("DIR", str(ca.folder)))):
        Consul(agents[agent], None, placed(options, ca)).get("agent/self")


@pytest.mark.parametrize("tls", [{"verify": False}, {}], ids=["unverified", "verified"])
def test_agent_without_tls_is_told_as_that(tls: Given) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Json) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with pytest.raises(Failure, match="It speaks no TLS there: write consul_url with http://"):
            Consul(f"https://127.0.0.1:{server.server_port}", None, tls).get("agent/self")
        server.shutdown()


def test_agent_that_is_not_there_is_told_as_that() -> None:
    with pytest.raises(Failure, match=r"Connection refused\). Start it, or correct consul_url"):
        Consul("https://127.0.0.1:9", None, {"verify": False}).get("agent/self")


@pytest.mark.parametrize(
    ("environment", "url", "asked"),
    [
        pytest.param({}, CONSUL_URL, "http://127.0.0.1:8500", id="nothing"),
        pytest.param({"CONSUL_HTTP_SSL": "true"}, CONSUL_URL, "https://127.0.0.1:8500", id="asks for TLS"),
        pytest.param({"CONSUL_HTTP_SSL": "0"}, CONSUL_URL, "http://127.0.0.1:8500", id="asks for none"),
        pytest.param({"CONSUL_HTTP_SSL": "true"}, "http://10.0.0.1:8500", "http://10.0.0.1:8500", id="the option wins"),
        pytest.param({"CONSUL_HTTP_SSL": "false"}, "https://10.0.0.1", "https://10.0.0.1:8500", id="and so with TLS"),
        pytest.param({"CONSUL_HTTP_ADDR": "1.2.3.4:1"}, "http://10.0.0.1", "http://10.0.0.1:8500", id="another agent"),
    ],
)
def test_url(environment: Given, url: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Consul(url)._client.http.base_uri == asked
