# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Against a DNS server of our own that answers as Consul does; the lab's integration tests ask the real one."""

from __future__ import annotations

import re
import socketserver
import struct
import threading
import typing as t

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import dns as client
from ansible_collections.longshore.fleet.plugins.module_utils._clients.dns import Dns
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import Srv

Answers = t.Callable[[dns.message.Message], bytes]
NAME = "web.service.consul"


@pytest.fixture
def serve() -> t.Iterator[t.Callable[[Answers], Dns]]:
    """Start a TCP server that gives the answers of a function, and return the client to ask it."""
    servers = []

    def start(answers: Answers) -> Dns:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.rfile.read(2))
                self.wfile.write(answers(dns.message.from_wire(self.rfile.read(length))))

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return Dns("127.0.0.1", server.server_address[1])

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def framed(message: dns.message.Message) -> bytes:
    """As it goes over TCP."""
    wire = message.to_wire(max_size=65535)
    return struct.pack("!H", len(wire)) + wire


def answer(*records: str, code: int = dns.rcode.NOERROR, additional: tuple[str, ...] = ()) -> Answers:
    """Return a function that answers every question with records such as ``web.service.consul. 0 IN SRV 1 1 80 a.``."""

    def respond(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(code)
        for section, lines in ((response.answer, records), (response.additional, additional)):
            for line in lines:
                name, ttl, _class, kind, rest = line.split(" ", 4)
                section.append(dns.rrset.from_text(name, int(ttl), "IN", kind, rest))
        return framed(response)

    return respond


def test_srv_with_addresses(serve: t.Callable[[Answers], Dns]) -> None:
    server = serve(
        answer(
            f"{NAME}. 0 IN SRV 1 1 9200 node1.node.dc1.consul.",
            f"{NAME}. 0 IN SRV 1 1 9201 fd01.addr.dc1.consul.",
            f"{NAME}. 0 IN SRV 1 1 9202 db.example.org.",
            additional=(
                'node1.node.dc1.consul. 0 IN TXT "rack=a"',
                "node1.node.dc1.consul. 0 IN A 10.0.0.1",
                "fd01.addr.dc1.consul. 0 IN AAAA fd00::1",
            ),
        )
    )
    assert server.srv(NAME) == [
        Srv("node1.node.dc1.consul", 9200, "10.0.0.1"),
        Srv("fd01.addr.dc1.consul", 9201, "fd00::1"),
        Srv("db.example.org", 9202, None),
    ]


def test_addresses_of_both_kinds_and_host_names_each_once(serve: t.Callable[[Answers], Dns]) -> None:
    server = serve(
        answer(
            f"{NAME}. 0 IN A 10.0.0.1",
            f"{NAME}. 0 IN AAAA fd00::1",
            f"{NAME}. 0 IN CNAME db.example.org.",
            "db.example.org. 0 IN A 10.9.9.9",
        )
    )
    assert server.addresses(NAME) == ["10.0.0.1", "fd00::1", "db.example.org."]


@pytest.mark.parametrize("code", [dns.rcode.NXDOMAIN, dns.rcode.NOERROR])
def test_no_records_are_no_error(serve: t.Callable[[Answers], Dns], code: int) -> None:
    assert serve(answer(code=code)).srv(NAME) == []


@pytest.mark.parametrize("code", [dns.rcode.REFUSED, dns.rcode.SERVFAIL])
def test_refused(serve: t.Callable[[Answers], Dns], code: int) -> None:
    server = serve(answer(code=code))
    with pytest.raises(Failure, match=f"^{NAME}: .*127.0.0.1 port {server.port} answered {dns.rcode.to_text(code)}"):
        server.srv(NAME)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda _query: b"", id="hangs up"),
        pytest.param(lambda _query: b"\x00\x05abcde", id="talks nonsense"),
        pytest.param(lambda _query: framed(dns.message.make_query("other.", "SRV")), id="answers another question"),
    ],
)
def test_servers_that_are_none(serve: t.Callable[[Answers], Dns], given: Answers) -> None:
    server = serve(given)
    with pytest.raises(Failure, match=f"^{NAME}: .*127.0.0.1 port {server.port} can't be asked .* correct dns_address"):
        server.srv(NAME)


def test_nobody_listens() -> None:
    with pytest.raises(Failure, match=f"^{NAME}: .* port 1 can't be asked .*refused"):
        Dns("127.0.0.1", 1).srv(NAME)


@pytest.mark.parametrize("port", [-1, 70000])
def test_no_port(port: int) -> None:
    with pytest.raises(Failure, match=f"^{NAME}: .* port {port} can't be asked .* correct dns_address and dns_port"):
        Dns("127.0.0.1", port).srv(NAME)


@pytest.mark.parametrize("domain", ["my..domain", "a" * 64, ".".join(["b" * 60] * 5), r"\999"])
def test_no_name(domain: str) -> None:
    name = f"web.service.{domain}"
    for ask in (Dns("127.0.0.1", 1).srv, Dns("127.0.0.1", 1).addresses):
        with pytest.raises(Failure, match=f"^{re.escape(name)}: is not a valid DNS name .* or consul_domain"):
            ask(name)


def test_no_answer_in_time(serve: t.Callable[[Answers], Dns], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.1)
    asked = threading.Event()
    done = threading.Event()

    def silent(_query: dns.message.Message) -> bytes:
        asked.set()
        done.wait()
        return b""

    server = serve(silent)
    with pytest.raises(Failure, match=f"^{NAME}: .* port {server.port} did not answer within 0.1 s"):
        server.srv(NAME)
    assert asked.is_set()
    done.set()


def test_an_answer_that_consul_has_cut_is_refused(serve: t.Callable[[Answers], Dns]) -> None:
    server = serve(answer(*(f"{NAME}. 0 IN SRV 1 1 80 {'x' * 40}{n:03}.node.dc1.consul." for n in range(825))))
    with pytest.raises(Failure, match=f"^{NAME}: too many instances"):
        server.srv(NAME)


def test_a_server_is_given_by_address() -> None:
    with pytest.raises(Failure, match=r"^dns_address: 'localhost' is not an IP address"):
        Dns("localhost", 8600)
