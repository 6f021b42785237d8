# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container of its own, made like the instance's and removed when the command has ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_options import create_arguments
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.container import one_off_options
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import without_mounts_at
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import one_off_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.unpack import staged, unpack
from ansible_collections.longshore.fleet.plugins.module_utils._stories.files.stage import showing
from ansible_collections.longshore.fleet.plugins.module_utils._stories.image.pull import pull
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.replace import (
    make_directories,
    owner_of_secrets,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.restore import with_secrets
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, refuse_foreign
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.output_frames import Output

# Last lines of the command's output that are kept.
LINES = 30
# Waits for a command's end: exit code and last lines.
End = t.Callable[[], tuple[int, list[str]]]


def run_one_off(
    host: Host, wanted: InstanceSpec, purpose: str, command: list[str], timeout: float
) -> tuple[int, list[str]]:
    """Run a command as ``started_one_off`` does, and waits for its end: exit code and last lines."""
    with started_one_off(host, wanted, purpose, command, timeout) as end:
        return end()


def run_to_its_end(
    host: Host, wanted: InstanceSpec, purpose: str, command: list[str], timeout: float
) -> tuple[int | None, Output]:
    """Run a command as ``started_one_off`` does: (exit code, output). The code is None where it did not end in time."""
    from ansible_collections.longshore.fleet.plugins.module_utils._clients.container_log import read_output

    with _started(host, wanted, purpose, command) as container:
        state = _end_of(host, container, command, Deadline(timeout))
        output = read_output(host.docker, container, bool(wanted.container.options.get("tty")))
        return (int(state["ExitCode"]) if state else None), output


@contextlib.contextmanager
def started_one_off(
    host: Host, wanted: InstanceSpec, purpose: str, command: list[str], timeout: float
) -> t.Iterator[End]:
    """Start a command with the wanted image, environment, mounts, files, network, user and secrets; yield what waits.

    ``purpose`` is part of the container's name, so that the next run finds what a killed one has left.
    Longer than ``timeout`` seconds is a ``Failure``.
    Where there are secrets, ``wanted`` must have been made with the host's key (``secrets.make_key``).
    """
    with _started(host, wanted, purpose, command) as container:
        deadline = Deadline(timeout)
        yield lambda: _ended(host, container, command, deadline)


@contextlib.contextmanager
def _started(host: Host, wanted: InstanceSpec, purpose: str, command: list[str]) -> t.Iterator[str]:
    """Yield the container that runs the command; it is removed afterwards, with all that runs in it."""
    name = one_off_of(wanted.container.name, purpose)
    pull(host, wanted)
    make_directories(host, wanted)
    refuse_foreign(host, wanted.container.name, name)
    host.docker.remove(name)
    with _secret_files(host, wanted) as folder, _options(host, wanted, name, command) as made:
        arguments = create_arguments(with_secrets(wanted.secrets, folder, made), host.docker.api_version)
        try:
            container = host.docker.create(**{**arguments, "image": wanted.container.reference, "name": name})
            host.docker.start(container)
            yield container
        finally:
            host.docker.remove(name)


@contextlib.contextmanager
def _options(host: Host, wanted: InstanceSpec, name: str, command: list[str]) -> t.Iterator[dict[str, t.Any]]:
    """Yield the container's options; the wanted code and files are in it, whether or not they are live already."""
    options = one_off_options(wanted.container, command)
    with contextlib.ExitStack() as while_it_runs:
        if wanted.code is not None:
            unpack(host, wanted.code)
            paths = [file.path for file in wanted.files]
            stage = while_it_runs.enter_context(staged(wanted.code, name, paths))
            options = wanted.code.staged(options, stage)
        if wanted.files:
            mounts = while_it_runs.enter_context(showing(host, wanted, name, options))
            options = without_mounts_at([mount["target"] for mount in mounts], options)
            options = {**options, "mounts": [*(options.get("mounts") or ()), *mounts]}
        yield options


def _end_of(host: Host, container: str, command: list[str], deadline: Deadline) -> dict[str, t.Any] | None:
    """Wait for the container's end and return its state; None where the time is up."""

    def is_over() -> dict[str, t.Any] | None:
        answer = host.docker.inspect(container)
        if answer is None:
            raise Failure(f"{' '.join(command)}: its container was removed by somebody else")
        state: dict[str, t.Any] = answer["State"]
        return state if state["Status"] in ("exited", "dead") else None

    return deadline.wait_for(is_over, 0.05)


def _ended(host: Host, container: str, command: list[str], deadline: Deadline) -> tuple[int, list[str]]:
    state = _end_of(host, container, command, deadline)
    lines = host.docker.last_lines(container, LINES)
    if state is None:
        shown = as_log(lines)
        raise Failure(
            f"{' '.join(command)}: did not end within {deadline.limit:g} s and was stopped.{shown}",
            logs=lines,
        )
    return int(state["ExitCode"]), lines


@contextlib.contextmanager
def _secret_files(host: Host, wanted: InstanceSpec) -> t.Iterator[str]:
    """Yield the folder of the instance's secret files; made for the time being where no container has them yet."""
    instance, digests = wanted.container.name, wanted.container.secrets
    folder = secrets.folder(instance, digests)
    had_them = os.path.isdir(folder)
    if secrets.lost(instance, digests, secrets.read_key()):
        secrets.write_files(wanted.secrets, folder, owner_of_secrets(host, wanted))
    try:
        yield folder
    finally:
        if not had_them:
            shutil.rmtree(folder, ignore_errors=True)
