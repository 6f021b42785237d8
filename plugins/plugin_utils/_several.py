# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's turn in a stage where it has several instances of the service, or more than it is to have."""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.plugin_utils._at_once import at_once
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import (
    ROWS,
    SEVERAL,
    Slot,
    predecessor_of,
    surplus_of,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import is_wrong, message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import Rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._siblings import shared_by
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import Verdict

Result = dict[str, t.Any]
# What a result has of the instances that this turn has worked on, for the view.
TOLD = "told"
SURPLUS = "surplus"


class Carrier(t.Protocol):
    """The action that carries one instance through the stage."""

    def carry(self, slot: Slot, before: str = "") -> Result:
        """Return the stage's result of an instance; ``before``: the one whose place it takes."""

    def survey(self, name: str) -> Result:
        """Return what is there of an instance that no slot is for."""

    def remove_surplus(self, name: str) -> Result:
        """Return the result of the removal of such an instance."""

    def wanted_last(self) -> Result:
        """Return what the instance that was last carried is to be."""


class Several:
    """All instances of one host. ``slots``: what it is to run; ``discovered``: what gather found there."""

    def __init__(self, host: str, service: str, slots: t.Sequence[Slot], discovered: Result, carrier: Carrier) -> None:
        self._host, self._service, self._slots = host, service, {slot.name: slot for slot in slots}
        self._surplus: list[str] = discovered.get(SURPLUS, [])
        self._discovered, self._carrier = discovered, carrier

    def gathered(self, first: Result) -> Result:
        """Return the results of all instances; ``first``: of the first one, which tells which others are there."""
        surplus = surplus_of(self._service, first.get("instances", ()), self._slots)
        if "node" not in first or (len(self._slots) == 1 and not surplus):
            return first
        slots = list(self._slots.values())
        results = {slots[0].name: first, **{slot.name: self._tried(slot) for slot in slots[1:]}}
        taken = {predecessor_of(self._service, slot, surplus) for slot in slots}
        leaving = [name for name in surplus if name not in taken]
        results.update({name: {"node": first["node"], **self._carrier.survey(name)} for name in leaving})
        rows = {**{slot.row: slot.name for slot in slots}, **{f"{self._host}/{name}": name for name in leaving}}
        return {**first, SEVERAL: results, ROWS: rows, SURPLUS: surplus}

    def planned(self) -> Result:
        """Return the results of the preflight of all instances."""
        results: dict[str, Result] = {}
        wanted: dict[str, Result] = {}
        for slot in self._slots.values():
            before = predecessor_of(self._service, slot, self._surplus)
            result = self._tried(slot, before)
            wanted[slot.name] = self._carrier.wanted_last()
            results[slot.name] = {**result, "replaces": before} if before else result
        for name, problems in shared_by(wanted).items():
            results[name] = {**results[name], "problems": [*results[name].get("problems", ()), *problems]}
        for name in self._discovered[ROWS].values():
            if name not in self._slots:
                results[name] = _removal(name, self._discovered[SEVERAL][name])
        return _together(results, {})

    def rolled(self, rollout: Rollout, turn: int, before: Result) -> Result:
        """Return the results of those that go in this turn, with those of the turns before."""
        rows = [row for row in rollout.turns[turn] if rollout.host_of(row) == self._host]
        works = {row: self._turn_of(rollout, row) for row in rows}
        done = at_once(works)
        results = {rollout.instances[row][1]: result for row, result in done.items()}
        return {**_together({**before.get(SEVERAL, {}), **results}, done), **_wrong(done)}

    def watched(self, rollout: Rollout, verdict: Verdict) -> Result:
        """Return the results of all that were launched here, watched at the same time."""
        rows = [o.host for o in verdict.outcomes if o.result == "done" and o.host not in rollout.going]
        here = [row for row in rows if rollout.host_of(row) == self._host]
        names = [rollout.instances[row][1] for row in here]
        done = at_once({row: self._timed(self._slots[name]) for row, name in zip(here, names, strict=True)})
        return {**_together(dict(zip(names, done.values(), strict=True)), done), **_wrong(done)}

    def back(self, rollout: Rollout, release: str, there: t.Iterable[str]) -> Result:
        """Return the results of a host that goes back to what another service file says; ``there``: what runs now.

        One instance after the other: first all that the file asks for, then what it does not ask for goes.
        """
        surplus = surplus_of(self._service, there, self._slots)
        done: dict[str, Result] = {}
        for name, slot in self._slots.items():
            done[name] = self._timed(slot, predecessor_of(self._service, slot, surplus))()
        taken = {predecessor_of(self._service, slot, surplus) for slot in self._slots.values()}
        wrong = _wrong(done)
        for name in surplus if not wrong else ():
            if name not in taken:
                done[name] = {**self._timed_removal(name)(), "release": release}
        gone = [name for host, name in rollout.instances.values() if host == self._host and name not in done]
        results = {**done, **{name: {"action": Action.REMOVE.value, "release": release} for name in gone}}
        told = {f"{self._host}/{name}": result for name, result in done.items()}
        return {**_together(results, told), "release": release, **_wrong(done)}

    def run(self) -> Result:
        """Return the results of all instances, one after the other, in a play of a user's own, until one fails."""
        done: dict[str, Result] = {}
        for name, slot in self._slots.items():
            done[name] = self._tried(slot)
            if is_wrong(done[name]):
                break
        return {**_together(done, {}), **_wrong(done)}

    def shown(self) -> Result:
        """Return the service file as the first instance has it, and the lines of a shell of all."""
        results = [self._carrier.carry(slot) for slot in self._slots.values()]
        failed = next((result for result in results if "shell" not in result), None)
        return failed or {**results[0], "shell": [line for result in results for line in result["shell"]]}

    def _turn_of(self, rollout: Rollout, row: str) -> t.Callable[[], Result]:
        name = rollout.instances[row][1]
        if row in rollout.going:
            return self._timed_removal(name)
        return self._timed(self._slots[name], rollout.replaced.get(row, ""))

    def _timed(self, slot: Slot, before: str = "") -> t.Callable[[], Result]:
        return lambda: _timed(lambda: self._tried(slot, before))

    def _timed_removal(self, name: str) -> t.Callable[[], Result]:
        return lambda: _timed(lambda: _tried(lambda: self._carrier.remove_surplus(name)))

    def _tried(self, slot: Slot, before: str = "") -> Result:
        return _tried(lambda: self._carrier.carry(slot, before))


def _tried(work: t.Callable[[], Result]) -> Result:
    """Return the result of one instance; a failure of it is no failure of the others."""
    try:
        return work()
    except Failure as failure:
        return {"failed": True, "msg": str(failure)}
    except AnsibleConnectionFailure as error:
        return {"unreachable": True, "msg": str(error)}


def _timed(work: t.Callable[[], Result]) -> Result:
    began = time.monotonic()
    result = work()
    return {**result, "took": round(time.monotonic() - began, 3)}


def _together(results: dict[str, Result], done: dict[str, Result]) -> Result:
    """Return the result of the host; ``done``: row -> what was worked on just now."""
    warnings = list(dict.fromkeys(w for result in results.values() for w in result.get("warnings", ())))
    changed = any(result.get("changed") for result in (done or results).values())
    bare = {name: {key: v for key, v in result.items() if key != "warnings"} for name, result in results.items()}
    told = {row: {key: result.get(key) for key in _TOLD} for row, result in done.items()}
    return {"changed": changed, SEVERAL: bare, TOLD: told, **({"warnings": warnings} if warnings and not done else {})}


def _wrong(done: dict[str, Result]) -> Result:
    """Return the failure of the host, where one of its instances has failed."""
    wrong = [f"{name}: {message_of(result)}" for name, result in done.items() if is_wrong(result)]
    return {"failed": True, "msg": "\n".join(wrong)} if wrong else {}


def _removal(name: str, found: Result) -> Result:
    """Return the plan of an instance that goes."""
    return {
        "action": Action.REMOVE.value,
        "changes": [{"key": "instance", "before": name, "after": None}],
        "problems": [],
        "changed": False,
        "passing": bool((found.get("survey") or {}).get("passing")),
        "rendered": "",
    }


_TOLD = ("action", "changed", "failed", "unreachable", "msg", "seconds", "took", "skipped")
