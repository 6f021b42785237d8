# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consul's DNS by dnspython, thin: SRV records with their addresses, and addresses alone; errors as ``Failure``.

Over TCP: by UDP Consul answers with three instances at most, and does not say so.
"""

from __future__ import annotations

import importlib
import ipaddress
import traceback
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import Srv
from ansible_collections.longshore.fleet.plugins.module_utils._versions import outdated

IMPORT_ERROR: str | None = None
try:
    import dns.version
except ImportError:
    IMPORT_ERROR = traceback.format_exc()
else:
    IMPORT_ERROR = outdated("dnspython", dns.version.version)

if t.TYPE_CHECKING:
    import dns.exception
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdatatype

LIBRARIES = {"dnspython": IMPORT_ERROR}
# Imported by the first query: they take a tenth of a module's start, and most services have no peers.
QUERYING = ("exception", "message", "name", "query", "rcode", "rdatatype")

# Seconds for one query of an agent that is near.
TIMEOUT = 5.0
# Consul cuts an answer that would not fit into the 64 KB of a DNS message (some 800 instances), and does not say so.
FULL = 65000


class Dns:
    """One DNS server, by IP address."""

    def __init__(self, address: str, port: int) -> None:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise Failure(f"dns_address: {address!r} is not an IP address; write it like 127.0.0.1") from None
        self.address = address
        self.port = port

    def srv(self, name: str) -> list[Srv]:
        """Return all SRV records of a name; none where it does not exist."""
        _import_queries()
        answer = self._ask(name, dns.rdatatype.SRV)
        addresses = {
            record_set.name: record_set[0].to_text()
            for record_set in answer.additional
            if record_set.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        }
        return [
            Srv(record.target.to_text(omit_final_dot=True), record.port, addresses.get(record.target))
            for record_set in answer.answer
            if record_set.rdtype == dns.rdatatype.SRV
            for record in record_set
        ]

    def addresses(self, name: str) -> list[str]:
        """Return all A and AAAA records of a name, and host names in their place; none where it does not exist."""
        _import_queries()
        wanted = (dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.CNAME)
        found = [
            record.to_text()
            for kind in (dns.rdatatype.A, dns.rdatatype.AAAA)
            for record_set in self._ask(name, kind).answer
            if record_set.rdtype in wanted and record_set.name == dns.name.from_text(name)
            for record in record_set
        ]
        return list(dict.fromkeys(found))

    @property
    def server(self) -> str:
        """Return the server as error messages name it."""
        return f"the DNS server at {self.address} port {self.port}"

    def _ask(self, name: str, kind: t.Any) -> t.Any:
        server = self.server
        try:
            query = dns.message.make_query(name, kind)
        except dns.exception.DNSException as error:
            raise Failure(
                f"{name}: is not a valid DNS name ({error}) Correct the service's name, or consul_domain."
            ) from error
        try:
            answer = dns.query.tcp(query, self.address, timeout=TIMEOUT, port=self.port)
        except dns.exception.Timeout as error:
            raise Failure(f"{name}: {server} did not answer within {TIMEOUT:g} s. Is it Consul's agent?") from error
        except (OSError, EOFError, OverflowError, dns.exception.DNSException) as error:
            raise Failure(
                f"{name}: {server} can't be asked ({error}). Start Consul's agent, or correct dns_address and dns_port."
            ) from error
        if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise Failure(
                f"{name}: {server} answered {dns.rcode.to_text(answer.rcode())}."
                " Is it Consul's agent, and consul_domain its domain?"
            )
        if len(answer.wire or b"") > FULL:
            raise Failure(f"{name}: too many instances for one answer of DNS. Add from: http, or a tag.")
        return answer


def _import_queries() -> None:
    for name in QUERYING:
        importlib.import_module(f"dns.{name}")
