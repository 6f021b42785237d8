# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launch is going to do, and the keys that cause it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action


@dataclass(frozen=True)
class Change:
    """One key that differs. ``key`` is dotted: ``environment.ES_JAVA_OPTS``; None stands for "not there"."""

    key: str
    before: t.Any
    after: t.Any
    diff: str = ""  # of a file's text, as lines for people

    def __str__(self) -> str:
        """Return what is there, and what should be, in a sentence."""
        before, after = ("(not there)" if value is None else str(value) for value in (self.before, self.after))
        return f"{self.key}: {before}, not {after}"

    def to_result(self) -> dict[str, t.Any]:
        """Return it as modules do."""
        result = {"key": self.key, "before": self.before, "after": self.after}
        return {**result, "diff": self.diff} if self.diff else result


@dataclass(frozen=True)
class Plan:
    """The mildest action that does it, or remove, and the keys that cause it."""

    action: Action
    changes: tuple[Change, ...] = ()

    def to_result(self) -> dict[str, t.Any]:
        """Return ``changed``, ``action``, ``changes`` (list of dict), and the diff as Ansible prints it."""
        shown = [change for change in self.changes if not change.diff]
        diff: t.Any = {
            "before": {c.key: c.before for c in shown if c.before is not None},
            "after": {c.key: c.after for c in shown if c.after is not None},
        }
        if len(shown) < len(self.changes):
            diff = [diff, *({"prepared": f"{change.diff}\n"} for change in self.changes if change.diff)]
        return {
            "changed": self.action is not Action.NONE,
            "action": self.action.value,
            "changes": [change.to_result() for change in self.changes],
            "diff": diff,
        }


def brings_code(plan: Plan) -> bool:
    """Return whether code is among what causes the plan."""
    return any(change.key in ("code", "code.current") for change in plan.changes)


def flat(data: dict[str, t.Any], prefix: str = "") -> dict[str, t.Any]:
    """Return nested dicts as one, keys dotted. Lists and empty dicts are values."""
    result: dict[str, t.Any] = {}
    for key, value in data.items():
        if isinstance(value, dict) and value:
            result.update(flat(value, f"{prefix}{key}."))
        else:
            result[f"{prefix}{key}"] = value
    return result


def changes_between(before: dict[str, t.Any], after: dict[str, t.Any], prefix: str = "") -> tuple[Change, ...]:
    """Return every key whose value differs, in order of the keys."""
    old, new = flat(before, prefix), flat(after, prefix)
    return tuple(
        Change(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if key not in old or key not in new or old[key] != new[key]
    )
