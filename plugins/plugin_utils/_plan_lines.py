# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of all hosts as people read it: what changes, entry by entry, and hosts with the same plan together."""

from __future__ import annotations

import difflib
import json
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import changes_between
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, action_of

NOT_THERE = "(not there)"
# Their changes say nothing beyond the action, unless all of it is asked for (--diff).
PLAIN = (Action.CREATE, Action.REMOVE)


def lines_of(plans: dict[str, Result], full: bool = False) -> list[str]:
    """Return a line for each action with its hosts, and one for each change that causes it.

    ``full``: with what a new container is made of, and the changed lines of files.
    """
    hosts_of: dict[tuple[str, ...], list[str]] = {}
    for host, plan in plans.items():
        hosts_of.setdefault((action_of(plan).value, *_changes(plan, full)), []).append(host)
    return [line for (action, *rest), hosts in hosts_of.items() for line in (f"{', '.join(hosts)}: {action}", *rest)]


def kind_of(line: str) -> str:
    """Return what a line of a plan is, for its colour: an action, something more, something less; empty for others."""
    if not line.startswith(" "):
        return "" if line.endswith(f": {Action.NONE.value}") else "action"
    if line.startswith("    +") or f": {NOT_THERE} -> " in line:
        return "more"
    return "less" if line.startswith("    -") or line.endswith(f" -> {NOT_THERE}") else ""


def by_entry(change: Result) -> list[Result]:
    """Return a change of a list or a mapping as changes of its entries, such as ``command[2]``; others as they are."""
    key, before, after = change["key"], change["before"], change["after"]
    if isinstance(before, dict) and isinstance(after, dict):
        changes = [_change(c.key, c.before, c.after) for c in changes_between(before, after, f"{key}.")]
    elif isinstance(before, list) and isinstance(after, list):
        changes = [_change(f"{key}[{place}]", old, new) for place, old, new in _entries(before, after)]
    else:
        return [change]
    return [entry for one in changes for entry in by_entry(one)]


def _entries(before: list[t.Any], after: list[t.Any]) -> t.Iterator[tuple[int, t.Any, t.Any]]:
    """Yield each entry that differs: its place, what was there, and what will be."""
    old, new = ([json.dumps(entry, sort_keys=True) for entry in entries] for entries in (before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _tag, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        gone, come = before[from_old:to_old], after[from_new:to_new]
        if _tag == "equal":
            continue
        for n in range(max(len(gone), len(come))):
            place = from_new + n if n < len(come) else from_old + n
            yield place, gone[n] if n < len(gone) else None, come[n] if n < len(come) else None


def _change(key: str, before: t.Any, after: t.Any) -> Result:
    return {"key": key, "before": before, "after": after}


def _changes(plan: Result, full: bool) -> t.Iterator[str]:
    if action_of(plan) in PLAIN and not full:
        return
    for change in plan.get("changes", ()):
        yield f"  {change['key']}: {_difference(change)}"
        yield from (f"    {origin}" for origin in change.get("origins", ()))
        if full:
            yield from (f"    {line}" for line in change.get("diff", "").splitlines())


def diff_of(plan: Result, full: bool = False) -> t.Iterator[str]:
    """Yield the lines of a diff for each change of one host's plan."""
    if action_of(plan) in PLAIN and not full:
        return
    for change in plan.get("changes", ()):
        if change["key"].startswith("files."):
            yield f"! {change['key']}: {_difference(change)}"
        else:
            for sign, value in (("-", change["before"]), ("+", change["after"])):
                yield from [f"{sign} {change['key']}: {_shown(value)}"] if value is not None else []
        if full:
            yield from change.get("diff", "").splitlines()


def _difference(change: Result) -> str:
    before, after = change["before"], change["after"]
    if change["key"].startswith("files."):
        # What is known of a file is a digest.
        return "new" if before is None else "changed"
    return f"{_shown(before)} -> {_shown(after)}"


def _shown(value: t.Any) -> str:
    """Return a value as YAML has it in one line."""
    if value is None:
        return NOT_THERE
    if isinstance(value, str) and value and "\n" not in value:
        return value
    return json.dumps(value, ensure_ascii=False)
