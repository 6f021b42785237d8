"""Asks for a service all the time, as its clients do, and looks whether it stays registered; prints what it missed.

Arguments: the service, its port, the hosts it is registered on (with commas), and the addresses of DNS servers. A
question that one server does not answer goes to the next, as any resolver's does. Ends when it is told to (SIGTERM).
Run by a Python that has dnspython.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import sys
import time
import typing as t

import dns.exception
import dns.message
import dns.query

PAUSE, PATIENCE = 0.05, 1.0
# Seconds after which a resolver gives a question up: two attempts of five seconds each. While Consul's servers elect a
# leader, or that makes the first tokens, nobody's question is answered.
LOST_AFTER = 10.0


class Client:
    """Counts requests and looks at the catalog, and what was missed of each."""

    def __init__(self, service: str, port: int, nodes: set[str], servers: list[str]) -> None:
        self.service, self.port, self.nodes, self.servers = service, port, nodes, servers
        self.counts = {"requests": 0, "looks": 0}
        self.missed: list[str] = []
        self.longest = 0.0

    def addresses(self) -> list[str]:
        """Return who passes, by the first server that knows somebody."""
        question = dns.message.make_query(f"{self.service}.service.consul", "A")
        for server in self.servers:
            with contextlib.suppress(dns.exception.DNSException, OSError):
                answer = dns.query.tcp(question, server, PATIENCE, 8600)
                if found := [str(record) for records in answer.answer for record in records]:
                    return found
        return []

    def ask(self) -> None:
        """Make one request to the first that passes; where nobody answers, again until it counts as lost."""
        self.counts["requests"] += 1
        begin = time.monotonic()
        while wrong := self.try_once():
            if time.monotonic() - begin > LOST_AFTER:
                self.missed.append(f"request {self.counts['requests']}: {wrong}")
                break
            time.sleep(PAUSE)
        self.longest = max(self.longest, time.monotonic() - begin)

    def try_once(self) -> str:
        """Return what went wrong; nothing where the service answered."""
        found = self.addresses()
        try:
            answer = get(found[0], self.port, "/") if found else "nobody passes"
        except (OSError, http.client.HTTPException) as error:
            answer = f"{found[0]}: {error}"
        return answer if isinstance(answer, str) else ""

    def look(self) -> None:
        """See that all nodes are in the catalog; an agent that is away or has no leader is asked again later."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = get("127.0.0.1", 8500, f"/v1/catalog/service/{self.service}?stale")
            if isinstance(answer, bytes):
                self.counts["looks"] += 1
                gone = self.nodes - {entry["Node"] for entry in json.loads(answer)}
                self.missed += (
                    [f"look {self.counts['looks']}: not registered on {', '.join(sorted(gone))}"] if gone else []
                )


def get(host: str, port: int, path: str) -> bytes | str:
    """Return the body of an answer, or a text that tells its status."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return body if answer.status == 200 else f"{host} answered {answer.status}"


def main(service: str, port: str, nodes: str, *servers: str) -> None:
    """Ask until told to end, then print what was counted and what was missed."""
    client = Client(service, int(port), set(nodes.split(",")), list(servers))
    ending: list[t.Any] = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    while not ending:
        client.ask()
        client.look()
        time.sleep(PAUSE)
    print(json.dumps({**client.counts, "longest": round(client.longest, 1), "missed": client.missed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
