# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a fleet as a template of a gateway sees them, read from files."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._gateway_files import ServicesFiles

HOSTS = """
all:
  vars: {service_hosts: "node1,node2.example.com,node3"}
  hosts:
    node4:
    node1:
    node2.example.com:
    node3: {consul_node_name: third}
    node5: {consul_node_name: fifth.example}
    node6: {consul_node_name: tcp}
"""
NAMED = {"http": {"names": ["app.example.com"]}}
WRITER = {"tcp": {"listen": 3306, "write": "one"}}
TAGGED = {"name": "db", "port": 3306, "tags": ["{{ node.name }}"]}


Files = dict[str, dict[str, t.Any]]
Read = t.Callable[..., list[dict[str, t.Any]]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return a function: what a template of a gateway sees of these service files."""
    return lambda files, *names: read_from(tmp_path, monkeypatch, files, names)


def read_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, files: Files, names: t.Sequence[str]
) -> list[dict[str, t.Any]]:
    """Write the files, and read them."""
    (folder / "services").mkdir()
    (folder / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    for name, data in files.items():
        (folder / f"services/{name}.yml").write_text(json.dumps(data), encoding="utf-8")
    loader = DataLoader()
    inventory = InventoryManager(loader, [str(folder / "hosts.yml")])
    hosts_of = f"{ServicesFiles.__module__.rpartition('.')[0]}._fleet_files.hosts_of"
    monkeypatch.setattr(hosts_of, lambda pattern, _variables: [host.name for host in inventory.get_hosts(pattern)])
    manager = VariableManager(loader, inventory)
    variables = manager.get_vars(host=inventory.get_host("node1"))
    # Those of the service whose template asks.
    own = {
        "service_port": 99,
        "service_gateway": {"tcp": {"listen": 1}},
        "hostvars": HostVars(inventory, manager, loader),
    }
    return ServicesFiles(loader, Templar(loader, variables), {**variables, **own}).read(names)


@pytest.mark.parametrize(
    ("data", "gateway"),
    [
        pytest.param({"service_port": 80}, {}, id="nothing"),
        pytest.param(
            {"service_gateway": NAMED, "service_port": 80},
            {"http": {"names": ["app.example.com"], "path": "/"}, "tcp": {}, "registration": "web", "write": "all"},
            id="the short form",
        ),
        pytest.param(
            {"service_gateway": {"http": {"names": ["{{ own }}"]}}, "own": "app", "service_port": [80, 90]},
            {"http": {"names": ["app"], "path": "/"}, "nodes": ["node1", "node2-example-com", "third"]},
            id="variables of its own, and nodes",
        ),
        pytest.param(
            {
                "service_gateway": {**NAMED, "registration": "b"},
                "service_registrations": [{"name": "a"}, {"name": "b"}],
            },
            {"registration": "b", "slots": 20, "maxconn": None, "check": "tcp"},
            id="one of several names",
        ),
        pytest.param(
            {"service_gateway": WRITER, "service_registrations": [TAGGED], "service_hosts": "node3,node1"},
            {"tcp": {"listen": 3306}, "write": "one", "registration": "db", "nodes": ["third", "node1"]},
            id="a writer",
        ),
    ],
)
def test_what_a_template_sees(read: Read, data: dict[str, t.Any], gateway: dict[str, t.Any]) -> None:
    (service,) = read({"web": data})
    assert service["name"] == "web"
    assert gateway.items() <= service["gateway"].items() if gateway else service["gateway"] == {}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        pytest.param(
            {"a": {"service_gateway": NAMED}}, "services/a.yml: service_gateway: .*give service_port", id="port"
        ),
        pytest.param(
            {"a": {"service_gateway": NAMED, "service_registrations": [{"name": "x"}, {"name": "y"}]}},
            "a.yml: service_gateway.registration: is missing, and the service has x, y in Consul",
            id="which name",
        ),
        pytest.param(
            {"a": {"service_gateway": {**NAMED, "registration": "webb"}, "service_registrations": [{"name": "web"}]}},
            "a.yml: service_gateway.registration: the service has no webb in Consul; did you mean web",
            id="no such name",
        ),
        pytest.param(
            {name: {"service_gateway": NAMED, "service_port": 80} for name in "ab"},
            "b.yml: service_gateway.http: app.example.com/ is that of .*/a.yml too; change one",
            id="a name of two",
        ),
        pytest.param(
            {name: {"service_gateway": {"tcp": {"listen": 5}}, "service_port": 80} for name in "ab"},
            "b.yml: service_gateway.tcp.listen: 5 is that of .*/a.yml too",
            id="a port of two",
        ),
        pytest.param(
            {
                name: {"service_gateway": {"http": {"names": ["app"], "path": path}}, "service_port": 80}
                for name, path in (("a", "/api"), ("b", "/api/"))
            },
            "b.yml: service_gateway.http: app/api is that of .*/a.yml too",
            id="a path of two",
        ),
        pytest.param(
            {"a": {"service_gateway": {"tcp": {"listen": 99}}, "service_port": 80}},
            "a.yml: service_gateway.tcp.listen: 99 is the gateway's own port",
            id="the port of the gateway",
        ),
        pytest.param(
            {"a": {"service_gateway": NAMED, "service_registrations": [{"name": "{{ 'a.b' }}"}]}},
            "a.yml: service_gateway: Consul's DNS can't be asked for 'a.b'",
            id="a name for no DNS",
        ),
        pytest.param(
            {"a": {"service_gateway": WRITER, "service_registrations": [TAGGED], "service_hosts": "node4,node5"}},
            "a.yml: service_gateway.tcp.write: one finds the instance of node5 by the tag 'fifth.example'",
            id="a node for no DNS",
        ),
        pytest.param(
            {"a": {"service_gateway": WRITER, "service_registrations": [TAGGED], "service_hosts": "node6"}},
            "a.yml: service_gateway.tcp.write: one finds the instance of node6 by the tag 'tcp'",
            id="a node like a protocol",
        ),
        pytest.param(
            {"a": {"service_gateway": "{{ {'htp': 1} }}"}}, "a.yml: service_gateway.htp: .*did you mean http", id="key"
        ),
        pytest.param({"a": {"service_gateway": "{{ nobody }}"}}, "a.yml: 'nobody' is undefined", id="a variable"),
        pytest.param(
            {"a": {"service_gateway": WRITER, "service_port": 3306}},
            "a.yml: .*write: one finds the instance of each host",
            id="no tag",
        ),
        pytest.param(
            {"a": {"service_gateway": WRITER, "service_instances": 2, "service_registrations": [TAGGED]}},
            "a.yml: .*needs a single instance on each host",
            id="several instances",
        ),
        pytest.param(
            {"a": {"service_gateway": WRITER, "service_registrations": [{**TAGGED, "port": [1, 2]}]}},
            "a.yml: .*needs a single instance on each host at any time",
            id="two ports",
        ),
    ],
)
def test_what_is_refused(read: Read, files: Files, says: str) -> None:
    with pytest.raises(Failure, match=says):
        read(files)


def test_named_services_alone(read: Read) -> None:
    files = {name: {"service_port": 80} for name in ("api", "web")}
    assert [one["name"] for one in read(files, "web")] == ["web"]


def test_a_name_that_no_file_has(read: Read) -> None:
    with pytest.raises(Failure, match=r"there is no service wep in .*/services; did you mean web"):
        read({"web": {}}, "wep")
