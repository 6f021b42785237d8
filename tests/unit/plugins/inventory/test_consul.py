# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that ansible-inventory makes of an agent's answers, among them those that no lab gives."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
import typing as t
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

REPOSITORY = Path(__file__).parents[4]
HINT = {"X-Consul-Results-Filtered-By-ACLs": "true"}


def node(name: str, *services: str, **more: t.Any) -> dict[str, t.Any]:
    """Return a node as the agent tells it."""
    registered = [{"ID": service, "Service": service, "Tags": ["blue"], "Port": 80} for service in services]
    return {"Node": name, "Address": "10.0.0.1", "Meta": {"rack": "a"}, "Services": registered, "Checks": [], **more}


class Agent:
    """An agent of two datacenters, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.nodes = {"dc1": [node("node1", "web", "mysql"), node("node2", "web")], "dc2": [node("node1", "web")]}
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self.lacking: set[str] = set()  # resources that the token may not read
        self.tokens: set[str | None] = set()

    def answer(self, path: str) -> t.Any:
        url = urlsplit(path)
        if url.path == "/v1/agent/self":
            return {"Config": {"Datacenter": "dc1"}}
        if url.path == "/v1/catalog/datacenters":
            return list(self.nodes)
        return self.nodes[parse_qs(url.query)["dc"][0]]


@pytest.fixture
def agent() -> t.Iterator[Agent]:
    """Serve an agent; its address is in ``agent.url``."""
    told = Agent()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.asked.append(urlsplit(self.path).path)
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps([{**right, "Allow": right["Resource"] not in told.lacking} for right in asked]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            told.asked.append(urlsplit(self.path).path)
            told.tokens.add(self.headers["X-Consul-Token"])
            body = json.dumps(told.answer(self.path)).encode()
            self.send_response(200)
            for name, value in {**told.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: t.Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()


def listed(agent: Agent, folder: Path, name: str = "consul.yml", **options: t.Any) -> tuple[dict[str, t.Any], str]:
    """Return what ansible-inventory lists, and what it says beside."""
    file = folder / name
    content = {"plugin": "longshore.fleet.consul", "consul_url": agent.url, **options}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = ["ansible-inventory", "-i", str(file), "--list"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    # ansible-inventory marks what is never a template so.
    found = json.loads(done.stdout or "{}", object_hook=lambda value: value.get("__ansible_unsafe", value))
    return found, " ".join(done.stderr.split())


def test_hosts_and_groups(agent: Agent, tmp_path: Path) -> None:
    found, _said = listed(agent, tmp_path, with_instances=True)
    assert (found["web"]["hosts"], found["mysql"]["hosts"]) == (["node1", "node2"], ["node1"])
    variables = found["_meta"]["hostvars"]["node1"]
    assert (variables["ansible_host"], variables["consul_datacenter"]) == ("10.0.0.1", "dc1")
    assert variables["consul_services"] == ["web", "mysql"]
    assert [instance["port"] for instance in variables["consul_instances"]] == [80, 80]
    assert agent.asked == ["/v1/agent/self", "/v1/internal/ui/nodes"]


def test_what_the_file_composes(agent: Agent, tmp_path: Path) -> None:
    found, _said = listed(
        agent,
        tmp_path,
        services=["mysql"],
        groups_from=["tags", "meta"],
        compose={"ansible_user": "'deploy'"},
        groups={"databases": "'mysql' in consul_services"},
        keyed_groups=[{"key": "consul_datacenter", "prefix": "dc"}],
    )
    hosts = {name: group["hosts"] for name, group in found.items() if "hosts" in group}
    assert set(hosts) == {"tag_blue", "meta_rack_a", "databases", "dc_dc1"}
    assert all(names == ["node1"] for names in hosts.values())
    assert found["_meta"]["hostvars"]["node1"]["ansible_user"] == "deploy"


def test_several_datacenters_and_names_that_both_have(agent: Agent, tmp_path: Path) -> None:
    found, _said = listed(agent, tmp_path, datacenters=["all"], groups_from=["services", "datacenter"])
    assert found["web"]["hosts"] == ["node1.dc1", "node2.dc1", "node1.dc2"]
    assert found["datacenter_dc2"]["hosts"] == ["node1.dc2"]
    assert agent.asked == ["/v1/catalog/datacenters", "/v1/internal/ui/nodes", "/v1/internal/ui/nodes"]


def test_what_acls_keep_back_is_told(agent: Agent, tmp_path: Path) -> None:
    _found, said = listed(agent, tmp_path)
    assert "WARNING" not in said
    agent.headers, agent.lacking = HINT, {"node"}
    _found, said = listed(agent, tmp_path)
    assert "Consul has kept a part of the catalog of dc1 back. No consul_token is given" in said
    assert 'lacks the rule node_prefix "" { policy = "read" }.' in said


def test_what_acls_keep_back_is_told_by_agents_that_do_not_hint_at_it(agent: Agent, tmp_path: Path) -> None:
    agent.nodes["dc1"] = [node("node1")]
    _found, said = listed(agent, tmp_path)
    assert "WARNING" not in said
    agent.lacking = {"service"}
    found, said = listed(agent, tmp_path)
    assert 'lacks the rule service_prefix "" { policy = "read" }.' in said
    assert found["_meta"]["hostvars"].keys() == {"node1"}


def test_a_catalog_without_a_node_is_hidden(agent: Agent, tmp_path: Path) -> None:
    agent.nodes["dc1"], agent.lacking = [], {"node"}
    _found, said = listed(agent, tmp_path)
    assert "shows no node of dc1, which does not say that there is none" in said
    assert 'lacks the rule node_prefix "" { policy = "read" }.' in said


@pytest.mark.parametrize(
    ("options", "environment", "token"),
    [
        pytest.param({"consul_token": "in the file"}, {}, "in the file", id="of the file"),
        pytest.param({}, {"CONSUL_HTTP_TOKEN": "of the shell"}, "of the shell", id="of the environment"),
        pytest.param({"consul_token": "{{ lookup('env', 'T') }}"}, {"T": "looked up"}, "looked up", id="a template"),
    ],
)
def test_token(
    agent: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: t.Any, environment: t.Any, token: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    listed(agent, tmp_path, **options)
    assert agent.tokens == {token}


def test_what_anybody_registers_is_never_a_template(agent: Agent, tmp_path: Path) -> None:
    agent.nodes["dc1"] = [node("node1", "web", Meta={"rack": "{{ 7 * 7 }}"})]
    file = tmp_path / "consul.yml"
    file.write_text(yaml.safe_dump({"plugin": "longshore.fleet.consul", "consul_url": agent.url}), encoding="utf-8")
    command = [
        "ansible",
        "-i",
        str(file),
        "-c",
        "local",
        "all",
        "-m",
        "ansible.builtin.debug",
        "-a",
        "var=consul_meta.rack",
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert "{{ 7 * 7 }}" in done.stdout
    assert "49" not in done.stdout


@pytest.mark.parametrize(
    ("forged", "says"),
    [
        pytest.param(
            {"Address": "-oProxyCommand=touch x"}, "is not an IP address or a DNS name", id="an option of SSH"
        ),
        pytest.param(
            {"TaggedAddresses": {"lan": "a b"}},
            "its address 'a b' is not an IP address",
            id="no address in its network",
        ),
        pytest.param({"Node": "-i"}, "its name is not made of letters", id="an option as the name"),
        pytest.param({"Node": "localhost"}, "its name is the controller's", id="the controller"),
        pytest.param({"Node": "all"}, "a group of the inventory has its name", id="a group"),
    ],
)
def test_a_node_that_cannot_be_a_host_is_left_out(
    agent: Agent, tmp_path: Path, forged: dict[str, t.Any], says: str
) -> None:
    agent.nodes["dc1"].append(node("node3", "web", **forged))
    found, said = listed(agent, tmp_path)
    assert found["web"]["hosts"] == ["node1", "node2"]
    assert "of Consul's catalog is not in the inventory" in said
    assert says in said


def test_a_node_with_the_name_of_a_service_has_no_group_beside(agent: Agent, tmp_path: Path) -> None:
    agent.nodes["dc1"].append(node("web", "web", "mysql"))
    found, said = listed(agent, tmp_path)
    assert found["mysql"]["hosts"] == ["node1", "web"]
    assert "web" not in found
    assert "There is no group web" in said


def test_nodes_of_other_clusters_are_left_out(agent: Agent, tmp_path: Path) -> None:
    agent.nodes["dc1"].append(node("node1", "foreign", PeerName="other", Address="192.0.2.1"))
    found, _said = listed(agent, tmp_path)
    assert found["_meta"]["hostvars"]["node1"]["ansible_host"] == "10.0.0.1"
    assert "foreign" not in found


def test_the_cache_answers_the_second_time(agent: Agent, tmp_path: Path) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first, _said = listed(agent, tmp_path, **cache)
    asked = list(agent.asked)
    assert listed(agent, tmp_path, **cache)[0] == first
    assert agent.asked == asked


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        pytest.param(
            "consul.yml", {"consul_url": "http://127.0.0.1:1"}, "The Consul agent at http://127.0.0.1:1", id="nobody"
        ),
        pytest.param("consul.yml", {"groups_from": ["racks"]}, "groups_from", id="unknown groups"),
        pytest.param("hosts.yml", {}, "Unable to parse", id="another file's name"),
    ],
)
def test_what_cannot_be_had_is_told(
    agent: Agent, tmp_path: Path, name: str, options: dict[str, t.Any], says: str
) -> None:
    found, said = listed(agent, tmp_path, name, **options)
    assert says in said
    assert found.get("_meta", {}).get("hostvars", {}) == {}
