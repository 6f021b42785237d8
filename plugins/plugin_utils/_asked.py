# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What logs.yml and exec.yml ask of a service's instances, kept for the plays that follow."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._durations import some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import command_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.log_lines import pattern_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact, Result
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import switched_on

ONE, ALL, LEADER = "one", "all", "leader"
WHERE = (ONE, ALL, LEADER)


@dataclass(frozen=True)
class Asked(Fact):
    """``hosts``: those of the service. Of logs.yml: ``lines``, ``since`` and ``grep``. Of exec.yml: ``command``,
    ``timeout``, ``on``, ``one_off`` and ``sidecar``, ``leader``, the command that tells who leads, ``chosen``, host ->
    instances in which it is run, and ``problems``, why in others it is not.
    """

    NAME = "longshore_asked"

    service: str = ""
    hosts: t.Sequence[str] = ()
    lines: int = 100
    since: str = ""
    grep: str = ""
    command: t.Sequence[str] = ()
    timeout: str = "60s"
    on: str = ONE
    one_off: bool = False
    sidecar: str = ""
    leader: t.Sequence[str] = ()
    chosen: dict[str, list[str]] = field(default_factory=dict)
    problems: t.Sequence[str] = ()


def service_of(run: Result) -> str:
    """Return the service in question."""
    if not run.get("service"):
        raise Failure("Say of which service: -e service=NAME; status.yml shows what runs")
    return str(run["service"])


def asked_of_logs(run: Result, hosts: t.Sequence[str]) -> Asked:
    """Return which lines are wanted, by the variables of this run."""
    lines, since, grep = str(run.get("lines", 100)), str(run.get("since") or ""), str(run.get("grep") or "")
    if not lines.isdecimal() or not int(lines):
        raise Failure(f"lines: {lines!r} is not a number of at least 1; write it like 100")
    if since:
        some_seconds(since, "since")
    pattern_of(grep)
    return Asked(service=service_of(run), hosts=hosts, lines=int(lines), since=since, grep=grep)


def asked_of_exec(run: Result, hosts: t.Sequence[str], leader: t.Any) -> Asked:
    """Return what is to be run where, by the variables of this run; ``leader``: of ``service_rollout.order``."""
    command, timeout, where = run.get("command"), str(run.get("timeout") or "60s"), str(run.get("on") or ONE)
    if not command:
        raise Failure("""Say what to run: -e '{"command": "python3 manage.py check"}'""")
    if where not in WHERE:
        raise Failure(f"on: {where!r} is none of {', '.join(WHERE)}")
    if where == LEADER and not leader:
        raise Failure(
            "on: nothing tells which instance leads; give a command that succeeds in the one that does as"
            " service_rollout.order.leader in the service file"
        )
    some_seconds(timeout, "timeout")
    return Asked(
        service=service_of(run),
        hosts=hosts,
        command=command_of(_words(command), "command"),
        timeout=timeout,
        on=where,
        one_off=switched_on(run, "one_off"),
        sidecar=str(run.get("sidecar") or ""),
        leader=command_of(leader, "service_rollout.order.leader") if where == LEADER else (),
    )


def _words(command: t.Any) -> t.Any:
    """Return a command with its list read, where a ``key=value`` of ``-e`` has made a text of it."""
    if not isinstance(command, str) or not command.startswith(("['", '["')):
        return command
    try:
        words = yaml.safe_load(command)
    except yaml.YAMLError as error:
        raise Failure(f"command: {command!r} begins like a list and is none; write it like ['echo','a b']") from error
    return words if isinstance(words, list) else command
