# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Consul has of a fleet: instances with their checks, notes of hosts, records, a lock, who drained what."""

from __future__ import annotations

import base64
import json
import time
import typing as t

from tests.status_page.agent import ROOT, Agent, Operation


def ago(seconds: float) -> str:
    """Return when that was, as Longshore writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


WHEN, NOW = ago(3 * 86400), ago(40)


def encoded(value: t.Any) -> str:
    data = value if isinstance(value, str) else json.dumps(value)
    return base64.b64encode(data.encode()).decode()


def note(release: str, **more: t.Any) -> dict[str, t.Any]:
    return {"release": release, "action": "replace", "when": WHEN, **({"result": "done"} | more)}


def record(service: str, identity: str, version: str, **more: t.Any) -> dict[str, t.Any]:
    """Return a record as Longshore writes it, with what the page does not read left out."""
    image = {
        "content": version,
        "version": version,
        "reference": f"registry/{service}@sha256:{version.encode().hex():0<64}",
    }
    return {
        **{"id": identity, "service": service, "content": version, "image": image, "code": None, "config": []},
        **{"service_file": "service_hosts: all\n", "who": "ann", "where": "ci", "started": WHEN, "commit": "0a1b2c3"},
        **{"state": "done", "hosts": {}, "rendered": {}, "set_aside": [], "session": ""},
        **more,
    }


def kv(path: str, value: t.Any) -> Operation:
    return {"KV": {"Verb": "set", "Key": f"{ROOT}/{path}", "Value": encoded(value)}}


def node(name: str) -> Operation:
    return {"Node": {"Verb": "set", "Node": {"Node": name, "Address": "192.0.2.1"}}}


def instance(name: str, service: str, identity: str = "", status: str = "passing", **check: t.Any) -> list[Operation]:
    """Return the registration of an instance on a node, with one check; ``identity``: where the ID is not the name."""
    found = {"ID": identity or service, "Service": service, "Port": 8080, "Meta": {"longshore-instance": service}}
    checked = {"CheckID": f"{found['ID']}:0", "Name": "http", "Status": status, "ServiceID": found["ID"], **check}
    return [
        {"Service": {"Verb": "set", "Node": name, "Service": found}},
        {"Check": {"Verb": "set", "Check": {"Node": name, **checked}}},
    ]


def fleet_of(hosts: int, services: int) -> t.Iterator[Operation]:
    """Yield a whole fleet, all of it passing."""
    names = [f"svc{number}" for number in range(services)]
    for name in names:
        yield kv(f"{name}/current", "r1")
        rendered = {f"host{number}": "0a1b2c3d4e5f" for number in range(hosts)}
        ended = {f"host{number}": {"result": "done", "action": "replace", "seconds": 3} for number in range(hosts)}
        yield kv(f"{name}/releases/r1", record(name, "r1", "1.2.3", rendered=rendered, hosts=ended))
    for number in range(hosts):
        yield node(f"host{number}")
        for name in names:
            yield from instance(f"host{number}", name)
            yield kv(f"{name}/nodes/host{number}/{name}", note("r1"))


def small_fleet(agent: Agent) -> None:
    """Fill an agent with a fleet of which each cell is another case."""
    hosts = [f"shop{number}" for number in (1, 2, 3)]
    old = record("web", "r1", "1.0.0", service_file="service_hosts: all\nservice_port: 80\n")
    old["config"] = [["longshore/config/web/heap", encoded("256m"), 0]]
    agent.apply([kv("web/releases/r1", old)])  # what is written at once has no order
    agent.apply(_small(hosts))
    unlocked = _drain("unlocked", "", "", "was held by ben")
    agent.put("api/drains", [unlocked, _drain("drained", "api", "shop2", "memory leak, INC-4711")])
    session = agent.ask("PUT", "session/create", {"NodeChecks": [], "TTL": "3600s"})["ID"]
    holder = {"session": session, "who": "ben", "where": "laptop", "since": NOW, "purpose": "deploy"}
    agent.ask("PUT", f"kv/{ROOT}/web/lock?acquire={session}&flags={time.time_ns()}", holder)


def _small(hosts: list[str]) -> t.Iterator[Operation]:
    for name in hosts:
        yield node(name)
        for service in ("api", "web", "mail"):
            yield from instance(name, service, Output="HTTP GET http://127.0.0.1:8080/up: 200 OK")
    yield from instance("shop3", "mail", status="critical", Output="connect: connection refused")
    yield from instance("shop1", "cache", identity="an-id-of-its-own")
    yield _maintenance("shop2", "api", "memory leak, INC-4711")
    new = record("web", "r2", "1.1.0")
    new["config"] = [["longshore/config/web/heap", encoded("512m"), 0]]
    new.update(state="rolling", who="ben", where="laptop", started=NOW, rendered=dict.fromkeys(hosts, "0"))
    new["service_file"] = "service_hosts: all\nservice_port: 8080\n"
    yield from (
        kv("web/releases/r2", new),
        kv("web/current", "r1"),
        kv("web/unfinished", "r2"),
    )
    yield kv("web/nodes/shop1/web", note("r2", when=NOW))
    yield kv("web/nodes/shop2/web", note("r2", doing="waiting for the gate", limit=60, result=None, when=NOW))
    yield kv("web/nodes/shop3/web", note("r1"))
    for service in ("api", "mail"):
        yield kv(f"{service}/current", "r1")
        yield kv(f"{service}/releases/r1", record(service, "r1", "2.4.1"))
        yield from (kv(f"{service}/nodes/{name}/{service}", note("r1")) for name in hosts)
    yield kv("cache/current", "r1")
    yield kv("cache/releases/r1", record("cache", "r1", "7.2"))
    yield kv("cache/nodes/shop1/cache", note("r1"))
    yield kv("job/nodes/shop1/job", note("r1"))  # registers nothing
    yield kv("mail/drift/shop1/mail", {"state": "drift", "what": ["memory: 128m, wanted 256m"]})


def _maintenance(name: str, service: str, reason: str) -> Operation:
    check = {"CheckID": f"_service_maintenance:{service}", "Name": "Service Maintenance Mode", "Status": "critical"}
    return {"Check": {"Verb": "set", "Check": {"Node": name, **check, "ServiceID": service, "Notes": reason}}}


def _drain(what: str, service: str, name: str, reason: str) -> dict[str, str]:
    return {"when": WHEN, "who": "ann on ci", "what": what, "node": name, "instance": service, "reason": reason}


# Names, versions and outputs that mean harm, where somebody may write to Consul.
MARKUP = "<img src=x onerror=document.title='taken'>"
SHELL = "a'; touch taken; '"
CONTROL = "a\x1b[2J\u202eb"


def hostile(agent: Agent) -> None:
    """Add a service that is written to do harm to whoever looks at it."""
    agent.apply([node("evil"), *instance("evil", "evil", status="critical", Output=MARKUP, Name=MARKUP)])
    agent.put("evil/current", MARKUP)
    agent.put("evil/nodes/evil/evil", note("r1", result="failed", message=MARKUP + CONTROL))
    agent.put("evil/releases/r1", record("evil", "r1", MARKUP, who=MARKUP, service_file=MARKUP, hosts=[1], rendered=5))
    agent.put("evil/releases/r2", "[" * 5000)
    agent.apply([kv(f"evil/nodes/{SHELL}/evil", note("r1")), kv("evil/nodes/lines\nin it/evil", note("r1"))])
    agent.put("evil/nodes/broken/evil", "no JSON")
    agent.put("evil/nodes/__proto__/constructor", {"release": "r1", "action": "none", "when": "never"})
    agent.put("evil/lock", {"who": [], "session": {}})
    agent.put("evil/drains", {"no": "list"})
    agent.put("evil/drift/evil/evil", [1, 2])
