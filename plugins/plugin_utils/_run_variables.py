# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that hold for one run: those of ``-e``, and of ``vars`` beside an ``import_playbook``."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

Variables = dict[str, t.Any]

# The fact of localhost that keeps them.
FACT = "longshore_run"
NAMES = (
    "service",
    "release",
    "trust_release",
    "found",
    "cold_start",
    "skip_before",
    "instance",
    "session",
    "host",
    "dead",
    "keep",
    "reason",
    "force",
    "status_file",
    "page",
    "history_file",
    "plan_file",
    "lines",
    "since",
    "grep",
    "command",
    "timeout",
    "on",
    "one_off",
    "sidecar",
    "write",
    "confirm",
    "volumes",
    "from",
    "state",
)


def run_of(facts: Variables) -> Variables:
    """Return what this run was given, as an earlier task has kept it; ``facts``: of localhost."""
    return facts.get(FACT) or {}


def read_run_variables(action: ActionBase) -> Variables:
    """Return what this run is given of the names above, rendered.

    They are everyday words: the inventory may use them, and tasks may register them, for purposes of their own. So only
    extra variables count, and those of the play, to which Ansible adds those of ``import_playbook``.
    """
    extra = load_extra_vars(action._loader)
    refuse_leftovers(extra)
    given = {**action._task.get_play().vars, **extra}
    return {name: action._templar.template(given[name]) for name in NAMES if name in given}


def refuse_leftovers(extra: Variables) -> None:
    """Refuse words that ``-e key=value`` has lost: Ansible ends a value at a space, and keeps what follows apart."""
    lost = extra.get("_raw_params")
    if lost:
        raise Failure(
            f"-e: {lost!r} belongs to no variable, as a value ends at a space. Write the variables as JSON, or quote"
            """ the value once more: -e '{"reason": "two words"}', -e 'reason="two words"'"""
        )


def refuse_hidden_service(service: str, seen: t.Any) -> None:
    """Refuse the name of a service that tasks would not see, as another variable of that name hides it.

    ``seen``: the variable ``service`` as tasks see it. Only a registered variable or a fact comes before ``vars``.
    """
    if seen != service:
        raise Failure(
            f"service: is {service!r} for this playbook, but an earlier play has registered or set a variable"
            " of the same name, which comes before it. Give that one another name, or start with -e service=NAME."
        )


def lines_of_skipped(run: Variables) -> list[str]:
    """Say that conditions are not asked, for the plan. ``run``: what this run was given."""
    skipped = switched_on(run, "skip_before")
    return ["Not asked in this run (skip_before): the conditions of service_gate.before"] if skipped else []


def switched_on(variables: Variables, name: str) -> bool:
    """Return whether a variable that is either true or false is true; it is false unless given."""
    value = variables.get(name, False)
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise Failure(f"{name}: {value!r} is neither true nor false") from error
