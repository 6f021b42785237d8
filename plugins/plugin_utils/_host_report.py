# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor.yml shows: for each host what it lacks, why that matters, and what to do."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.host.needs import ERROR
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


def host_lines(rows: t.Sequence[Row], hosts: int, mending: bool = False) -> list[str]:
    """Return the report for people: each finding with the hosts that have it, errors first, and how many lack nothing.

    ``mending``: what bootstrap.yml is about to bring is only counted.
    """
    shown = [row for row in rows if not (mending and row["mended"])]
    by_finding: dict[tuple[str, ...], list[str]] = {}
    for row in sorted(shown, key=lambda row: row["severity"] != ERROR):
        by_finding.setdefault(tuple(row[key] for key in ("severity", "what", "reason", "to_do")), []).append(
            row["host"]
        )
    lines = [line for finding, found in by_finding.items() for line in _paragraph(finding, found)]
    mended = len(rows) - len(shown)
    lines += [f"{mended} more that bootstrap.yml brings; doctor.yml lists them."] if mended else []
    whole = hosts - len({row["host"] for row in rows})
    lines += [f"{whole} of {hosts} hosts lack nothing."] if whole or not hosts else []
    return [printable(line) for line in lines]


def _paragraph(finding: tuple[str, ...], hosts: t.Sequence[str]) -> list[str]:
    severity, what, reason, to_do = finding
    on = ", ".join(dict.fromkeys(hosts))
    return [f"{severity}: {what}", f"  on:    {on}", f"  why:   {reason}", f"  to do: {to_do}"]
