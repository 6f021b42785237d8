# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests end in time and keep little, whatever the other side sends."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import LOOKED_INTO, ask, page, probe
from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import Trust
from tests.certificates import authority

OK = b"HTTP/1.1 200 OK\r\n"


def drip(byte: bytes) -> t.Iterator[bytes]:
    """So slowly that each read of the other side ends well before its own timeout."""
    while True:
        yield byte
        threading.Event().wait(0.02)


def flood(part: bytes) -> t.Iterator[bytes]:
    while True:
        yield part * 1000


class Sending:
    """A server that sends the same to everybody, without an end; ``left`` is set once a client has gone."""

    def __init__(self, head: bytes, more: t.Callable[[], t.Iterable[bytes]], tls: ssl.SSLContext | None = None) -> None:
        self._head, self._more, self._tls = head, more, tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.left = threading.Event()
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._socket.accept()
                threading.Thread(target=self._send, args=(client,), daemon=True).start()

    def _send(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client = self._tls.wrap_socket(client, server_side=True) if self._tls else client
            client.recv(65536)
            client.sendall(self._head.replace(b"PORT", str(self.port).encode()))
            for part in self._more():
                client.sendall(part)
        client.close()
        self.left.set()

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def sending(head: bytes, more: t.Callable[[], t.Iterable[bytes]], tls: ssl.SSLContext | None = None) -> t.Any:
    server = Sending(head, more, tls)
    try:
        yield server
    finally:
        server.close()


FOUND = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/\r\n"


@pytest.mark.parametrize(
    ("head", "more"),
    [
        pytest.param(b"", lambda: drip(b"H"), id="status line"),
        pytest.param(b"", lambda: drip(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue"),
        pytest.param(OK, lambda: drip(b"A: b\r\n"), id="headers"),
        pytest.param(OK + b"A: ", lambda: drip(b"b"), id="one header"),
        pytest.param(OK + b"\r\n", lambda: drip(b"."), id="body, byte by byte"),
        pytest.param(OK + b"\r\n", lambda: flood(b"."), id="body, as fast as it can"),
        pytest.param(b"", lambda: flood(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue, as fast as it can"),
        pytest.param(OK + b"Content-Length: 99999\r\n\r\n", lambda: drip(b"."), id="body of a known size"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n", lambda: drip(b"1\r\n.\r\n"), id="chunks"),
        pytest.param(FOUND, lambda: drip(b"A: b\r\n"), id="headers of a redirect"),
        pytest.param(FOUND + b"\r\n", lambda: flood(b"."), id="redirects in a circle"),
    ],
)
def test_endless_answers_end_with_the_timeout(head: bytes, more: t.Any) -> None:
    with sending(head, more) as server:
        status, output = probe({"http": f"http://127.0.0.1:{server.port}/"}, 0.5)
        assert status == "critical"
        assert re.search(r"timed out: .* within 0\.5 s|10 redirects", output), output
        assert server.left.wait(30), "the connection outlives the probe"


def test_endless_answer_behind_tls(tmp_path: t.Any) -> None:
    ca = authority(tmp_path)
    shown = ca.issue("slow", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.cert_file, shown.key_file)
    with sending(OK + b"\r\n", lambda: drip(b"."), context) as server:
        answer = page(f"https://127.0.0.1:{server.port}/", 3, Trust(ca_file=ca.cert_file))
        assert answer == (0, "timed out: its answer (HTTP 200) did not end within 3 s", True)
        assert server.left.wait(30), "the connection outlives the probe"


def test_server_that_never_answers_a_handshake() -> None:
    with sending(b"", lambda: drip(b"")) as server:
        assert probe({"http": f"https://127.0.0.1:{server.port}/", "tls_skip_verify": True}, 0.3)[0] == "critical"


def test_redirect_that_is_not_followed_is_not_read() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/\r\n\r\n"
    with sending(head, lambda: flood(b".")) as server:
        status, output = probe({"http": f"http://127.0.0.1:{server.port}/", "disable_redirects": True}, 5)
        assert (status, "HTTP 302" in output) == ("critical", True), output


@pytest.mark.parametrize("size", [10, LOOKED_INTO, LOOKED_INTO + 1, 5 * LOOKED_INTO])
def test_of_a_large_answer_the_beginning_is_kept(size: int) -> None:
    """Consul reads an answer to its end, and so a large page passes."""
    head = OK + f"Content-Length: {size}\r\n\r\n".encode()
    with sending(head, lambda: [b"." * size]) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert probe({"http": url}, 30)[0] == "passing"
        answer = ask("GET", url, {}, None, 30)
        assert (answer.status, len(answer.text)) == (200, min(size, LOOKED_INTO))
        assert answer.is_whole is (size <= LOOKED_INTO)


def test_text_of_another_encoding_is_read() -> None:
    body = "Zürich ".encode("latin-1") + b"v1"
    with sending(OK + f"Content-Length: {len(body)}\r\n\r\n".encode(), lambda: [body]) as server:
        assert re.fullmatch("Z.rich v1", page(f"http://127.0.0.1:{server.port}/", 5).text)
