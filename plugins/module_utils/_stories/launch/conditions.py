# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions of a gate, each asked until it holds or its time is over."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes
from ansible_collections.longshore.fleet.plugins.module_utils._clients.execs import execute
from ansible_collections.longshore.fleet.plugins.module_utils._clients.probe import ask
from ansible_collections.longshore.fleet.plugins.module_utils._clients.tls import Trust
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._masking import beginning
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.condition import SHOWN, Condition
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.undo import trying
from ansible_collections.longshore.fleet.plugins.module_utils._waiting import Deadline, Laps

# What to do where a cluster never becomes what its conditions ask for.
WAY_ON = (
    "Where this instance is cut off from its cluster, so that this never holds: -e skip_before=true --limit HOST"
    " replaces it without asking service_gate.before, for one run."
)
# Seconds between two questions, and for the answer to one.
EVERY = 0.5
ANSWER = 10.0


def hold(host: Host, container: str, wanted: t.Sequence[Condition]) -> float:
    """Ask one after the other until each holds; the seconds it took. One that does not in time is a ``Failure``."""
    laps = Laps()
    for condition in wanted:
        _hold_one(host, container, condition)
    laps.end("all")
    return laps.seconds["all"]


def _hold_one(host: Host, container: str, condition: Condition) -> None:
    deadline = Deadline(condition.timeout)
    lacking = ""

    def holds() -> bool:
        nonlocal lacking
        lacking = _lacks(host, container, condition, max(0.5, min(ANSWER, deadline.left)))
        return not lacking

    if not deadline.wait_for(holds, EVERY):
        raise Failure(f"{condition.where} does not hold after {condition.timeout:g} s: {condition.shown}: {lacking}")


def concern(found: ObservedInstance) -> bool:
    """Return whether conditions are asked of this instance at all: where one that is passing is taken out.

    What is broken or lost may always be replaced: the others, which may be as broken, say nothing of it then. Where a
    launch was killed that had asked them, what they brought about is to be ended.
    """
    return found.passing or found.owes_after


def hold_before(host: Host, container: str, wanted: InstanceSpec) -> None:
    """Wait until the conditions of ``before`` hold, and note that those of ``after`` are owed from here on."""
    if wanted.gate.after:
        notes.write(wanted.container.name, owed={"condition": "after"})
    try:
        hold(host, container, wanted.gate.before)
    except Failure as failure:
        raise Failure(f"{failure}\n{WAY_ON}") from failure


def hold_after(host: Host, container: str, wanted: InstanceSpec) -> float:
    """Wait until the conditions of ``after`` hold; return the seconds it took. Nothing is owed then."""
    took = hold(host, container, wanted.gate.after)
    notes.write(wanted.container.name, owed={})
    return took


def ask_again(host: Host, container: str, wanted: InstanceSpec) -> str:
    """Ask those of ``after`` once more, for what they bring about; return what does not hold, in a sentence."""
    return trying(lambda: hold_after(host, container, wanted))


def _lacks(host: Host, container: str, condition: Condition, timeout: float) -> str:
    """Return why it does not hold now; empty where it does."""
    if not condition.command:
        trust = Trust(ca_file=condition.ca_file, verify=condition.verify)
        answer = ask(condition.method, condition.http, condition.headers, condition.body, timeout, trust)
        if condition.json and not answer.is_whole:
            return f"HTTP {answer.status}: the answer is longer than 1 MB, and its JSON is not looked into"
        return condition.lacks(answer.status, answer.text) if answer.status else answer.text
    try:
        code, output = execute(host.docker, container, list(condition.command), timeout)
    except Failure as failure:
        return str(failure)
    ended = "did not end in time" if code is None else f"exit code {code}"
    return "" if code == 0 else f"{ended}: {beginning(output, SHOWN)}"
