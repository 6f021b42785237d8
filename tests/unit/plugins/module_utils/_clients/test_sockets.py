# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel tells of real sockets."""

from __future__ import annotations

import os
import signal
import socket
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import sockets
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline


@pytest.fixture(params=[("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)], ids=["IPv4", "IPv6"])
def server(request: pytest.FixtureRequest) -> t.Iterator[socket.socket]:
    address, family = request.param
    with socket.create_server((address, 0), family=family) as server:
        yield server


def test_listener_and_its_owner(server: socket.socket) -> None:
    listeners = sockets.listeners(server.getsockname()[1])
    assert len(listeners) == 1
    assert sockets.holder(listeners[0]) == (os.getpid(), Path("/proc/self/comm").read_text().strip())


def test_nobody_listens(server: socket.socket) -> None:
    port = server.getsockname()[1]
    server.close()
    assert sockets.listeners(port) == []


def test_socket_without_a_process() -> None:
    assert sockets.holder(sockets.Socket(80, sockets.LISTEN, "none")) == (0, "")


def test_address_of_a_listener(server: socket.socket) -> None:
    address, port = server.getsockname()[:2]
    assert [listener.address for listener in sockets.listeners(port)] == [address]


def test_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert [s.address for s in sockets.listeners(port, "udp")] == ["127.0.0.1"]
        assert sockets.listeners(port, "tcp") == []


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("127.0.0.1", "10.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("::", "127.0.0.1", True),
        ("127.0.0.1", "", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("::1", "127.0.0.1", False),
        ("::1", "web.internal", True),
    ],
)
def test_clash(one: str, other: str, clash: bool) -> None:
    pairs = [(one, other), (other, one)]
    assert [sockets.clash(*pair) for pair in pairs] == [clash, clash]


def test_open_connections(server: socket.socket) -> None:
    port = server.getsockname()[1]
    assert sockets.connections({port}) == 0
    with socket.create_connection(server.getsockname()[:2]), server.accept()[0]:
        assert sockets.connections({port}) == 1
        assert sockets.connections({port, port + 1}) == 1
        assert sockets.connections(()) == 0
    assert sockets.connections({port}) == 0


def test_who_holds_what_listens(server: socket.socket) -> None:
    port = server.getsockname()[1]
    (inode,) = sockets.listening(os.getpid(), {port})
    assert inode in sockets.held(os.getpid())
    child = os.fork()
    if not child:
        server.close()
        signal.pause()
    try:
        assert Deadline(5).wait_for(lambda: inode not in sockets.held(child), 0.01)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert sockets.held(child) == frozenset()


def test_unix_sockets_count_where_nobody_listens_on_the_ports(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert not sockets.listening(os.getpid(), ()) & {str(os.fstat(server.fileno()).st_ino)}
        server.listen()
        assert sockets.listening(os.getpid(), ()) & {str(os.fstat(server.fileno()).st_ino)}


@pytest.mark.parametrize(
    ("address", "protocol", "can"),
    [
        pytest.param("", "tcp", True, id="all"),
        pytest.param("127.0.0.1", "tcp", True, id="this host"),
        pytest.param("127.0.0.1", "udp", True, id="this host by UDP"),
        pytest.param("192.0.2.7", "tcp", False, id="no address of this host"),
        pytest.param("2001:db8::7", "udp", False, id="no address of this host by IPv6"),
    ],
)
def test_addresses_that_this_host_has(address: str, protocol: str, can: bool) -> None:
    assert sockets.can_bind(address, protocol) is can
