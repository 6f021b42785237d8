# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy does for one instance, as lines for a shell of its host: of a secret, where it comes from alone."""

from __future__ import annotations

import json
import shlex
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._connections import CONSUL_URL, DOCKER_HOST
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import Registration
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import OURS
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import AFTER, BEFORE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Directory, InstanceSpec
from ansible_collections.longshore.fleet.plugins.plugin_utils._docker_run import docker_run

Values = dict[str, t.Any]
BREAK = " \\\n  "
# Of consul_tls, what curl has an option for.
CURL = {"ca_file": "--cacert", "ca_path": "--capath", "client_cert": "--cert", "client_key": "--key"}


def shell_lines(wanted: InstanceSpec, connections: Values) -> list[str]:
    """Return the lines; ``connections``: the options of launch that name the agent and the engine."""
    return [
        *(_directory(directory) for directory in wanted.directories),
        *(f"# before the start: the file {file.path}, see service_files" for file in wanted.files),
        *([f"# before the start: the code, in {wanted.code.path}"] if wanted.code else []),
        *_secrets(wanted.secrets),
        *_sidecars(wanted, BEFORE, connections),
        *_run(wanted, connections),
        *_sidecars(wanted, AFTER, connections),
        *(_register(registration, connections) for registration in wanted.registrations),
    ]


def _directory(directory: Directory) -> str:
    owner = f"--owner {directory.owner} --group {directory.group} --mode {directory.mode:04o}"
    path = shlex.quote(directory.path)
    return f"test -d {path} || install --directory {owner} {path}"


def _files(secrets: t.Iterable[str]) -> list[str]:
    return sorted(name for name in secrets if name.startswith("/"))


def _secrets(secrets: Values) -> list[str]:
    """Return from where the values are taken that stand in no line."""
    names = sorted(name for name in secrets if not name.startswith("/"))
    lines = [f"# secrets, taken from the shell's environment: {', '.join(names)}"] if names else []
    paths = ", ".join(f"{number} is {path}" for number, path in enumerate(_files(secrets)))
    return [*lines, *([f"# secrets, files of mode 0600 in the folder $SECRETS: {paths}"] if paths else [])]


def _run(wanted: InstanceSpec, connections: Values) -> list[str]:
    container = wanted.container
    lines, unsaid = docker_run(container.name, container.reference, container.options)
    host = connections.get("docker_host", DOCKER_HOST)
    if host != DOCKER_HOST:
        lines[0][1:1] = ["--host", host]
    words = [" ".join(map(shlex.quote, line)) for line in lines]
    words[-1:-1] = [f"--env {shlex.quote(name)}" for name in sorted(wanted.secrets) if not name.startswith("/")]
    for number, path in enumerate(_files(wanted.secrets)):
        words.insert(-1, f'--mount type=bind,source="$SECRETS"/{number},target={shlex.quote(path)},readonly')
    return [*(f"# docker run has no option for service_container.{option}" for option in unsaid), BREAK.join(words)]


def _sidecars(wanted: InstanceSpec, start: str, connections: Values) -> t.Iterator[str]:
    """Yield the lines of the sidecars that are started before or after the main container."""
    for sidecar in wanted.sidecars:
        if sidecar.start == start:
            how = "must end with 0 before what follows" if sidecar.once else f"started {start} the main container"
            ready = f"; ready when {' '.join(sidecar.ready)} succeeds in it" if sidecar.ready else ""
            yield f"# sidecar {sidecar.name}: {how}{ready}"
            yield from (f"# before the start: the file {file.path}, see service_sidecars" for file in sidecar.files)
            yield from _run(wanted.of_sidecar(sidecar), connections)


def _register(registration: Registration, connections: Values) -> str:
    """Return the call that registers it, without what marks it as Longshore's."""
    body = registration.to_api("critical")
    meta = {key: value for key, value in body.pop("Meta").items() if key not in OURS}
    checks = [{key: value for key, value in check.items() if key != "Status"} for check in body.pop("Checks")]
    body = {**body, **({"Meta": meta} if meta else {}), **({"Checks": checks} if checks else {})}
    url = connections.get("consul_url", CONSUL_URL).rstrip("/")
    words = ["curl --fail --request PUT", *_trust(connections.get("consul_tls") or {})]
    if connections.get("consul_token"):
        words.append('--header "X-Consul-Token: $CONSUL_HTTP_TOKEN"')
    words += [f"--data {shlex.quote(json.dumps(body))}", shlex.quote(f"{url}/v1/agent/service/register")]
    return BREAK.join(words)


def _trust(tls: Values) -> list[str]:
    files = [f"{flag} {shlex.quote(tls[name])}" for name, flag in CURL.items() if tls.get(name)]
    return [*files, *(["--insecure"] if tls.get("verify") is False else [])]
