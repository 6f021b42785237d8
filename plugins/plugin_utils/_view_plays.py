# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which plays and tasks the rollout view knows, by the names that the playbooks give them."""

from __future__ import annotations

import typing as t

ROLES = ("longshore.fleet.service", "longshore.fleet.docker")
# The plays of playbooks/run.yml. Other plays of the role have something of their own to show.
STAGES = ("Prepare", "Preflight", "Once", "Roll", "Watch", "Go back", "Close", "Leave")
ROLLING = ("Once", "Roll", "Watch", "Go back")
# The plays that tell by themselves what they found or did, so that nothing of Ansible is shown around it.
TELLING = (
    "Show what runs",
    "Show what was released",
    "Show the log lines",
    "Show the service",
    "Choose where the command is run",
    "Run the command",
    "Roll the stack",
    "Tell what the hosts lack",
    "Drain",
    "Undrain",
    "Clean up",
    "Return",
    "Begin",
    "Remove",
)
# The play of config.yml, which begins each deploy of a whole fleet: where nothing changes it has nothing to show.
CONFIGURATION = "Bring the files of config/ into Consul's KV"
# Stages of one host: whose failures are in the report of all hosts, which follows, and that have a line of their own.
PREFLIGHT = ("gather", "preflight")
LAUNCHES = ("roll", "back", "watch")
REMOVAL = "remove"
ONCE = "once"  # skipped where the service has no such tasks
Result = t.Any


def is_told(name: str, tasks: t.Iterable[t.Any]) -> bool:
    """Return whether a play is shown in the view's own words; ``tasks``: its blocks and tasks."""
    return name in (*STAGES, *TELLING) and _is_of_our_roles(tasks)


def stage_of_host(result: Result) -> str:
    """Return the stage that one host was carried through; empty for other tasks."""
    return str(result.task.args.get("stage")) if result.task.action == "longshore.fleet.instance" else ""


def _is_of_our_roles(entries: t.Iterable[t.Any]) -> bool:
    """Return whether one of these blocks and tasks comes from one of the roles."""
    for entry in entries:
        role = getattr(entry, "_role", None)
        if (role and role.get_name() in ROLES) or _is_of_our_roles(getattr(entry, "block", None) or ()):
            return True
    return False
