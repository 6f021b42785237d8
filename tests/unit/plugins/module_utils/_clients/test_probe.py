# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's own probe against real sockets."""

from __future__ import annotations

import http.server
import re
import socket
import threading
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import OUTPUT, ask, page, probe


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the path asks for, and tells what it got."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        status = int(self.path.strip("/"))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(f"{self.command} {self.headers['X-Who']} {body}".encode())

    do_GET = do_PUT = answer

    def log_message(self, *_arguments: t.Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> t.Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def silent() -> t.Iterator[str]:
    """Return a port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(200, "passing", id="OK"),
        pytest.param(299, "passing", id="any other 2xx"),
        pytest.param(302, "passing", id="a redirect is followed"),
        pytest.param(304, "critical", id="3xx"),
        pytest.param(404, "critical", id="4xx"),
        pytest.param(429, "warning", id="too many requests"),
        pytest.param(503, "critical", id="5xx"),
    ],
)
def test_status(server: str, status: int, expected: str) -> None:
    found, output = probe({"http": f"http://{server}/{status}"}, 5)
    assert found == expected
    assert output.startswith(f"http://{server}/{status}: HTTP {200 if status == 302 else status}: ")


def test_request_is_the_one_of_the_check(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    options = {"http": f"http://{server}/200", "method": "PUT", "header": {"X-Who": ["a", "b"]}, "body": "ping"}
    assert probe(options, 5) == ("passing", f"http://{server}/200: HTTP 200: PUT a, b ping")


@pytest.mark.parametrize("scheme", ["http://", "https://"])
def test_nobody_listens(closed: str, scheme: str) -> None:
    status, output = probe({"http": f"{scheme}{closed}/"}, 5)
    assert status == "critical"
    assert output.startswith(f"{scheme}{closed}/: ")
    assert len(output) <= OUTPUT


def test_no_answer_in_time(silent: str) -> None:
    status, output = probe({"http": f"http://{silent}/"}, 0.1)
    assert status == "critical"
    assert "timed out" in output


def test_connection(server: str, closed: str) -> None:
    assert probe({"tcp": server}, 5) == ("passing", f"{server}: connected")
    status, output = probe({"tcp": closed}, 5)
    assert status == "critical"
    assert output.startswith(f"{closed}: ")
    assert "refused" in output


def test_connection_to_an_address_of_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        target = f"[::1]:{server.getsockname()[1]}"
        assert probe({"tcp": target}, 5) == ("passing", f"{target}: connected")


def test_name_that_is_no_host() -> None:
    assert probe({"tcp": "no host:80"}, 5)[0] == "critical"
    assert probe({"http": "http://no host/"}, 5)[0] == "critical"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"http": "http://node1..example.com/"}, "label empty", id="a part of the name is empty"),
        pytest.param({"http": "http://127.0.0.1:99999/"}, "99999", id="port"),
        pytest.param({"header": {"X-Price": ["5 €"]}}, "encode", id="header"),
        pytest.param({"method": "GÜT"}, "encode|GÜT", id="method"),
    ],
)
def test_request_that_cannot_be_sent(closed: str, wrong: dict[str, t.Any], said: str) -> None:
    """Whatever a template makes of a check, it is critical: an error of the library's own would end the launch."""
    options = {"http": f"http://{closed}/", **wrong}
    status, output = probe(options, 5)
    assert (status, output.startswith(f"{options['http']}: ")) == ("critical", True)
    assert re.search(said, output)
    headers = {name: values[0] for name, values in options.get("header", {}).items()}
    assert ask(options.get("method", "GET"), options["http"], headers, None, 5)[0] == 0
    if "http" in wrong:
        assert page(options["http"], 5)[0] == 0
