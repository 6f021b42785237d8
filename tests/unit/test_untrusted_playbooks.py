# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each playbook and lookup where Consul, the engine, the image and the repository are full of templates.

Agent and engine are stubs: no real one can be filled so. None of their texts is ever run; the playbooks show them.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROOT = "longshore/services/web"
DIGEST = "sha256:" + "0" * 64
HERE = "'{{ ansible_playbook_python }}'"
OF_CODE = ("service_code", "service_reload")
SERVICE = """
service_hosts: all
service_registry: registry:5000
service_image: {from: "registry:5000/web:1"}
service_code: {repository: code, version: "{{ lookup('ansible.builtin.file', inventory_dir ~ '/ref') }}", mount: /app}
service_reload: {signal: HUP, url: "http://127.0.0.1:1/"}
service_config: [common]
service_peers: {all: {service: other, from: http}}
service_container:
  environment:
    HEAP: "{{ config.heap }}"
    ZONES: "{{ peer_parts.all | map(attribute='node') | join(',') }} {{ node.meta.rack }}"
service_registrations: [{port: 80}]
service_rollout: {drain: 0s}
"""
# A host that has to unpack code comes no further than that.
WITHOUT_CODE = "".join(line for line in SERVICE.splitlines(keepends=True) if not line.startswith(OF_CODE))
LOOKUPS = """
- hosts: node1
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('longshore.fleet.kv', 'longshore/config/common/heap') }}"
    - ansible.builtin.debug:
        msg: "{{ lookup('longshore.fleet.kv', 'longshore/config/common/') }}"
    - ansible.builtin.debug:
        msg: "{{ query('longshore.fleet.peers', item, from='http') }}"
      loop: [other, node, address]
      ignore_errors: true
"""


def payload_of(folder: Path) -> str:
    """Return a template that leaves a file; without blanks, so that git takes it for a name, too."""
    return "{{lookup('ansible.builtin.pipe','touch${IFS}FOLDER/ran')}}".replace("FOLDER", str(folder))


def entry(key: str, value: t.Any) -> dict[str, t.Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    encoded = base64.b64encode(text.encode()).decode()
    session = {"Session": "s-1"} if key.endswith("/lock") else {}
    return {"Key": key, "Value": encoded, "Flags": 0, "CreateIndex": 1, "ModifyIndex": 1, **session}


def kv_of(payload: str) -> list[dict[str, t.Any]]:
    """Return all that lies in the KV, with the payload wherever text may be."""
    image = {"reference": payload, "content": payload, "version": payload}
    record = {
        **dict.fromkeys(("service_file", "who", "where", "started", "commit", "previous", "ended"), payload),
        **dict.fromkeys(("session", "signature", "content", "back_to", "removed", "state"), payload),
        **{"id": "r-1", "service": "web", "image": image, "code": image, "config": [[payload, payload, 0]]},
        **{"rendered": {payload: payload}, "set_aside": [payload], "hosts": {payload: {"result": payload}}},
    }
    note = {"release": payload, "action": payload, "result": "failed", "message": payload, "when": payload}
    holder = {"session": "s-1", "who": payload, "where": payload, "since": payload, "purpose": payload}
    return [
        entry("longshore/config/common/heap", payload),
        entry(f"longshore/config/common/{payload}", payload),
        entry(f"{ROOT}/current", "r-1"),
        entry(f"{ROOT}/releases/r-1", record),
        entry(f"{ROOT}/releases/{payload}", record),
        entry(f"{ROOT}/nodes/node1/web", note),
        entry(f"{ROOT}/nodes/{payload}/{payload}", payload),
        entry(f"{ROOT}/lock", holder),
    ]


def agent_of(payload: str) -> dict[str, t.Any]:
    """Return the answers of Consul's agent, by path."""
    meta = {"longshore-instance": "web", "more": payload}
    service = {"ID": "web", "Service": "web", "Port": 80, "Address": "", "Tags": [payload], "Meta": meta}
    check = {"CheckID": "web:0", "ServiceID": "web", "Name": payload, "Status": "critical", "Output": payload}
    checks = [{**check, "Status": "passing"}]
    there = {"Node": {"Node": "node2", "Address": "10.0.0.2"}, "Checks": checks}
    instance = {"ID": payload, "Address": "10.0.0.2", "Port": 80, "Tags": [payload], "Meta": {payload: payload}}
    return {
        "agent/self": {
            "Config": {"NodeName": "node1", "Datacenter": "dc1", "Version": "1.8.7"},
            "Member": {"Addr": "127.0.0.1"},
            "Meta": {"rack": payload},
            "DebugConfig": {"EnableRemoteScriptChecks": False},
        },
        "agent/services": {"web": service},
        "agent/checks": {"web:0": {**check, "Notes": payload}},
        "catalog/service/web": [{"Node": payload, "Address": "10.0.0.2"}],
        "catalog/node/node1": {"Node": {}, "Services": {}},
        "health/service/other": [{**there, "Service": instance}],
        "health/service/node": [{**there, "Node": {"Node": payload, "Address": ""}, "Service": instance}],
        "health/service/address": [{**there, "Service": {**instance, "Address": payload}}],
    }


def engine_of(payload: str) -> dict[str, t.Any]:
    """Return the answers of the engine, by path."""
    labels = {
        "longshore.service": "web",
        "longshore.instance": "web",
        "longshore.image": payload,
        "longshore.version": payload,
        "longshore.wanted": json.dumps({"environment": {"HEAP": payload, payload: payload}}),
    }
    config = {"Labels": labels, "Image": payload, "Env": [f"HEAP={payload}"]}
    container = {
        "Id": "1",
        "Name": "/web",
        "State": {"Status": "running", "Pid": 1, "StartedAt": payload, "Health": {"Status": payload}},
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
        "Config": config,
    }
    return {
        "version": {"ApiVersion": "1.41", "Version": payload, "Os": "linux", "Arch": "amd64"},
        "info": {"NCPU": 2, "MemTotal": 1024**3, "Name": payload},
        "volumes": {"Volumes": []},
        "containers/json": [
            {"Id": "1", "Names": ["/web"], "Labels": labels, "Mounts": [], "ImageID": payload, "State": "running"}
        ],
        "containers/web/json": container,
        "containers/1/json": container,
        "distribution": {"Descriptor": {"digest": DIGEST}},
        "images": {"Id": DIGEST, "Config": config, "RepoTags": [payload], "RepoDigests": [payload]},
    }


class Stub(BaseHTTPRequestHandler):
    """Consul's agent at /v1/, the engine at all else; what it does not know fails with the payload."""

    payload: t.ClassVar[str] = ""

    def do_GET(self) -> None:
        path, _mark, query = self.path.partition("?")
        if not path.startswith("/v1/"):
            path = path.removeprefix("/v1.41").lstrip("/")
            answers = engine_of(self.payload)
            # Of an image, whatever its name is.
            self._tell(answers.get(path, answers.get(path.partition("/")[0])))
        elif path.startswith("/v1/kv/"):
            key = path.removeprefix("/v1/kv/")
            found = [e for e in kv_of(self.payload) if e["Key"] == key or ("re" in query and e["Key"].startswith(key))]
            self._tell([e["Key"] for e in found] if "keys" in query else found or None)
        else:
            self._tell(agent_of(self.payload).get(path.removeprefix("/v1/"), []))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/v1/txn"):
            asked = [operation["KV"]["Key"] for operation in json.loads(body)]
            trees = [{"KV": e} for key in asked for e in kv_of(self.payload) if e["Key"].startswith(key)]
            self._tell({"Results": trees, "Errors": None})
        else:
            self._tell({"ID": "s-1"} if "session/create" in self.path else True)

    def do_POST(self) -> None:
        self._tell({"Id": "2", "Warnings": [self.payload]} if "containers/create" in self.path else None)

    do_DELETE = do_HEAD = do_POST

    def log_message(self, *_arguments: t.Any) -> None:
        """Nothing: the output is the test's."""

    def _tell(self, answer: t.Any) -> None:
        body = json.dumps({"message": self.payload} if answer is None else answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Consul-Index", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def fleet(tmp_path: Path, playbook: str) -> t.Iterator[Path]:
    """Return a fleet's folder, whose host asks the stubs."""
    payload = payload_of(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Stub,), {"payload": payload}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"127.0.0.1:{server.server_address[1]}"
    variables = f'consul_url: "http://{address}", docker_host: "tcp://{address}", build_docker_host: "tcp://{address}"'
    interpreter = f"service_python: {HERE}, ansible_python_interpreter: {HERE}, ansible_connection: local"
    for name, text in {
        "services/web.yml": SERVICE if playbook == "reload" else WITHOUT_CODE,
        "config/common.yml": "heap: 1g\n",
        "lookups.yml": LOOKUPS,
        "hosts.yml": f"all: {{vars: {{{variables}, {interpreter}}}, hosts: {{node1: {{}}}}}}\n",
        f"code/{payload}": payload,
        "ref": payload,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    of_test = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", payload], ["tag", payload]):
        subprocess.run(["git", *of_test, *command], cwd=tmp_path / "code", check=True)
    yield tmp_path
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("playbook", "more", "reached"),
    [
        pytest.param("status", [], "check web:0 is critical: ", id="status"),
        pytest.param("history", [], "web is being deployed by ", id="history"),
        pytest.param("config", ["--check"], "heap: 1g", id="config"),
        pytest.param("unlock", [], "The deploy lock of web is held by ", id="unlock"),
        pytest.param("remove", [], "Docker could not update container 1: ", id="remove"),
        pytest.param("deploy", ["--check"], "environment.ZONES: (not there) -> node2 ", id="deploy"),
        pytest.param("rollback", [], " is not a valid release record: ", id="rollback"),
        pytest.param("restart", [], "environment.ZONES: (not there) -> node2 ", id="restart"),
        pytest.param("reload", [], "Docker could not read /code of container 2: ", id="reload"),
        pytest.param("lookups", [], "- 10.0.0.2:80", id="lookups"),
    ],
)
def test_what_consul_engine_and_repository_tell_is_never_a_template(
    fleet: Path, playbook: str, more: list[str], reached: str
) -> None:
    path = fleet / "lookups.yml" if playbook == "lookups" else f"longshore.fleet.{playbook}"
    command = ["ansible-playbook", "-i", fleet / "hosts.yml", path, "-e", "service=web", "--diff", *more]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert not (fleet / "ran").exists(), said
    assert "Traceback" not in said
    assert reached in said, said
    assert payload_of(fleet) in said.replace("''", "'"), said  # as YAML quotes it in a diff
