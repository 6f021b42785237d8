# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances of a service a host runs: their names, their ports, and what their templates see.

A *row* is an instance as plans, batches and records name it: its host, or ``host/instance`` where the host has several.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, replace

from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import port as port_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import (
    has_template,
    is_template,
    reserved_variables,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._start_first import (
    PORT,
    PORTS,
    of_side,
    refuse_pairs,
    refuse_same,
    starts_first,
    with_alternating,
)

Result = dict[str, t.Any]
INSTANCES = "service_instances"
# Instances of a service on one host: more is a slip of the pen.
MOST = 100
# What stands in a host's results: of each instance by its name, and row -> instance.
SEVERAL, ROWS = "several", "rows"


@dataclass(frozen=True)
class Slot:
    """One instance that a host is to run. ``variables``: what its templates see beside those of the host.

    ``other``: the same with the other one of each two alternating ports; empty where none alternate.
    """

    row: str
    name: str
    variables: Result = field(default_factory=dict)
    several: bool = False
    other: Result = field(default_factory=dict)

    @property
    def turned(self) -> Slot:
        """The same instance with the other ports."""
        return replace(self, variables=self.other, other={})


def slots_of(host: str, service: str, variables: Result, templar: Templar) -> tuple[Slot, ...]:
    """Return the instances that a host is to run; ``variables``: of the host, as ``templar`` sees them."""
    entries = entries_of(_rendered(templar, variables, INSTANCES, 1))
    names = names_of(service, len(entries))
    seen = [{**entry, "instance": name} for entry, name in zip(entries, names, strict=True)]
    if starts_first(variables, templar):
        return _alternating(host, seen, variables, templar)
    refuse_pairs(variables.get(PORT), variables.get(PORTS))
    if not any(variables.get(key) for key in (PORTS, PORT)) or (len(seen) == 1 and not variables.get(PORTS)):
        ported = seen
    else:
        ported = list(_with_ports(seen, variables, templar))
    if len(names) == 1:
        plain = ported[0].keys() <= {"instance"}
        return (Slot(host, service, {} if plain else ported[0]),)
    return tuple(Slot(f"{host}/{name}", name, own, True) for name, own in zip(names, ported, strict=True))


def _alternating(host: str, seen: list[Result], variables: Result, templar: Templar) -> tuple[Slot, ...]:
    """Return the instances of a service whose new containers start first, with the ports of both sides."""
    one, other = (list(_with_ports(seen, of_side(variables, templar, side), templar, True)) for side in (0, 1))
    for ports in zip(one, other, strict=True):
        refuse_same(*ports)
    _refuse_overlaps([*one, *other])
    several = len(seen) > 1
    return tuple(
        Slot(f"{host}/{own['instance']}" if several else host, own["instance"], own, several, theirs)
        for own, theirs in zip(one, other, strict=True)
    )


def entries_of(given: t.Any) -> list[Result]:
    """Return the variables of each instance, of ``service_instances`` as it was rendered."""
    if isinstance(given, list) and given and all(isinstance(entry, dict) for entry in given):
        for number, entry in enumerate(given):
            problems = [*reserved_variables(entry), *(f"{k}: is a key of the service" for k in entry if _is_ours(k))]
            if problems:
                raise Failure(f"{INSTANCES}[{number}].{problems[0]}; give it another name")
        return [dict(entry) for entry in given]
    is_number = isinstance(given, (int, str)) and not isinstance(given, bool) and str(given).isdecimal()
    if not is_number or not 1 <= int(given) <= MOST:
        raise Failure(
            f"{INSTANCES}: {given!r} is neither a number from 1 to {MOST} nor a list with the variables of each"
            " instance; write it like 3, or [{weight: 1}, {weight: 2}]"
        )
    return [{} for _number in range(int(given))]


class _AsItStands:
    """A templar of values that have no template."""

    def copy_with_new_env(self, **_options: t.Any) -> _AsItStands:
        return self

    def template(self, value: t.Any) -> t.Any:
        return value


def known_problems(data: Result, service: str) -> list[str]:
    """Return what is wrong with these keys of a service file; what a template makes is told by the hosts."""
    known = {key: data[key] for key in (INSTANCES, PORTS, PORT) if data.get(key) is not None}
    if INSTANCES in known and has_template(known[INSTANCES]):
        known[INSTANCES] = 1
    known = {key: value for key, value in known.items() if not has_template(value)}
    known = with_alternating(known, data)
    try:
        slots_of("", service, known, _AsItStands())
    except Failure as failure:
        return [str(failure)]
    return []


def names_of(service: str, number: int) -> list[str]:
    """Return the names of the instances of one host."""
    return [service] if number == 1 else [f"{service}-{n}" for n in range(1, number + 1)]


def surplus_of(service: str, there: t.Iterable[str], wanted: t.Collection[str]) -> list[str]:
    """Return the instances on a host that its number leaves no place for, the highest number first.

    Those of other names, such as one that a play of the user's own launched, are none of our business.
    """
    named = re.compile(rf"{re.escape(service)}(?:-([1-9][0-9]*))?")
    numbers = {name: int(match[1] or 0) for name in there if name not in wanted and (match := named.fullmatch(name))}
    return sorted(numbers, key=lambda name: -numbers[name])


def predecessor_of(service: str, slot: Slot, surplus: t.Collection[str]) -> str:
    """Return the instance whose place this one takes, from one to several and back; empty where there is none."""
    before = service if slot.name == f"{service}-1" else f"{service}-1" if slot.name == service else ""
    return before if before in surplus else ""


def instance_rows(host: str, discovered: Result) -> dict[str, str]:
    """Return row -> instance of one host; an empty name stands for the only one."""
    return discovered.get(ROWS) or {host: ""}


def by_rows(rows: dict[str, dict[str, str]], results: dict[str, Result]) -> dict[str, Result]:
    """Return row -> result. ``rows``: host -> row -> instance; ``results``: host -> what a task registered there."""
    return {
        row: of_instance(results.get(host) or {}, name) if name else results.get(host) or {}
        for host, own in rows.items()
        for row, name in own.items()
    }


def results_of_rows(
    rows: dict[str, dict[str, str]], by_task: dict[str, dict[str, Result]], whole: t.Collection[str]
) -> dict[str, Result]:
    """Return row -> task's variable -> what it registered; ``whole``: of tasks that are about the whole rollout."""
    found = {name: results if name in whole else by_rows(rows, results) for name, results in by_task.items()}
    return {
        row: {name: results[host if name in whole else row] for name, results in found.items()}
        for host, own in rows.items()
        for row in own
    }


def of_instance(result: Result, name: str) -> Result:
    """Return the result of one instance of several; that of its host where it failed before it came to any."""
    if SEVERAL not in result:
        return result
    own: Result = result[SEVERAL].get(name, {})
    return own


def _with_ports(seen: list[Result], variables: Result, templar: Templar, alternate: bool = False) -> t.Iterator[Result]:
    """Yield what the templates of each instance see, with its ports: those of the first one, each one more.

    ``alternate``: what the only instance of a host has at ``service_port`` is told, too.
    """
    named = [_named_ports(_rendered(templar, {**variables, **own}, PORTS, {})) for own in seen]
    offset = [_counted(n, own, named[0], f"{PORTS}.") for n, own in enumerate(named)]
    seen = [{**own, "ports": ports} if ports else own for own, ports in zip(seen, offset, strict=True)]
    if variables.get(PORT) is not None and (alternate or len(seen) > 1):
        given = [{PORT: port_of(_rendered(templar, {**variables, **own}, PORT, None), PORT)} for own in seen]
        single = [_counted(n, own, given[0], "") for n, own in enumerate(given)]
        seen = [{**own, **port} for own, port in zip(seen, single, strict=True)]
    _refuse_overlaps(seen)
    yield from seen


def _refuse_overlaps(seen: t.Sequence[Result]) -> None:
    owners: dict[int, tuple[str, str]] = {}
    for own in seen:
        for key, port in own.get("ports", {}).items():
            _claim(owners, port, own["instance"], f"{PORTS}.{key}")
    singles: dict[int, tuple[str, str]] = {}
    for own in seen:
        if PORT in own:
            _claim(singles, own[PORT], own["instance"], PORT)
            holder = owners.get(own[PORT])
            if holder and holder[0] != own["instance"]:
                raise _overlap(own[PORT], holder, (own["instance"], PORT))


def _claim(owners: dict[int, tuple[str, str]], port: int, instance: str, key: str) -> None:
    if port in owners:
        raise _overlap(port, owners[port], (instance, key))
    owners[port] = (instance, key)


def _overlap(port: int, one: tuple[str, str], other: tuple[str, str]) -> Failure:
    return Failure(
        f"{other[1]}: port {port} is that of {other[0]}, and by {one[1]} that of {one[0]} too: each instance has the"
        " port of the one before it plus one; give the keys numbers that are further apart"
    )


def _named_ports(given: t.Any) -> dict[str, int]:
    if not isinstance(given, dict):
        raise Failure(f"{PORTS}: expected a mapping of names to ports such as {{http: 8080}}, got {given!r}")
    return {str(name): port_of(value, f"{PORTS}.{name}") for name, value in given.items()}


def _counted(number: int, own: dict[str, int], first: dict[str, int], where: str) -> dict[str, int]:
    """Return the ports of an instance; where they are not its own by a template, those of the first one count up."""
    return {
        key: port if port != first.get(key) else port_of(port + number, f"{where}{key}") for key, port in own.items()
    }


def _rendered(templar: Templar, variables: Result, key: str, otherwise: t.Any) -> t.Any:
    """Return a variable of the host, rendered with these variables."""
    raw = variables.get(key)
    if raw is None:
        return otherwise
    if isinstance(raw, int) and not is_template(raw):
        return raw
    try:
        return templar.copy_with_new_env(available_variables=variables).template(raw)
    except AnsibleError as error:
        raise Failure(f"{key}: {error}") from error


def _is_ours(key: t.Any) -> bool:
    return str(key) == "ports" or str(key).startswith(("service_", "ansible_"))
