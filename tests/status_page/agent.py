# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent of Consul that serves the page and denies what no token allows, with the data of a fleet in it."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import subprocess
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from tests.status_page.browser import free_port, wait_for

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "roles/consul/files/status.html"
POLICY = REPOSITORY / "roles/consul/templates/status.hcl.j2"
MANAGEMENT = "11111111-2222-3333-4444-555555555555"
ROOT = "longshore/services"
# Of one transaction.
OPERATIONS = 64

Operation = dict[str, t.Any]


def written_by_the_role(version: str, folder: str) -> dict[str, t.Any]:
    """Return how the role consul has an agent of a version serve the page."""
    variables = {"__consul_version": version, "__consul_page": folder}
    command = ["ansible", "localhost", "-m", "ansible.builtin.debug", "-a", "var=__consul_page_config"]
    files = ["-e", f"@{REPOSITORY}/roles/consul/vars/main.yml", "-e", json.dumps(variables)]
    said = subprocess.check_output([*command, *files], text=True, cwd=REPOSITORY)
    return t.cast(dict[str, t.Any], yaml.safe_load(said.partition("=>")[2])["__consul_page_config"])


class Refused(AssertionError):
    """An agent has answered with an error."""


class Agent:
    """A server in development mode, alone. ``token``: of the policy longshore-status, by which status.yml reads."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder, self.port = program, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.version = re.findall(r"v([\d.]+)", subprocess.check_output([program, "version"], text=True))[0]
        self.token = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.folder / "ui").mkdir(exist_ok=True)
        (self.folder / "ui/index.html").write_bytes(PAGE.read_bytes())
        (self.folder / "agent.json").write_text(json.dumps(self._config()), encoding="utf-8")
        log = (self.folder / "log").open("ab")
        command = [
            self.program,
            "agent",
            "-dev",
            "-node=n1",
            "-bind=127.0.0.1",
            f"-config-file={self.folder}/agent.json",
        ]
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self._is_up, 60, f"{self.program}, see {self.folder}/log")
        self.make_token()

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(30)

    def _config(self) -> dict[str, t.Any]:
        """Return what the role consul writes of the page for this version, and what keeps the agent to itself."""
        page = written_by_the_role(self.version, f"{self.folder}/ui")
        ports = {name: free_port() for name in ("server", "serf_lan")}
        first = "master" if tuple(map(int, self.version.split("."))) < (1, 11) else "initial_management"
        return {
            **page,
            "ports": {**ports, "http": self.port, "serf_wan": -1, "dns": -1, "grpc": -1},
            "acl": {"enabled": True, "default_policy": "deny", "tokens": {first: MANAGEMENT, "agent": MANAGEMENT}},
            "disable_update_check": True,
            "limits": {"txn_max_req_len": 8 * 1024 * 1024},  # for tests that fill it
        }

    def _is_up(self) -> bool:
        """Return whether it answers, and knows its tokens: until it has read its log it calls them unknown."""
        with contextlib.suppress(OSError, Refused):
            return bool(self.ask("GET", "kv/?keys", missing=[]) is not None and self.ask("GET", "catalog/nodes"))
        return False

    def ask(self, method: str, path: str, body: t.Any = None, missing: t.Any = None) -> t.Any:
        """Return the answer to somebody who may do everything; ``missing`` where there is nothing."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1/{path}", data, {"X-Consul-Token": MANAGEMENT}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            if error.code == 404 and missing is not None:
                return missing
            raise Refused(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error

    def make_token(self) -> None:
        rules = POLICY.read_text(encoding="utf-8").replace("{{ consul_kv_prefix }}", "longshore")
        self.ask("PUT", "acl/policy", {"Name": "longshore-status", "Rules": rules})
        made = self.ask("PUT", "acl/token", {"Policies": [{"Name": "longshore-status"}]})
        self.token = made["SecretID"]

    def put(self, path: str, value: t.Any) -> None:
        """Write one value below the services of the fleet, as JSON unless it is text."""
        data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.ask("PUT", f"kv/{ROOT}/{path}", data)

    def apply(self, operations: t.Iterable[Operation]) -> None:
        every = iter(operations)
        while some := list(itertools.islice(every, OPERATIONS)):
            self.ask("PUT", "txn", some)
