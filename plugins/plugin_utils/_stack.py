# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stack.yml knows of the services of the fleet, and what a service's own deploy would see on a host."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact, Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import FACT, switched_on
from ansible_collections.longshore.fleet.plugins.plugin_utils._verdict import DISCOVERED, LAUNCHED

Result = dict[str, t.Any]
# What the role's tasks register on every host: service -> its result.
SHIPPED, GATHERED, PLANNED = "__stack_shipped", "__stack_gathered", "__stack_planned"
IMAGE, CODE = "__service_image", "__service_code"
_OWN = {DISCOVERED: GATHERED, LAUNCHED: PLANNED}
PRESENT, ABSENT = "present", "absent"


@dataclass(frozen=True)
class Stack(Fact):
    """``services``: in their order, of each ``service``, its fact, ``hosts`` of this run and whom it ``waits`` for.

    ``peers``: the services of the stack that it asks Consul for. ``state``: present or absent; ``confirmed``: whether
    a removal removes; ``turns``: the services that have something to do, in their order; ``left_out``: those that have
    no host within the limit.
    """

    NAME = "longshore_stack"

    services: t.Sequence[Result] = ()
    left_out: t.Sequence[str] = ()
    state: str = PRESENT
    confirmed: bool = False
    turns: t.Sequence[str] = ()

    @classmethod
    def of(cls, entries: t.Sequence[Result], run: Result) -> Stack:
        """Return the services of this run. ``run``: what it was given."""
        state = run.get("state", PRESENT)
        if state not in (PRESENT, ABSENT):
            raise Failure(f"state: expected {PRESENT} or {ABSENT}, got {state!r}")
        out = [name_of(entry) for entry in entries if not entry["hosts"]]
        return cls([entry for entry in entries if entry["hosts"]], out, state, switched_on(run, "confirm"))

    def with_turns(self, turns: t.Iterable[str]) -> Stack:
        """Return it with the services that have something to do."""
        return replace(self, turns=list(turns))

    @property
    def goes(self) -> bool:
        """Whether this run may do what was planned."""
        return self.state == PRESENT or self.confirmed

    @property
    def idle(self) -> dict[str, str]:
        """The services without a turn, each with why."""
        idle = [name for name in self.waits if name not in self.turns]
        nothing = "nothing to do" if self.state == PRESENT else "runs nowhere"
        return {**dict.fromkeys(idle, nothing), **dict.fromkeys(self.left_out, "no host within the limit")}

    def hosts_of(self, name: str) -> list[str]:
        """Return the hosts of a service within the limit."""
        return next(list(entry["hosts"]) for entry in self.services if name_of(entry) == name)

    @property
    def waits(self) -> dict[str, dict[str, str]]:
        """Each service with those that come before it, in their order."""
        names = {name_of(entry) for entry in self.services}
        return {
            name_of(entry): {other: key for other, key in entry["waits"].items() if other in names}
            for entry in self.services
        }

    def on(self, host: str) -> list[Result]:
        """Return the services that run on a host."""
        return [entry for entry in self.services if host in entry["hosts"]]


def name_of(entry: Result) -> str:
    """Return the name of one of the services."""
    return str(entry["service"]["name"])


def of_service(results: Result, name: str) -> Result:
    """Return what a task found for one service; where it failed as a whole, how."""
    found: Result = results["services"].get(name) or {} if "services" in results else results
    return found


class StackVariables:
    """The variables that a service's own deploy would have on a host; nothing of another service's file is in them."""

    def __init__(self, loader: DataLoader, task_vars: Result) -> None:
        self._loader = loader
        self._variables = task_vars
        self._extra = load_extra_vars(loader)
        self._found: dict[tuple[str, str], Result] = {}

    def of(self, entry: Result) -> Result:
        """Return the variables for one service, in the order in which they hold: inventory, file, ``-e``."""
        service, name = Service(**entry["service"]), name_of(entry)
        data = self._loader.load_from_file(service.path, trusted_as_template=True) or {}
        shipped = self.shipped(entry)
        facts = {FACT: {"service": name}, **service.to_facts()}
        return {
            **self._variables,
            **data,
            **self._extra,
            "service": name,
            IMAGE: shipped.get("image") or {},
            CODE: shipped.get("code") or {},
            DISCOVERED: of_service(self._registered(self._variables["inventory_hostname"], GATHERED), name),
            "ansible_play_hosts_all": entry["hosts"],
            "hostvars": _Hostvars(self._variables["hostvars"], self._registered, name, facts),
        }

    def shipped(self, entry: Result) -> Result:
        """Return what came of the image and the code of one service; its first host has had them built."""
        return of_service(self._registered(entry["hosts"][0], SHIPPED), name_of(entry))

    def _registered(self, host: str, variable: str) -> Result:
        """Return what a host has for all services, asked for once, and as it is: to look for templates takes time."""
        if (host, variable) not in self._found:
            self._found[host, variable] = self._variables["hostvars"].raw_get(host).get(variable) or {}
        return self._found[host, variable]


class _Hostvars(Mapping[str, t.Any]):
    """The variables of all hosts as a service's own deploy would have them: its facts, and what was found for it."""

    def __init__(
        self, hostvars: Mapping[str, t.Any], registered: t.Callable[[str, str], Result], name: str, facts: Result
    ) -> None:
        self._hostvars = hostvars
        self._registered = registered
        self._name = name
        self._facts = facts

    def __getitem__(self, host: str) -> Mapping[str, t.Any]:
        return _OneHost(self, host)

    def found(self, host: str, variable: str) -> t.Any:
        """Return a variable of a host; what Ansible has of it is put together only where it is asked for."""
        if variable == "ansible_facts" and host == "localhost":
            return self._facts
        if variable in _OWN:
            return of_service(self._registered(host, _OWN[variable]), self._name)
        return self._hostvars[host][variable]

    def names(self, host: str) -> set[str]:
        """Return the names of a host's variables."""
        return {*self._hostvars[host], *_OWN}

    def __iter__(self) -> Iterator[str]:
        return iter(self._hostvars)

    def __len__(self) -> int:
        return len(self._hostvars)


class _OneHost(Mapping[str, t.Any]):
    """The variables of one host."""

    def __init__(self, hostvars: _Hostvars, host: str) -> None:
        self._hostvars = hostvars
        self._host = host

    def __getitem__(self, variable: str) -> t.Any:
        return self._hostvars.found(self._host, variable)

    def __iter__(self) -> Iterator[str]:
        return iter(self._hostvars.names(self._host))

    def __len__(self) -> int:
        return len(self._hostvars.names(self._host))
