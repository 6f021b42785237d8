# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rollout view says, as text."""

from __future__ import annotations

import textwrap
import typing as t

Seconds = dict[str, float]
# The steps of a launch, in their order; what else a launch tells is part of one of them.
STEPS = ("before", "catalog", "drain", "stop", "start", "commands", "gate", "after", "reload")
MINUTE = 60
# Characters of a failure in the line of its launch; the report that follows has all of it.
MOST_OF_FAILURE = 80


def duration(seconds: float) -> str:
    """As people read it: 0.8 s, 3 s, 42 s, 3 min 5 s."""
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    return f"{whole} s" if whole < 2 * MINUTE else f"{whole // MINUTE} min {whole % MINUTE} s"


def steps(seconds: Seconds) -> str:
    """Return what each step of a launch took, those that took nothing left out."""
    return ", ".join(f"{step} {duration(seconds[step])}" for step in STEPS if seconds.get(step, 0) >= 0.05)


def heading(service: str, stage: str, number: int, batches: t.Sequence[t.Sequence[str]], limit: float | None) -> str:
    """Return the heading of a play: its stage, or of the batches the number of this one, and what it may take, s."""
    if number > len(batches):
        return f"{service}: {stage.lower()}"
    most = f", drain and gate {duration(limit)} at most" if limit else ""
    return f"{service}: batch {number} of {len(batches)}: {', '.join(batches[number - 1])}{most}"


def launched_line(row: str, told: dict[str, t.Any]) -> tuple[str, bool]:
    """Return the line of one launch, and whether it failed; ``told``: its result with ``took``, its seconds."""
    took = told.get("took") or 0
    if told.get("failed") or told.get("unreachable"):
        what = "cannot be reached" if told.get("unreachable") else "failed"
        return failed_line(row, what, took, str(told.get("msg") or "no message")), True
    longest = steps(told.get("seconds") or {})
    return f"  {row}: {told.get('action')} in {duration(took)}{f': {longest}' if longest else ''}", False


def failed_line(row: str, what: str, took: float, message: str) -> str:
    """Return the line of what failed on a host, with the beginning of its message."""
    begin = textwrap.shorten(message.splitlines()[0], MOST_OF_FAILURE, placeholder=" …")
    return f"  {row}: {what} after {duration(took)}: {begin}"


def removed_line(host: str, result: dict[str, t.Any], took: float) -> str:
    """Return the line of a host that a service was removed from."""
    return f"  {host}: {'removed' if result.get('changed') else 'nothing to remove'} in {duration(took)}"


def interrupted_line(service: str, stage: str, hosts: t.Iterable[str]) -> str:
    """Return what is said where the controller ends in the middle of a rollout."""
    where = f" ({', '.join(hosts)})" if hosts else ""
    return (
        f"{service}: interrupted in the stage {stage.lower()}{where}. A launch that runs on a host goes on to its end,"
        " or back to the old container.\n"
        f"Run the same command again to go on; status.yml -e service={service} shows what runs."
    )


def spent(stages: Seconds) -> str:
    """Return how long all stages took, with those that took a second or more in brackets."""
    longest = ", ".join(f"{stage.lower()} {duration(took)}" for stage, took in stages.items() if took >= 1)
    return duration(sum(stages.values())) + (f" ({longest})" if longest else "")


def columns(rows: t.Sequence[t.Sequence[str]], indent: str = "  ") -> list[str]:
    """Return the rows with their columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [f"{indent}{line}".rstrip() for line in lines]


def summary(hosts: dict[str, dict[str, t.Any]], took: Seconds, aside: t.Iterable[str], rest: int) -> list[str]:
    """Return a line for each host. ``hosts``: of the verdict; ``took``: seconds of each launch; ``rest``: others."""
    rows = [
        (host, o["action"], o["result"], duration(took[host]) if host in took else "", steps(o["seconds"]))
        for host, o in hosts.items()
    ]
    lines = columns([*rows, *((host, "", "set aside, could not be reached", "", "") for host in aside)])
    return [*lines, *([f"  nothing to do on {rest} more"] if rest and lines else [])]
