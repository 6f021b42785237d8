# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight has found on all hosts: their problems, and what is to be done there."""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import by_rows, instance_rows
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import share_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import action_of, message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._unreachable import reason_of

Result = dict[str, t.Any]


@dataclass(frozen=True)
class Preflight:
    """What the preflight has found. ``aside``: hosts that are left out, each with why; of the others the results.

    ``discovered``: of ``service_info``; ``plans``: of ``launch``.
    """

    aside: dict[str, str]
    discovered: dict[str, Result]
    plans: dict[str, Result]
    rows: dict[str, dict[str, str]] = field(default_factory=dict)  # host -> row -> instance

    @classmethod
    def of(cls, discovered: dict[str, Result], plans: dict[str, Result], max_unreachable: t.Any) -> Preflight:
        """Leave those out that could not be reached, as far as ``max_unreachable`` allows."""
        aside = set_aside(discovered, plans, max_unreachable)
        rows = {host: instance_rows(host, result) for host, result in discovered.items() if host not in aside}
        return cls(aside, by_rows(rows, discovered), by_rows(rows, plans), rows)

    @property
    def instances(self) -> dict[str, list[str]]:
        """Row -> [host, instance] of all hosts that have several, or more than they are to have."""
        return {row: [host, name] for host, own in self.rows.items() for row, name in own.items() if name}

    @property
    def rendered(self) -> dict[str, str]:
        """Host -> what tells what all of its instances are rendered to from anything else."""
        told = {}
        for host, own in self.rows.items():
            parts = [(name, self.plans[row].get("rendered", "")) for row, name in own.items()]
            several = any(name for name, _rendered in parts)
            told[host] = hashlib.sha256(json.dumps(parts).encode()).hexdigest() if several else parts[0][1]
        return told

    @property
    def nodes(self) -> dict[str, Result]:
        """Each host's node; only where there are no problems."""
        return {host: self.discovered[host]["node"] for host in self.plans}

    @property
    def is_unfinished(self) -> bool:
        """Whether a rollout that came to its end could not say so."""
        return any(result.get("unfinished_release") for result in self.discovered.values())

    def refuse_problems(self, reloads_only: bool) -> None:
        """Raise all problems of all hosts in one ``Failure``; ``reloads_only``: of a run that changes no container."""
        refuse_problems({host: problems_of(self.discovered[host], plan) for host, plan in self.plans.items()})
        if reloads_only:
            refuse_problems({host: beyond_a_reload(plan) for host, plan in self.plans.items()})


def set_aside(discovered: dict[str, Result], launched: dict[str, Result], most: t.Any) -> dict[str, str]:
    """Return the hosts that could not be reached, each with why, where ``max_unreachable`` allows as many.

    Else none: then they are problems like others.
    """
    unreachable = {
        host: reason_of(str(result.get("msg", "")))
        for results in (discovered, launched)
        for host, result in results.items()
        if result.get("unreachable")
    }
    return unreachable if len(unreachable) <= share_of(most, len(discovered)) else {}


def problems_of(discovered: Result, launched: Result) -> list[str]:
    """Return every problem of one host, from its results of ``service_info`` and of ``launch`` as preflight.

    In a preflight no task fails, so that each problem is told once: a result that lacks its answer has failed.
    """
    for result, answer in ((discovered, "node"), (launched, "action")):
        if result.get("unreachable"):
            return [f"cannot be reached: {message_of(result)}"]
        if answer not in result:
            return [message_of(result)]
    return [sentence for problem in launched.get("problems", ()) for sentence in _sentences(problem)]


def beyond_a_reload(plan: Result) -> list[str]:
    """Return why one host needs more than reload.yml does, which changes no container."""
    if not action_of(plan).makes_container:
        return []
    keys = ", ".join(change["key"] for change in plan["changes"][:5])
    return [
        f"a reload changes no container, and this one must change ({plan['action']} because of {keys}). Run deploy.yml."
    ]


def _sentences(problem: str) -> list[str]:
    """Return a line each; what is indented, such as the lines of a log, belongs to the line before."""
    sentences: list[str] = []
    for line in problem.splitlines():
        if line.startswith("  ") and sentences:
            sentences[-1] += f"\n{line}"
        else:
            sentences.append(line)
    return sentences


def report(problems: dict[str, list[str]]) -> list[str]:
    """``problems``: host -> its own. A line for each problem, with all the hosts that have it."""
    hosts_of: dict[str, list[str]] = {}
    for host, own in problems.items():
        for problem in own:
            hosts_of.setdefault(problem, []).append(host)
    return [f"{', '.join(hosts)}: {problem}" for problem, hosts in hosts_of.items()]


def refuse_problems(problems: dict[str, list[str]]) -> None:
    """``problems``: host -> its own. All in one ``Failure``."""
    if any(problems.values()):
        raise Failure("\n".join(report(problems)))
