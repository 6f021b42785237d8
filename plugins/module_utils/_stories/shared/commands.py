# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's own short commands in its running container, of which no process stays behind."""

from __future__ import annotations

import typing as t
import uuid

from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import execute
from ansible_collections.longshore.fleet.plugins.module_utils._clients.processes import end_marked
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import trying
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Laps

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Last lines of output that a failure shows.
LINES = 30
# By this entry of their environment the processes of one command are known.
MARKER = "LONGSHORE_COMMAND"


def run_commands(host: Host, container: str, wanted: InstanceSpec) -> dict[str, float]:
    """Run ``service_reload.commands`` one after the other, in the folder of the current release; all must succeed.

    What they took together, in seconds.
    """
    if wanted.reload is None or wanted.code is None or not wanted.reload.commands:
        return {}
    laps = Laps()
    for command in wanted.reload.commands:
        _run(host, container, command, wanted.code.working_dir, wanted.reload.command_timeout)
    laps.end("commands")
    return laps.seconds


def run_commands_again(host: Host, container: str, wanted: InstanceSpec) -> str:
    """Run them after a way back, as they have left something of the new code; return a sentence where they fail."""
    return trying(lambda: run_commands(host, container, wanted))


def _run(host: Host, container: str, command: t.Sequence[str], working_dir: str, timeout: float) -> None:
    marker = f"{MARKER}={uuid.uuid4().hex}"
    options = {"workdir": working_dir, "environment": [marker]}
    try:
        code, output = execute(host.docker, container, list(command), timeout, **options)
    finally:
        end_marked(marker)
    if code:
        raise _failed(command, f"failed with exit code {code}", output)
    if code is None:
        raise _failed(command, f"did not end within {timeout:g} s and was stopped", output)


def _failed(command: t.Sequence[str], how: str, output: str) -> Failure:
    lines = output.splitlines()[-LINES:]
    shown = as_log(lines)
    return Failure(f"service_reload.commands: {' '.join(command)} {how}.{shown}", logs=lines)
