# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``service_placement``: which hosts break one, and which hosts would fulfil all."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import number

KEY = "service_placement"
# As many hosts as a rule may speak of.
MOST = 65535


@dataclass(frozen=True)
class Placement:
    """The rules of one service. ``avoided_by``: other services, whose ``never_with`` names this one."""

    count: int | None = None
    per_rack: int | None = None
    never_with: tuple[str, ...] = ()
    where: str = ""
    avoided_by: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Placement:
        """Return the rules of a service file, rendered; refuse values that are none."""
        count, per_rack = (_number(options.get(key), f"{KEY}.{key}") for key in ("count", "per_rack"))
        never_with, where = options.get("never_with") or [], options.get("where", "")
        if "where" in options and (where is None or not str(where).strip()):
            raise Failure(f"{KEY}.where: is empty; write a condition such as disk_type == 'ssd', or remove it")
        if "{{" in str(where) or "{%" in str(where):
            raise Failure(
                f"{KEY}.where: {where!r} has a template; write the condition alone, such as disk_type == 'ssd', as"
                " it is asked of each host"
            )
        names = [never_with] if isinstance(never_with, str) else list(map(str, never_with))
        return cls(count, per_rack, tuple(dict.fromkeys(names)), where)

    @property
    def rivals(self) -> tuple[str, ...]:
        """The services that share no host with this one, whichever of the files says so."""
        return tuple(dict.fromkeys((*self.never_with, *self.avoided_by)))


@dataclass(frozen=True)
class Candidate:
    """What the rules ask of a host. ``fulfils``: the condition ``where``; ``untold``: why that cannot be told.

    ``runs``: whether it has an instance today; ``named``: whether ``service_hosts`` names it; ``reached``: whether it
    could be asked.
    """

    host: str
    rack: str | None = None
    fulfils: bool = True
    untold: str = ""
    rivals: tuple[str, ...] = ()
    runs: bool = False
    named: bool = False
    reached: bool = True


def broken_rules(placement: Placement, hosts: t.Sequence[Candidate]) -> list[str]:
    """Return what is wrong with the hosts of a service, a line for each host and rule."""
    problems = [problem for one in hosts for problem in _of_host(placement, one)]
    if placement.per_rack:
        for rack, names in _by_rack(hosts).items():
            if len(names) > placement.per_rack:
                problems.append(
                    f"{KEY}.per_rack: is {placement.per_rack}, and {', '.join(names)} are all in rack {rack}; leave"
                    f" {len(names) - placement.per_rack} of them out of service_hosts"
                )
    if placement.count and len(hosts) != placement.count:
        listed = ", ".join(one.host for one in hosts)
        problems.append(
            f"{KEY}.count: is {placement.count}, and service_hosts names {len(hosts)}: {listed}; make them the same"
        )
    return problems


def _of_host(placement: Placement, one: Candidate) -> t.Iterator[str]:
    """Yield the rules that a host breaks by itself."""
    if one.untold:
        yield (
            f"{KEY}.where: {one.host}: {placement.where!r} cannot be told: {one.untold}; set what it asks for in the"
            " inventory, correct it, or leave the host out of service_hosts"
        )
    elif not one.fulfils:
        yield f"{KEY}.where: {one.host} does not fulfil {placement.where!r}; leave it out of service_hosts"
    for rival in one.rivals:
        whose = "" if rival in placement.never_with else f" of services/{rival}.yml"
        yield (
            f"{KEY}.never_with{whose}: {one.host} has {rival} too, by the service_hosts of services/{rival}.yml; leave"
            " the host out of one of the two"
        )
    if placement.per_rack and one.rack is None:
        yield f"{KEY}.per_rack: {one.host} has no variable rack; set it in the inventory, such as rack: a"


def _number(value: t.Any, where: str) -> int | None:
    return None if value is None else number(value, MOST, "number of hosts", where)


def _by_rack(hosts: t.Iterable[Candidate]) -> dict[str, list[str]]:
    racks: dict[str, list[str]] = {}
    for one in hosts:
        if one.rack is not None:
            racks.setdefault(one.rack, []).append(one.host)
    return racks


@dataclass(frozen=True)
class Proposal:
    """``hosts``: those that are proposed, in the order for ``service_hosts``; ``left_out``: hosts that run the service
    today, or are named, and are not proposed. Both with the reason.
    """

    hosts: dict[str, str]
    left_out: dict[str, str]


def propose(placement: Placement, service: str, candidates: t.Sequence[Candidate]) -> Proposal:
    """Return hosts that fulfil the rules: as many as ``count`` says, or all where it says nothing.

    Those that run the service today come first, then those that are named, then the others by rendezvous hashing: each
    host has a fixed rank for a service, so that a host more or less moves no other.
    """
    refusals = {one.host: _refusal(placement, one) for one in candidates}
    ranked = sorted(candidates, key=lambda one: (not one.runs, not one.named, -_score(service, one.host)))
    fitting = [one for one in ranked if not refusals[one.host]]
    taken = _spread(placement, fitting)
    chosen = taken[: placement.count] if placement.count else taken
    if not chosen or len(chosen) < (placement.count or 0):
        raise Failure("\n".join(_nobody_fulfils(placement, candidates, len(taken))))
    for one in fitting:
        if one not in chosen:
            refusals[one.host] = _surplus(placement, one, chosen)
    order = {one.host: place for place, one in enumerate(candidates) if one.named}
    inner = sorted(chosen, key=lambda one: order.get(one.host, len(candidates)))
    left_out = {one.host: refusals[one.host] for one in candidates if (one.runs or one.named) and one not in chosen}
    return Proposal({one.host: _reason(one) for one in inner}, left_out)


def _refusal(placement: Placement, one: Candidate) -> str:
    """Return why a host cannot be taken, whoever else is; empty where it can."""
    if not one.reached and not one.named:
        return "it could not be asked what runs there"
    return next(_of_host(placement, one), "").split(";")[0]


def _spread(placement: Placement, ranked: t.Iterable[Candidate]) -> list[Candidate]:
    """Return the hosts without those whose rack is full."""
    if not placement.per_rack:
        return list(ranked)
    taken: list[Candidate] = []
    for one in ranked:
        if sum(other.rack == one.rack for other in taken) < placement.per_rack:
            taken.append(one)
    return taken


def _surplus(placement: Placement, one: Candidate, chosen: t.Sequence[Candidate]) -> str:
    same = [other.host for other in chosen if other.rack == one.rack]
    if placement.per_rack and len(same) >= placement.per_rack:
        return f"{KEY}.per_rack: rack {one.rack} has {', '.join(same)}"
    return f"{KEY}.count: the others are {placement.count} already"


def _reason(one: Candidate) -> str:
    rack = "" if one.rack is None else f", rack {one.rack}"
    if not one.reached:
        return f"service_hosts names it; it could not be asked what runs there{rack}"
    if one.runs:
        return f"runs it today{rack}"
    return f"{'service_hosts names it' if one.named else 'new, next by its hash'}{rack}"


def _score(service: str, host: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{service}\0{host}".encode()).digest()[:8], "big")


def _nobody_fulfils(placement: Placement, candidates: t.Sequence[Candidate], found: int) -> t.Iterator[str]:
    """Yield how many hosts each rule leaves."""
    wanted = (
        f"{KEY}.count asks for {placement.count} hosts" if placement.count else f"{KEY}: at least one host is needed"
    )
    yield f"{wanted}, and {found} fulfil the rules. Of {len(candidates)} hosts within the limit"
    left = [one for one in candidates if one.reached or one.named]
    yield f"  {len(left)} could be asked what runs there, or are named in service_hosts"
    if placement.where:
        untold = [f"{one.host}: {one.untold}" for one in left if one.untold]
        left = [one for one in left if one.fulfils and not one.untold]
        more = f" (of {len(untold)} it cannot be told, such as {untold[0]})" if untold else ""
        yield f"  {len(left)} fulfil where: {placement.where}{more}"
    if placement.rivals:
        left = [one for one in left if not one.rivals]
        yield f"  {len(left)} of these have none of never_with: {', '.join(placement.rivals)}"
    if placement.per_rack:
        racks = _by_rack(left)
        without = sum(one.rack is None for one in left)
        more = f" ({without} have no variable rack)" if without else ""
        yield f"  {found} of these are in {len(racks)} racks, with per_rack: {placement.per_rack} in each{more}"
    yield "Change a rule, or the variables of hosts, or add hosts to the inventory."
