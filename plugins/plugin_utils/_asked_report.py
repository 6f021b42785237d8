# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What logs.yml and exec.yml show: lines of all instances merged by their times, and how a command ended where."""

from __future__ import annotations

import shlex
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import Asked
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, message_of

# Characters of a time that people read: up to the second.
SHOWN = len("2026-11-29T08:00:00")


def plain(text: str) -> list[str]:
    """Return a text's lines, without what a terminal would take as a command."""
    return [printable(line.rstrip("\r").expandtabs()) for line in text.split("\n")]


def log_lines(service: str, gathered: dict[str, Result]) -> list[str]:
    """Return the lines of all hosts in the order of their times, each with host, container where it tells, and time.

    ``gathered``: host -> result of the module logs_info.
    """
    found = [
        (_name_of(service, host, one["container"], result["instances"]), one)
        for host, result in gathered.items()
        for one in result.get("instances", ())
    ]
    width = max((len(name) for name, _one in found), default=0)
    lines = [(line["time"], name, line["text"]) for name, one in found for line in one["lines"]]
    lines.sort(key=lambda line: line[0])  # those of one moment stay in their order
    shown = [f"{name:<{width}}  {time[:SHOWN]}Z  {part}" for time, name, text in lines for part in plain(text)]
    cut = [f"{name}: older lines are left out, as there is too much of them" for name, one in found if one["cut"]]
    return [*(shown or [f"The instances of {service} have written no such lines."]), *cut]


def log_problems(service: str, gathered: dict[str, Result]) -> list[str]:
    """Return why lines are missing, a sentence each."""
    problems = [f"{host}: {message_of(result)}" for host, result in gathered.items() if "instances" not in result]
    if not problems and not any(result["instances"] for result in gathered.values()):
        return [f"There is no instance of {service} on {', '.join(gathered)}. status.yml shows what runs."]
    return problems


def exec_rows(ran: dict[str, Result]) -> list[Result]:
    """Return a row for each instance in which a command was run; ``ran``: host -> results of a loop of exec."""
    return [
        {
            "host": host,
            "instance": str(result.get("item", "")),
            "rc": result.get("rc"),
            "output": result.get("output", ""),
            "cut": result.get("cut", False),
            "problem": "" if result.get("rc") == 0 else message_of(result),
        }
        for host, results in ran.items()
        for result in results.get("results", [results])
    ]


def exec_lines(asked: Asked, rows: t.Sequence[Result]) -> list[str]:
    """Return for each instance how the command ended, and what it wrote."""
    lines = []
    for row in rows:
        lines += plain(f"{_name(asked, row)}: {_end(row)}")
        if row["cut"]:
            lines.append("(of its output the last 64 KB)")
        lines += plain(row["output"]) if row["output"] else []
    return lines


def planned_lines(asked: Asked) -> list[str]:
    """Return what would be run where."""
    kind = "in a container made like" if asked.one_off else f"in {asked.sidecar} of" if asked.sidecar else "in"
    command = printable(shlex.join(asked.command))
    return [f"{host}: would run {kind} {name}: {command}" for host, names in asked.chosen.items() for name in names]


def exec_problems(asked: Asked, rows: t.Sequence[Result]) -> list[str]:
    """Return where the command did not succeed, and where it was not run, a sentence each."""
    return [*(f"{_name(asked, row)}: {_end(row)}" for row in rows if row["problem"]), *asked.problems]


def _end(row: Result) -> str:
    return str(row["problem"]) or "exit status 0"


def _name(asked: Asked, row: Result) -> str:
    several = len(asked.chosen.get(row["host"], ())) > 1 or row["instance"] not in ("", asked.service)
    return f"{row['host']} {row['instance']}" if several else str(row["host"])


def _name_of(service: str, host: str, container: str, there: t.Sequence[Result]) -> str:
    return host if container == service and len(there) == 1 else f"{host} {container}"
