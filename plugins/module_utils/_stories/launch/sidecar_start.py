# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The start of one sidecar: until it is ready, or has run to its end."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import execute
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline

if t.TYPE_CHECKING:
    from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar import Sidecar
    from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host

# Last lines of a log, or of a command's output, that a failure shows.
LINES = 20
# Seconds between two looks, and for one run of the command ``ready``.
EVERY, LONGEST = 0.3, 10.0
Words = t.Sequence[str]


def start_and_wait(host: Host, name: str, container: str, ready: Words, limit: float) -> None:
    """Start a sidecar's container, or see that it runs, and wait until its command ``ready`` succeeds."""
    answer = host.docker.inspect(container)
    if answer and answer["State"]["Status"] == "paused":
        host.docker.unpause(container)
    elif not (answer and answer["State"]["Running"]):
        host.docker.start(container)
    if not ready:
        return
    deadline, said = Deadline(limit), [""]

    def is_ready() -> bool:
        _refuse_end(host, name, container)
        code, said[0] = execute(host.docker, container, list(ready), min(LONGEST, max(0.1, deadline.left)))
        return code == 0

    try:
        if not deadline.wait_for(is_ready, EVERY):
            shown = as_log(said[0].splitlines()[-LINES:])
            within = f"within {limit:g} s (service_gate.timeout)"
            raise Failure(f"sidecar {name}: {' '.join(ready)} did not succeed {within}.{shown}")
    except Failure as failure:
        logs = host.docker.last_lines(container, LINES)
        raise Failure(f"{failure}{as_log(logs)}", logs=logs) from failure


def _refuse_end(host: Host, name: str, container: str) -> None:
    answer = host.docker.inspect(container)
    if answer is None:
        raise Failure(f"sidecar {name}: its container was removed by somebody else")
    state = answer["State"]
    if not state["Running"] or state["Restarting"]:
        raise Failure(f"sidecar {name}: its container ended with exit code {state['ExitCode']} before it was ready")


def run_once(host: Host, sidecar: Sidecar, main: str, limit: float, put: t.Callable[[], str]) -> None:
    """Have a sidecar run to its end, unless it has for this main container; ``put``: makes the container.

    Its container stays until the instance has passed its gate: a launch that is killed before does not repeat it.
    """
    answer = host.docker.inspect(main)
    if answer and answer["State"]["Status"] != "created":
        return  # it was started once, so this had ended well before
    name = sidecar.container.name
    there = host.docker.inspect(name)
    is_same = bool(there) and sidecar.container.made(FoundContainer.from_inspect(t.cast("dict[str, t.Any]", there)))
    state = there["State"] if there else {}
    if is_same and state["Status"] == "exited" and state["ExitCode"] == 0:
        return
    if there and not (is_same and state["Status"] == "running"):
        host.docker.remove(there["Id"])
    container = put()
    if not (is_same and state["Status"] == "running"):
        host.docker.start(container)
    _wait_for_end(host, sidecar.name, container, limit)


def _wait_for_end(host: Host, name: str, container: str, limit: float) -> None:
    def ended() -> dict[str, t.Any] | None:
        answer = host.docker.inspect(container)
        if answer is None:
            raise Failure(f"sidecar {name}: its container was removed by somebody else")
        state: dict[str, t.Any] = answer["State"]
        return state if state["Status"] in ("exited", "dead") else None

    state = Deadline(limit).wait_for(ended, EVERY / 3)
    if state and state["ExitCode"] == 0:
        return
    logs = host.docker.last_lines(container, LINES)
    late = f"did not end within {limit:g} s (service_gate.timeout)"
    how = f"ended with exit code {state['ExitCode']}" if state else late
    what = f"sidecar {name}: {how}; it must end with 0 before the main container starts."
    raise Failure(f"{what}{as_log(logs)}", logs=logs)
