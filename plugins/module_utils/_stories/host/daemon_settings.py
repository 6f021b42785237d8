# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the engine: merged into its daemon.json and taken over, while the containers keep running."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.daemon import Daemon, State
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure, as_log
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_rules import flags_of, problems
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.daemon_settings import (
    NONE,
    RELOAD,
    RESTART,
    Difference,
    Settings,
    as_text,
    difference,
    merged,
)

Result = dict[str, t.Any]


def set_up(daemon: Daemon, wanted: Settings, check: bool) -> Result:
    """Make the engine's settings as they are wanted, by the mildest of: nothing, a reload, a restart.

    All that can be refused is refused before the file is written.
    """
    there = daemon.settings()
    after = merged(there, wanted)
    asked = difference(daemon.loaded(), after)
    result: Result = {"changed": there != after or asked.action != NONE, **_told(there, after, asked)}
    if not result["changed"]:
        return result
    state = _refuse_wrong(daemon, after, asked)
    if not check:
        result["warnings"] = _take_over(daemon, after, asked, state)
    return result


def _told(there: Settings, after: Settings, asked: Difference) -> Result:
    # A file that was changed and changed back, before the engine read it: it may read it again.
    action = RELOAD if asked.action == NONE and there != after else asked.action
    return {
        "action": action,
        "keys": {"reload": list(asked.reload), "restart": list(asked.restart)},
        "diff": {"before": as_text(there), "after": as_text(after)},
    }


def _refuse_wrong(daemon: Daemon, after: Settings, asked: Difference) -> State | None:
    """Refuse settings that the engine would not start with, and a restart that would cost containers."""
    version, flags = daemon.version(), flags_of(daemon.arguments())
    found = problems(after, flags, version, daemon.unit)
    if found:
        raise Failure(f"{daemon.path}: nothing was changed:" + "".join(f"\n- {problem}" for problem in found))
    daemon.validate(after, version)
    state = daemon.state()
    if state is not None:
        _refuse_loss(after, asked, state, "live-restore" in flags)
    return state


def _refuse_loss(after: Settings, asked: Difference, state: State, by_flag: bool) -> None:
    keeps = by_flag or after.get("live-restore") is True
    if keeps and state.swarm:
        raise Failure(
            "This engine is part of a swarm, in which it refuses live-restore. Set docker_live_restore to false for"
            " this host, or take it out of the swarm (docker swarm leave). Nothing was changed."
        )
    if asked.action != RESTART or not state.running:
        return
    containers = f"the running container{'s' if len(state.running) > 1 else ''} {', '.join(sorted(state.running))}"
    if not keeps:
        raise Failure(
            f"{', '.join(asked.restart)}: needs a restart of the engine, which would end {containers}, as live-restore"
            " is off. Set live-restore to true, or remove the containers first. Nothing was changed."
        )
    if asked.unrestorable:
        raise Failure(
            f"{', '.join(asked.unrestorable)}: with another value the engine would lose {containers}: live-restore"
            " finds them only where the engine kept them, and in the networks that they had. Remove the containers"
            " first. Nothing was changed."
        )


def _take_over(daemon: Daemon, after: Settings, asked: Difference, state: State | None) -> list[str]:
    """Write the settings and have the engine take them over; put the old ones back where it does not.

    Return warnings.
    """
    if state is None:
        daemon.write(after)
        daemon.forget_previous()
        return []
    since, loaded = time.time(), daemon.loaded()
    daemon.keep_previous()
    daemon.write(after)
    # A restart keeps the containers only where the engine that ends has live-restore already.
    first_reload = asked.action != RESTART or (bool(state.running) and not state.live_restore)
    if first_reload and not _reloaded(daemon, asked):
        complaints = daemon.complaints(since)
        daemon.write(loaded)
        daemon.reload()
        daemon.forget_previous()
        raise Failure(
            f"The engine did not take the new settings over; the old ones are back in {daemon.path}."
            f"{as_log(complaints)}"
        )
    warnings = _restart(daemon, loaded, state, since) if asked.action == RESTART else []
    daemon.forget_previous()
    return warnings


def _reloaded(daemon: Daemon, asked: Difference) -> bool:
    """Reload the engine, and tell whether it took it; before a restart also whether it now keeps its containers."""
    if not daemon.reload():
        return False
    state = daemon.state()
    return asked.action != RESTART or (state is not None and state.live_restore)


def _restart(daemon: Daemon, loaded: Settings, before: State, since: float) -> list[str]:
    after = daemon.restart()
    if after is None:
        complaints = daemon.complaints(since)
        daemon.write(loaded)
        back = "it runs again" if daemon.restart() else "and does not start with them either"
        daemon.forget_previous()
        raise Failure(
            f"The engine does not start with the new settings; the old ones are back in {daemon.path}, {back}."
            f"{as_log(complaints)}"
        )
    gone = ", ".join(sorted(before.running - after.running))
    return [f"ran before the restart of the engine, and do not now: {gone}; docker ps --all tells why"] if gone else []
