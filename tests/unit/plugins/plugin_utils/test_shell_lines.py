# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.plugin_utils._shell_lines import shell_lines

IMAGE = {"reference": "r/web@sha256:1", "content": "c-1", "version": None}
WEB = {"name": "web", "port": 80, "meta": {"a": "b"}, "checks": [{"tcp": "192.0.2.1:80", "interval": "10s"}]}


def lines(wanted: dict[str, t.Any], secrets: dict[str, t.Any] | None = None, **connections: t.Any) -> list[str]:
    """Return the lines of an instance, as one line each."""
    params = {"name": "web", "service": None, "image": IMAGE, "wanted": wanted, "secrets": secrets or {}}
    found = shell_lines(InstanceSpec.from_options(params, {}), connections)
    return [line.replace(" \\\n  ", " ") for line in found]


RUN = (
    "docker run --detach --name web --network host --restart always --log-driver json-file --log-opt max-size=10m"
    " --log-opt max-file=9"
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({}, [f"{RUN} r/web@sha256:1"], id="the least"),
        pytest.param({"container": {"command": ["a b"]}}, [f"{RUN} r/web@sha256:1 'a b'"], id="quoted"),
        pytest.param(
            {"directories": [{"path": "/srv/a b", "owner": 7, "mode": "0750"}]},
            [
                "test -d '/srv/a b' || install --directory --owner 7 --group 7 --mode 0750 '/srv/a b'",
                f"{RUN} r/web@sha256:1",
            ],
            id="a directory",
        ),
        pytest.param(
            {"files": [{"path": "/srv/x", "content": "y"}]},
            ["# before the start: the file /srv/x, see service_files", f"{RUN} r/web@sha256:1"],
            id="a file",
        ),
        pytest.param(
            {"container": {"healthcheck": {"test": ["CMD", "x"]}}},
            ["# docker run has no option for service_container.healthcheck"],
            id="what docker run cannot say",
        ),
    ],
)
def test_run(wanted: dict[str, t.Any], expected: list[str]) -> None:
    assert lines(wanted)[: len(expected)] == expected


def test_secrets_are_named_and_not_told() -> None:
    told = lines({"container": {"environment": {"A": "1"}}}, {"TOKEN": "swordfish", "/run/x": "hunter2", "/etc/a": "c"})
    assert told == [
        "# secrets, taken from the shell's environment: TOKEN",
        "# secrets, files of mode 0600 in the folder $SECRETS: 0 is /etc/a, 1 is /run/x",
        "docker run --detach --name web --network host --restart always --env A=1 --log-driver json-file --log-opt"
        " max-size=10m --log-opt max-file=9 --env TOKEN"
        ' --mount type=bind,source="$SECRETS"/0,target=/etc/a,readonly'
        ' --mount type=bind,source="$SECRETS"/1,target=/run/x,readonly r/web@sha256:1',
    ]


@pytest.mark.parametrize(
    ("connections", "begins"),
    [
        pytest.param({}, "--data", id="as a rule"),
        pytest.param(
            {"consul_token": "swordfish"}, '--header "X-Consul-Token: $CONSUL_HTTP_TOKEN" --data', id="with a token"
        ),
        pytest.param(
            {"consul_tls": {"ca_file": "/ca", "client_cert": "/c", "client_key": None, "verify": False}},
            "--cacert /ca --cert /c --insecure --data",
            id="by TLS",
        ),
    ],
)
def test_registration(connections: dict[str, t.Any], begins: str) -> None:
    line = lines({"registrations": [WEB]}, **connections)[-1]
    assert line.startswith(f"curl --fail --request PUT {begins} ")
    assert line.endswith(" http://127.0.0.1:8500/v1/agent/service/register")
    assert "swordfish" not in line
    assert '"Meta": {"a": "b"}' in line
    assert "longshore" not in line
    assert "Status" not in line


def test_another_engine_and_agent() -> None:
    run, register = lines({"registrations": [WEB]}, docker_host="tcp://a:1", consul_url="https://a:8501/")
    assert run.startswith("docker --host tcp://a:1 run --detach")
    assert register.endswith(" https://a:8501/v1/agent/service/register")


def test_sidecars_stand_in_the_order_of_their_start() -> None:
    images = {name: {"reference": f"r/{name}", "content": "c"} for name in ("nginx", "init", "tools")}
    sidecars = {
        "nginx": {"files": [{"path": "/srv/x", "content": "y"}]},
        "init": {"once": True},
        "tools": {"start": "before", "ready": "test -e /x"},
    }
    params = {"name": "web", "service": None, "image": {**IMAGE, "sidecars": images}, "secrets": {}}
    found = shell_lines(InstanceSpec.from_options({**params, "wanted": {"sidecars": sidecars}}, {}), {})
    told = [line if line.startswith("#") else line.split("--name ")[1].split()[0] for line in found]
    assert told == [
        "# sidecar init: must end with 0 before what follows",
        "web.init",
        "# sidecar tools: started before the main container; ready when test -e /x succeeds in it",
        "web.tools",
        "web",
        "# sidecar nginx: started after the main container",
        "# before the start: the file /srv/x, see service_sidecars",
        "web.nginx",
    ]
