# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor.yml shows: for each host what it lacks, why that matters, and what to do."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.needs import ERROR, WARNING
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, message_of

Row = dict[str, t.Any]


def host_rows(found: dict[str, Result]) -> list[Row]:
    """Return a row for each finding, in the order of the hosts; ``found``: host -> result of the module host_info.

    A host that could not be asked has one row, an error.
    """
    return [{"host": host, **finding} for host, result in found.items() for finding in _findings(result)]


def _findings(result: Result) -> list[Row]:
    if "findings" in result:
        return list(result["findings"])
    what = f"cannot be asked: {message_of(result)}"
    reason = "a host is prepared by SSH, with a Python of its own"
    return [{"severity": ERROR, "what": what, "reason": reason, "to_do": "mend that first", "mended": False}]


def host_lines(rows: t.Sequence[Row], hosts: int) -> list[str]:
    """Return the report for people: a paragraph for each host that lacks something, and how many of all do."""
    by_host: dict[str, list[Row]] = {}
    for row in rows:
        by_host.setdefault(row["host"], []).append(row)
    lines = [line for host, found in by_host.items() for line in _paragraph(host, found)]
    whole = hosts - len(by_host)
    lines += [f"{whole} of {hosts} hosts lack nothing."] if whole or not hosts else []
    return [printable(line) for line in lines]


def _paragraph(host: str, found: t.Sequence[Row]) -> list[str]:
    numbers = ((severity, sum(row["severity"] == severity for row in found)) for severity in (ERROR, WARNING))
    counts = [f"{number} {severity}{'s' if number > 1 else ''}" for severity, number in numbers if number]
    lines = [f"{host}: {', '.join(counts)}"]
    for row in found:
        lines += [
            f"  {row['severity']:<7}  {row['what']}",
            f"           why: {row['reason']}",
            f"           to do: {row['to_do']}",
        ]
    return lines
