# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of decisions: what is found, what is wanted, and the mildest action that does it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Code, Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    FoundRegistration,
    Registration,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide, removal
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import (
    DRAINED,
    MAINTENANCE,
    ObservedInstance,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from tests.unit.builders import found_container, found_registration, instance_spec, observed

REGISTRATION: dict[str, t.Any] = {"port": 80, "tags": ["a"], "checks": [{"ttl": "30s"}]}


def wanted(
    *,
    environment: str = "1",
    content: str = "c-1",
    policy: str = "always",
    tags: str = "a",
    secret: str | None = None,
    after: t.Sequence[dict[str, t.Any]] = (),
) -> InstanceSpec:
    return instance_spec(
        {} if secret is None else {"TOKEN": secret},
        content=content,
        container={"environment": {"A": environment}, "restart_policy": {"Name": policy}},
        registrations=[{**REGISTRATION, "tags": [tags]}],
        gate={"after": after},
    )


DRAIN = f"{DRAINED}leak (by anna on desk, since then)"
WANTED = wanted()


def container(
    name: str = "web", state: str = "running", policy: str = "always", environment: str = "1"
) -> FoundContainer:
    return found_container(wanted(environment=environment), name, state, policy, identity=f"id of {name}")


def registration(identity: str = "web", maintenance: str | None = None, instance: str = "web") -> FoundRegistration:
    """As the agent has it once it is registered."""
    options = {**REGISTRATION, "id": identity}
    made = Registration.from_options(options, "web", "test")
    checks = {check["CheckID"]: {"ServiceID": identity} for check in made.to_api("passing")["Checks"]}
    return dataclasses.replace(found_registration(made, checks), maintenance=maintenance, instance=instance)


PREVIOUS = container("web.previous", "exited", "no")
OLD = container("web.previous", "exited", "no", environment="0")
NEXT = container("web.next", "created")
NEW = ("registrations.web", None, "web")


@pytest.mark.parametrize(
    ("options", "found", "action", "changes"),
    [
        pytest.param(WANTED, observed(container(), registration()), "none", [], id="all is as wanted"),
        pytest.param(
            WANTED,
            observed(),
            "create",
            [
                ("image", None, "c-1"),
                ("network_mode", None, "host"),
                ("restart_policy.Name", None, "always"),
                ("environment.A", None, "1"),
                ("log_config.type", None, "json-file"),
                ("log_config.config.max-size", None, "10m"),
                ("log_config.config.max-file", None, "9"),
                NEW,
            ],
            id="nothing is there",
        ),
        pytest.param(
            wanted(environment="2"),
            observed(container(), registration()),
            "replace",
            [("environment.A", "1", "2")],
            id="an option changed",
        ),
        pytest.param(
            wanted(content="c-2"),
            observed(container(), registration()),
            "replace",
            [("image", "c-1", "c-2")],
            id="the image changed",
        ),
        pytest.param(
            wanted(secret="digest"),
            observed(container(), registration()),
            "replace",
            [("secrets.TOKEN", None, "set")],
            id="a secret more",
        ),
        pytest.param(
            wanted(environment="2", tags="b"),
            observed(container(), registration()),
            "replace",
            [("environment.A", "1", "2"), ("registrations.web.tags", ["a"], ["b"])],
            id="an option and a tag changed",
        ),
        pytest.param(
            wanted(tags="b"),
            observed(container(), registration()),
            "register",
            [("registrations.web.tags", ["a"], ["b"])],
            id="a tag changed",
        ),
        pytest.param(WANTED, observed(container()), "register", [NEW], id="the registration is missing"),
        pytest.param(
            WANTED,
            observed(container(), registration(), registration("web-old")),
            "register",
            [("registrations.web-old", "web", None)],
            id="a registration too many",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(maintenance=MAINTENANCE)),
            "register",
            [("registrations.web.maintenance", MAINTENANCE, None)],
            id="our own maintenance was left on",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(maintenance="disk")),
            "none",
            [],
            id="maintenance of somebody else",
        ),
        pytest.param(
            WANTED,
            observed(container(state="exited"), registration()),
            "restart",
            [("state", "exited", "running")],
            id="stopped by hand",
        ),
        pytest.param(
            WANTED,
            observed(container(state="paused"), registration()),
            "restart",
            [("state", "paused", "running")],
            id="paused by hand",
        ),
        pytest.param(
            wanted(tags="b"),
            observed(container(state="created")),
            "restart",
            [("state", "created", "running"), NEW],
            id="never started, never registered",
        ),
        pytest.param(
            WANTED,
            observed(container(policy="no"), registration()),
            "update",
            [("restart_policy.Name", "no", "always")],
            id="the policy was changed by hand",
        ),
        pytest.param(
            wanted(tags="b"),
            observed(container(policy="no"), registration()),
            "update",
            [("restart_policy.Name", "no", "always"), ("registrations.web.tags", ["a"], ["b"])],
            id="policy and tag",
        ),
        pytest.param(
            wanted(policy="no"),
            observed(container(), registration()),
            "update",
            [("restart_policy.Name", "always", "no")],
            id="another policy is wanted",
        ),
        pytest.param(
            wanted(environment="2", policy="no"),
            observed(container(), registration()),
            "replace",
            [("environment.A", "1", "2"), ("restart_policy.Name", "always", "no")],
            id="another policy and another option",
        ),
        pytest.param(
            WANTED,
            observed(dataclasses.replace(container(), name="web-old"), registration()),
            "update",
            [("name", "web-old", "web")],
            id="renamed by hand",
        ),
        pytest.param(
            WANTED,
            observed(dataclasses.replace(container(state="exited"), name="web-old"), registration()),
            "restart",
            [("state", "exited", "running"), ("name", "web-old", "web")],
            id="renamed and stopped by hand",
        ),
        pytest.param(
            WANTED,
            dataclasses.replace(observed(container(), registration()), lost_secrets=("/run/key",)),
            "update",
            [("secrets./run/key", "lost", "set")],
            id="a secret file is lost",
        ),
        pytest.param(
            WANTED,
            dataclasses.replace(observed(container(state="exited"), registration()), lost_secrets=("/run/key",)),
            "restart",
            [("state", "exited", "running"), ("secrets./run/key", "lost", "set")],
            id="the host was started anew: without its secret files the container could not start",
        ),
        pytest.param(
            wanted(environment="2"),
            observed(container(), registration(), upcoming=NEXT),
            "replace",
            [("environment.A", "1", "2")],
            id="killed before the old one was stopped",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(), upcoming=NEXT),
            "register",
            [("leftover.web.next", "created", None)],
            id="killed there, and no longer wanted",
        ),
        pytest.param(
            WANTED,
            observed(container(state="exited", policy="no"), registration(maintenance=MAINTENANCE), upcoming=NEXT),
            "restart",
            [
                ("state", "exited", "running"),
                ("restart_policy.Name", "no", "always"),
                ("registrations.web.maintenance", MAINTENANCE, None),
            ],
            id="killed when the old one was stopped, and no longer wanted",
        ),
        pytest.param(
            WANTED,
            observed(None, registration(maintenance=MAINTENANCE), previous=OLD, upcoming=NEXT),
            "replace",
            [
                ("environment.A", "0", "1"),
                ("restart_policy.Name", "no", "always"),
                ("registrations.web.maintenance", MAINTENANCE, None),
            ],
            id="killed between the two names",
        ),
        pytest.param(
            WANTED,
            observed(None, registration(maintenance=MAINTENANCE), previous=PREVIOUS, upcoming=NEXT),
            "restart",
            [
                ("state", "exited", "running"),
                ("name", "web.previous", "web"),
                ("restart_policy.Name", "no", "always"),
                ("registrations.web.maintenance", MAINTENANCE, None),
            ],
            id="killed there, and no longer wanted: the old one comes back",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(), previous=OLD),
            "register",
            [("leftover.web.previous", "exited", None)],
            id="killed in the gate",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(), noted_drain=DRAIN),
            "register",
            [("registrations.web.maintenance", None, DRAIN)],
            id="drained, and the agent has lost its maintenance",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(maintenance=DRAIN)),
            "none",
            [],
            id="drained",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(maintenance=MAINTENANCE), noted_drain=DRAIN),
            "none",
            [],
            id="drained after a launch was killed",
        ),
        pytest.param(
            wanted(after=[{"command": ["true"]}]),
            observed(container(), registration(), owes_after=True),
            "register",
            [("gate.after", "not asked", "holds")],
            id="killed between the conditions of its gate",
        ),
        pytest.param(
            WANTED,
            observed(container(), registration(), owes_after=True),
            "none",
            [],
            id="killed between the conditions of its gate, of which there are none any more",
        ),
        pytest.param(
            WANTED,
            observed(container(state="exited"), registration(), previous=OLD),
            "restart",
            [("state", "exited", "running")],
            id="killed before the new one was started",
        ),
        pytest.param(WANTED, observed(None, upcoming=NEXT), "create", ..., id="killed at the first launch of all"),
    ],
)
def test_decision(options: InstanceSpec, found: ObservedInstance, action: str, changes: t.Any) -> None:
    plan = decide(options, found)
    assert plan.action.value == action
    if changes is not ...:
        assert [(c.key, c.before, c.after) for c in plan.changes] == changes


@pytest.mark.parametrize(
    ("options", "found", "action", "keys"),
    [
        pytest.param(WANTED, observed(container(), registration()), "restart", ["state"], id="nothing has changed"),
        pytest.param(
            wanted(tags="b"),
            observed(container(policy="no"), registration()),
            "restart",
            ["state", "restart_policy.Name", "registrations.web.tags"],
            id="what can be changed as it runs comes along",
        ),
        pytest.param(
            WANTED, observed(container(state="exited"), registration()), "restart", ["state"], id="it did not run"
        ),
        pytest.param(
            wanted(content="c-2"),
            observed(container(), registration()),
            "replace",
            ["image"],
            id="a new container",
        ),
    ],
)
def test_restart_that_is_asked_for(
    options: InstanceSpec, found: ObservedInstance, action: str, keys: list[str]
) -> None:
    plan = decide(dataclasses.replace(options, restart=True), found)
    assert (plan.action.value, [change.key for change in plan.changes]) == (action, keys)


def test_creation_does_not_show_secrets() -> None:
    plan = decide(wanted(secret="digest"), observed())
    assert [(c.before, c.after) for c in plan.changes if c.key == "secrets.TOKEN"] == [(None, "set")]


def test_registration_of_somebody_else_is_refused() -> None:
    with pytest.raises(Failure, match="a service with the ID web that is not of Longshore"):
        decide(WANTED, observed(None, registration(instance="")))


@pytest.mark.parametrize(
    ("found", "action", "changes"),
    [
        pytest.param(observed(), "none", [], id="nothing is there"),
        pytest.param(
            observed(container(), registration()),
            "remove",
            [("container.web", "running", None), ("registrations.web", "web", None)],
            id="container and registration",
        ),
        pytest.param(
            observed(None, registration()), "remove", [("registrations.web", "web", None)], id="registration only"
        ),
        pytest.param(
            observed(None, previous=PREVIOUS, upcoming=NEXT),
            "remove",
            [("container.web.previous", "exited", None), ("container.web.next", "created", None)],
            id="leftovers only",
        ),
        pytest.param(observed(None, registration(instance="")), "none", [], id="somebody else's registration stays"),
    ],
)
def test_removal(found: ObservedInstance, action: str, changes: list[tuple[str, t.Any, t.Any]]) -> None:
    plan = removal(found)
    assert (plan.action.value, [(c.key, c.before, c.after) for c in plan.changes]) == (action, changes)


MEMBER: dict[str, t.Any] = {"first_boot": False, "empty_peers": [], "peers": "b,c"}


def member(*, environment: str = "1", policy: str = "always", tags: str = "a", **how: t.Any) -> InstanceSpec:
    """Return an instance of a cluster: ``first_boot``, ``empty_peers``, and the ``peers`` that its environment has."""
    told = {**MEMBER, **how}
    made = wanted(environment=environment, policy=policy, tags=tags)
    more = {"PEERS": told["peers"], **({"FOUND": "yes"} if told["first_boot"] else {})}
    options = {**made.container.options, "environment": {**made.container.options["environment"], **more}}
    container = dataclasses.replace(
        made.container, options=options, first_boot=told["first_boot"], empty_peers=tuple(told["empty_peers"])
    )
    return dataclasses.replace(made, container=container)


def member_found(
    made: InstanceSpec, state: str = "running", passing: bool = True, held: str | None = None
) -> ObservedInstance:
    answer = {
        "Id": "id",
        "Name": "/web",
        "State": {"Status": state},
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
        "Config": {"Labels": made.container.labels()},
    }
    there = observed(FoundContainer.from_inspect(answer), registration(maintenance=held))
    return dataclasses.replace(there, passing=passing)


def by_signal(made: InstanceSpec) -> InstanceSpec:
    """With new code that a signal loads."""
    code = Code("", "c-2", "v2", "/srv/code", "/code", 0, 0, "web")
    return dataclasses.replace(made, code=code, reload=Reload("signal", "HUP", 60, (), (), 60, ""))


FOUNDER = member(first_boot=True, empty_peers=["all"], peers="")
ALONE = member(empty_peers=["all"], peers="")


@pytest.mark.parametrize(
    ("today", "found", "action", "keys"),
    [
        pytest.param(member(), member_found(FOUNDER), "none", [], id="a founder that is well"),
        pytest.param(
            member(environment="2"),
            member_found(FOUNDER),
            "replace",
            ["environment.A", "first_boot", "peers.all"],
            id="a founder that is replaced anyway",
        ),
        pytest.param(
            member(policy="unless-stopped"),
            member_found(FOUNDER),
            "replace",
            ["first_boot", "peers.all", "restart_policy.Name"],
            id="a founder that could be updated",
        ),
        pytest.param(
            member(tags="b"),
            member_found(FOUNDER),
            "replace",
            ["first_boot", "peers.all", "registrations.web.tags"],
            id="a founder that could be registered otherwise",
        ),
        pytest.param(
            by_signal(member()),
            member_found(FOUNDER),
            "replace",
            ["first_boot", "peers.all", "code"],
            id="a founder that could load code by a signal",
        ),
        pytest.param(by_signal(member()), member_found(member()), "signal", ["code"], id="another member"),
        pytest.param(
            member(),
            member_found(FOUNDER, "exited", False),
            "replace",
            ["state", "first_boot", "peers.all"],
            id="a founder that has ended",
        ),
        pytest.param(
            member(),
            member_found(FOUNDER, "restarting", False),
            "replace",
            ["state", "first_boot", "peers.all"],
            id="a founder that crashes",
        ),
        pytest.param(
            member(), member_found(FOUNDER, passing=False), "replace", ["first_boot", "peers.all"], id="one that fails"
        ),
        pytest.param(member(), member_found(FOUNDER, passing=False, held="disk"), "none", [], id="in maintenance"),
        pytest.param(
            member(empty_peers=["all"], peers=""),
            member_found(FOUNDER, "exited", False),
            "replace",
            ["state", "first_boot"],
            id="a founder that is alone",
        ),
        pytest.param(FOUNDER, member_found(FOUNDER, "exited", False), "restart", ["state"], id="still a first boot"),
        pytest.param(member(), member_found(ALONE), "none", [], id="made without peers, and well"),
        pytest.param(
            member(), member_found(ALONE, "exited", False), "replace", ["state", "peers.all"], id="made without peers"
        ),
        pytest.param(ALONE, member_found(ALONE, "exited", False), "restart", ["state"], id="nobody else is there"),
        pytest.param(
            ALONE,
            member_found(member(), "exited", False),
            "restart",
            ["state"],
            id="its own peers, not none",
        ),
        pytest.param(
            member(peers="c,d"), member_found(member(), "exited", False), "restart", ["state"], id="others than then"
        ),
    ],
)
def test_first_start(today: InstanceSpec, found: ObservedInstance, action: str, keys: list[str]) -> None:
    plan = decide(today, found)
    assert (plan.action.value, [change.key for change in plan.changes]) == (action, keys)


def test_restart_of_a_founder_is_a_replacement() -> None:
    """The same container would found its cluster once more."""
    plan = decide(dataclasses.replace(member(), restart=True), member_found(FOUNDER))
    assert (plan.action.value, [change.key for change in plan.changes]) == (
        "replace",
        ["state", "first_boot", "peers.all"],
    )


def test_founder_in_its_gate_is_not_touched() -> None:
    """A launch that was killed in it; whether it has founded the cluster, nobody knows."""
    there = member_found(FOUNDER, passing=False)
    waiting = dataclasses.replace(there.registrations["web"], passed_gate=False)
    found = dataclasses.replace(there, registrations={"web": waiting})
    for today, action, keys in (
        (member(), "register", []),
        (member(policy="unless-stopped"), "update", ["restart_policy.Name"]),
    ):
        plan = decide(today, found)
        assert (plan.action.value, [change.key for change in plan.changes]) == (
            action,
            [*keys, "registrations.web.gate"],
        )


def test_service_without_peers_has_nothing_of_a_first_start() -> None:
    alike = dataclasses.replace(WANTED.container, first_boot=True, empty_peers=("all",))
    assert "longshore.first-start" not in alike.labels()
    assert FOUNDER.container.digest == member().container.digest
