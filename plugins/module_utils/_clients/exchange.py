# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request by HTTP that ends: its time is for the whole of it, and only the beginning of an answer is kept."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import struct
import typing as t
from concurrent import futures

from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import TlsAdapter, Trust, why
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

try:
    import requests
    import urllib3
    from requests import Session
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:
    # clients.consul reports the missing library; without it nothing below is called.
    Session = HTTPAdapter = object  # type: ignore[assignment,misc]
    HTTPConnection = HTTPSConnection = object  # type: ignore[assignment,misc]
    HTTPConnectionPool = HTTPSConnectionPool = object  # type: ignore[assignment,misc]

# As many redirects as Consul's agent follows; bytes of an answer that are read at a time.
REDIRECTS = 10
CHUNK = 16 * 1024

# struct linger: on, for 0 seconds.
RESET_AT_CLOSE = struct.pack("ii", 1, 0)

Opened = t.Callable[[socket.socket], None]


class Answer(t.NamedTuple):
    """The answer to a request; ``text`` is its beginning where ``is_whole`` is false."""

    status: int
    text: str
    is_whole: bool = True


def exchange(method: str, url: str, timeout: float, keep: int, trust: Trust, **options: t.Any) -> Answer:
    """Return the answer, of whose body the first ``keep`` bytes are kept; ``Failure`` where none ends in time.

    A library's timeout is one of each read, which an answer that comes byte by byte never exceeds. So the request is
    made in a thread, whose connections are shut down when the time is over. ``options`` are those of requests.
    """
    made = _Exchange(trust)
    worker = futures.ThreadPoolExecutor(1)
    running = worker.submit(made.run, method, url, timeout, keep, options)
    try:
        return running.result(timeout)
    except (futures.TimeoutError, requests.Timeout) as error:
        answered = f"its answer (HTTP {made.status}) did not end" if made.status else "there was no answer"
        raise Failure(f"timed out: {answered} within {timeout:g} s") from error
    # Of what cannot be sent, the libraries below requests tell by errors of their own, many of them a ValueError.
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise Failure(why(error, url)) from error
    finally:
        made.end()
        worker.shutdown(wait=False)


class _Exchange:
    """A request and its redirects, which another thread may end."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._sockets: list[socket.socket] = []
        self._is_over = False
        self.status = 0

    def run(self, method: str, url: str, timeout: float, keep: int, options: dict[str, t.Any]) -> Answer:
        with (
            _Session(self._trust, self._opened) as session,
            session.request(method, url, timeout=timeout, stream=True, **options) as answer,
        ):
            self.status = answer.status_code
            kept, is_whole = bytearray(), True
            for chunk in answer.iter_content(CHUNK):
                is_whole = is_whole and len(kept) + len(chunk) <= keep
                kept += chunk[: keep - len(kept)]
        return Answer(self.status, kept.decode(errors="replace"), is_whole)

    def end(self) -> None:
        """Shut down what is open, and what is opened after it: a thread that reads there then ends."""
        self._is_over = True
        for opened in self._sockets:
            _shut_down(opened)

    def _opened(self, opened: socket.socket) -> None:
        self._sockets.append(opened)
        if self._is_over:
            _shut_down(opened)


def _shut_down(opened: socket.socket) -> None:
    """Shut the connection down below TLS, which would wait for the other side, close it, and reset it.

    Linux lets a reader go on after the shutdown for as long as the other side sends; of a closed one it reads nothing.
    Without the reset, a side that waits for room to send more would learn of the close a minute later (tcp(7),
    ``SO_LINGER`` in socket(7)).
    """
    with contextlib.suppress(OSError):  # it has ended by itself
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        socket.socket.shutdown(opened, socket.SHUT_RDWR)
    number = opened.detach()
    if number >= 0:
        os.close(number)


class _Session(Session):
    """The session of one request, which tells of each connection that it opens.

    It has no proxy, as the agent's own client has none for this.
    """

    def __init__(self, trust: Trust, opened: Opened) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = REDIRECTS
        self.verify = trust.verify
        self._trust = trust
        self._opened = opened
        self.mount("http://", _reporting(HTTPAdapter(), opened))
        del self.adapters["https://"]

    def get_adapter(self, url: str) -> t.Any:
        """Return the adapter of a URL; the one for TLS is made where it is needed only, as authorities load slowly."""
        if url.lower().startswith("https://") and "https://" not in self.adapters:
            adapter = TlsAdapter(self._trust.context(), self._trust.server_name)
            self.mount("https://", _reporting(adapter, self._opened))
        return super().get_adapter(url)

    def get_redirect_target(self, resp: t.Any) -> t.Any:
        """Return where an answer leads to; the body of one that leads elsewhere, requests would read to its end."""
        target = super().get_redirect_target(resp)
        if target:
            resp.close()
        return target


def _reporting(adapter: t.Any, opened: Opened) -> t.Any:
    adapter.poolmanager.pool_classes_by_scheme = {
        "http": functools.partial(_HttpPool, opened=opened),
        "https": functools.partial(_HttpsPool, opened=opened),
    }
    return adapter


class _Reporting:
    """A connection that tells of its socket."""

    def __init__(self, *arguments: t.Any, opened: Opened, **options: t.Any) -> None:
        super().__init__(*arguments, **options)
        self._opened = opened

    def connect(self) -> None:
        t.cast(t.Any, super()).connect()
        self._opened(t.cast(t.Any, self).sock)


class _HttpConnection(_Reporting, HTTPConnection):
    pass


class _HttpsConnection(_Reporting, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection
