# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A single command of a user's, in a running instance or in a container made like it, of which nothing stays behind."""

from __future__ import annotations

import shlex
import typing as t
import uuid
from dataclasses import replace

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.agent import Agent
from ansible_collections.longshore.fleet.plugins.module_utils._clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_log import READABLE
from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._durations import some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._hiding import masking_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._masking import masked
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import sidecar_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import command_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.status import as_last_applied
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.held_secrets import held_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import Output

Result = dict[str, t.Any]
# By this entry of their environment the processes of one command are known.
MARKER = "LONGSHORE_COMMAND"
# Part of the name of the container that a command gets of its own.
PURPOSE = "exec"


def single_command(params: Result, check: bool) -> Result:
    """Run the command and return the module's result; in check mode only see whether it could be run.

    A command that fails, or does not end in time, is a ``Failure`` with the same result.
    """
    host = Host(Docker(params["docker_host"]), Agent(Consul.from_options(params)))
    command = list(command_of(params["command"], "command"))
    timeout = some_seconds(params["timeout"], "timeout")
    answer = _container(host.docker, params)
    values = held_secrets(answer)

    def story() -> Result:
        if check:
            return {"changed": True}
        run = _in_one_off if params["one_off"] else _in_instance
        code, output = run(host, answer, command, timeout)
        result = {"changed": True, "rc": code, "output": masked(output.text, values), "cut": output.is_cut}
        if code == 0:
            return result
        how = f"did not end within {timeout:g} s and was ended" if code is None else f"exit status {code}"
        raise Failure(f"{shlex.join(command)}: {how}", **result)

    return masking_secrets(story, values)


def _container(docker: Docker, params: Result) -> Result:
    """Return the engine's answer to ``inspect`` of the container that is asked for."""
    sidecar = params.get("sidecar")
    if not sidecar:
        return _instance(docker, params["name"], params["one_off"])
    if params["one_off"]:
        raise Failure("one_off: a command in a sidecar runs in its own container; remove one_off, or sidecar")
    name = sidecar_of(params["name"], sidecar)
    answer = docker.inspect(name)
    found = FoundContainer.from_inspect(answer) if answer else None
    if answer is None or found is None or found.instance != params["name"] or not found.sidecar:
        raise Failure(f"There is no sidecar {sidecar} of {params['name']} on this host. status.yml shows what runs.")
    if found.state != "running":
        raise Failure(f"The container {name} is {found.state}, so no command can be run in it.")
    return answer


def _instance(docker: Docker, name: str, one_off: bool) -> Result:
    """Return the engine's answer to ``inspect`` of an instance in which, or like which, a command can be run."""
    answer = docker.inspect(name)
    if answer is None or FoundContainer.from_inspect(answer).instance != name:
        raise Failure(f"There is no instance {name} on this host. status.yml shows what runs.")
    state = answer["State"]["Status"]
    if state != "running" and not one_off:
        raise Failure(
            f"The container {name} is {state}, so no command can be run in it. In a container of its own, made like"
            " this one, it can: one_off: true"
        )
    return answer


def _in_instance(host: Host, answer: Result, command: list[str], timeout: float) -> tuple[int | None, Output]:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import run_within
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.processes import end_marked

    marker = f"{MARKER}={uuid.uuid4().hex}"
    try:
        return run_within(host.docker, answer["Id"], command, timeout, environment=[marker])
    finally:
        end_marked(marker)


def _in_one_off(host: Host, answer: Result, command: list[str], timeout: float) -> tuple[int | None, Output]:
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.one_off import run_to_its_end

    wanted = as_it_runs(answer)
    name = wanted.container.name
    gone = secrets.lost(name, wanted.container.secrets, secrets.read_key())
    if gone:
        raise Failure(f"The secret files of {name} are not on this host ({', '.join(gone)}). Deploy it (deploy.yml).")
    try:
        with notes.exclusively(f"{name}.{PURPOSE}", wait=0):
            return run_to_its_end(host, wanted, PURPOSE, command, timeout)
    except notes.AtWorkError as error:
        raise Failure(
            f"Another command is at work on this host in a container made like {name}. Run again when it has ended."
        ) from error


def as_it_runs(answer: Result) -> InstanceSpec:
    """Return an instance by its container: image, secrets and, in the place of stand-ins, what it has of its peers.

    Its code and its files are those of the host that it mounts.
    """
    found = FoundContainer.from_inspect(answer)
    spec, options = as_last_applied(found), dict(found.wanted)
    if options.get("environment"):
        names = [name for name in options["environment"] if f"environment.{name}" in found.ran]
        options["environment"] = {name: found.ran[f"environment.{name}"] for name in names}
    if options.get("extra_hosts"):
        entries = answer["HostConfig"].get("ExtraHosts") or ()
        options["extra_hosts"] = dict(entry.split(":", 1) for entry in entries)
    if (options.get("log_config") or {}).get("type") not in READABLE:
        options["log_config"] = {"type": READABLE[0], "config": {}}  # its output is to be shown
    container = replace(spec.container, reference=answer["Config"]["Image"], options=options)
    return replace(spec, container=container, secrets=held_secrets(answer))
