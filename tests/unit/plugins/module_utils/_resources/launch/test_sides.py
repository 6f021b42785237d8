# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of two sides runs, whether the other one starts first, and which of two containers is to leave."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    DRAINED,
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sides import (
    beside,
    on_the_other_side,
    starts_first,
    superseded,
    with_ports_in_use,
    without_beside,
)
from tests.unit.builders import found_container, found_registration, instance_spec, observed

Entry = dict[str, t.Any]


def entry(port: int, name: str = "web") -> Entry:
    return {"id": f"{name}-{port}", "name": name, "port": port}


def at(*ports: int) -> t.Any:
    """Return an instance with these ports."""
    return instance_spec(registrations=[entry(port, f"web{n or ''}") for n, port in enumerate(ports)])


def container(*ports: int, **more: t.Any) -> t.Any:
    return found_container(at(*ports), **more)


def registered(*ports: int, maintenance: str | None = None, gate: bool = True) -> list[t.Any]:
    checks = {f"_service_maintenance:web-{p}": {"ServiceID": f"web-{p}", "Notes": maintenance} for p in ports}
    more = {} if gate else {"Meta": {"longshore-instance": "web", "longshore-gate": "waiting"}}
    return [found_registration(at(p).registrations[0], checks if maintenance else {}, **more) for p in ports]


def params(one: t.Sequence[int] = (80,), other: t.Sequence[int] = (81,)) -> dict[str, t.Any]:
    names = ["web", "web1"]
    sides = [{"registrations": [entry(p, names[n]) for n, p in enumerate(ports)]} for ports in (one, other)]
    return {"wanted": sides[0], "alternate": sides[1]}


@pytest.mark.parametrize(
    ("found", "in_use"),
    [
        pytest.param(observed(), 80, id="nothing there"),
        pytest.param(observed(container(80)), 80, id="the one"),
        pytest.param(observed(container(81)), 81, id="the other"),
        pytest.param(observed(container(8000)), 80, id="ports of before"),
        pytest.param(observed(previous=container(81)), 81, id="only one that was set aside"),
    ],
)
def test_the_ports_in_use(found: ObservedInstance, in_use: int) -> None:
    sides = with_ports_in_use(params(), found)
    assert sides["wanted"]["registrations"][0]["port"] == in_use
    assert sides["alternate"]["registrations"][0]["port"] == (81 if in_use == 80 else 80)


def test_where_nothing_alternates_options_stay_as_they_are() -> None:
    assert with_ports_in_use({"wanted": {}}, observed(container(80))) == {"wanted": {}}


@pytest.mark.parametrize(
    ("found", "action", "first"),
    [
        pytest.param(observed(container(80), *registered(80)), Action.REPLACE, True, id="replace"),
        pytest.param(observed(container(80), *registered(80)), Action.RESTART, True, id="restart"),
        pytest.param(observed(container(80), *registered(80)), Action.UPDATE, False, id="update"),
        pytest.param(observed(), Action.CREATE, False, id="create"),
        pytest.param(observed(container(80, state="exited")), Action.REPLACE, False, id="it does not run"),
        pytest.param(
            observed(container(80), *registered(80, maintenance="disk")), Action.REPLACE, False, id="in maintenance"
        ),
        pytest.param(
            observed(container(80), *registered(80, maintenance=f"{DRAINED}anna")), Action.REPLACE, False, id="drained"
        ),
        pytest.param(
            observed(container(80), *registered(80, maintenance=MAINTENANCE)),
            Action.REPLACE,
            True,
            id="our own maintenance, of a launch that was killed",
        ),
        pytest.param(
            observed(container(80), *registered(80), previous=container(80, state="exited")),
            Action.REPLACE,
            False,
            id="an ordinary replacement was killed",
        ),
        pytest.param(
            observed(container(80), *registered(80, 81), previous=container(81)),
            Action.REPLACE,
            True,
            id="one that starts first was killed, once the new one was in traffic",
        ),
    ],
)
def test_starts_first(found: ObservedInstance, action: Action, first: bool) -> None:
    assert starts_first(params(), found, Plan(action)) == first
    assert not starts_first({"wanted": {}}, found, Plan(action))


def test_the_plan_of_the_other_side() -> None:
    changes = (Change("image", "a", "b"), Change("registrations.web-80", None, "web"), Change("name", "x", "web"))
    sides, plan = on_the_other_side(params(), observed(container(80)), Plan(Action.RESTART, changes))
    assert sides == {"wanted": params()["alternate"], "alternate": params()["wanted"]}
    assert plan == Plan(Action.REPLACE, (changes[0], changes[2], Change("port", 80, 81)))


def test_each_port_of_several_is_told() -> None:
    sides = params((80, 90), (81, 91))
    changes = on_the_other_side(sides, observed(container(80, 90)), Plan(Action.REPLACE))[1].changes
    assert changes == (Change("port.web", 80, 81), Change("port.web1", 90, 91))


def test_a_port_that_runs_and_is_on_both_sides() -> None:
    with pytest.raises(Failure, match=r"service_rollout\.start_first: the container that runs has port 90"):
        on_the_other_side(params((80, 91), (81, 90)), observed(container(80, 90)), Plan(Action.REPLACE))


@pytest.mark.parametrize(
    ("found", "leaves"),
    [
        pytest.param(observed(container(81), *registered(80, 81), previous=container(80)), True, id="it has passed"),
        pytest.param(
            observed(container(81), *registered(80, 81, gate=False), previous=container(80)), False, id="in its gate"
        ),
        pytest.param(observed(container(81), previous=container(80)), False, id="not registered"),
        pytest.param(
            observed(container(80), *registered(80), previous=container(80)), False, id="an ordinary replacement"
        ),
        pytest.param(
            observed(container(81, state="exited"), *registered(80, 81), previous=container(80)), False, id="it ended"
        ),
        pytest.param(observed(container(81), *registered(81)), False, id="alone"),
    ],
)
def test_superseded(found: ObservedInstance, leaves: bool) -> None:
    assert superseded(found) == (found.previous if leaves else None)


def test_a_container_beside_the_one_that_serves() -> None:
    created = observed(container(80), *registered(80), upcoming=container(81, state="created"))
    assert beside(created) is None
    assert without_beside(created) is created
    running = observed(container(80), *registered(80, 81), upcoming=container(81))
    assert beside(running) is running.next
    assert without_beside(running).registrations.keys() == {"web-80"}
