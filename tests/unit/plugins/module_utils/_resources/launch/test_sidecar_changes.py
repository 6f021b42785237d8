# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done about an instance for the sake of its sidecars: which action, and because of which keys."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.decision import decide, removal
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.sidecar_changes import last_applied
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.repair.course import Course, course_of
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.status import drift
from tests.unit.builders import found_container, instance_options, observed

Options = dict[str, t.Any]
Found = dict[str, ObservedInstance]
FILE = {"path": "/srv/a.conf", "content": "a"}
USUAL: Options = {"nginx": {"files": [FILE]}, "agent": {"alone": True}, "init": {"once": True}}


def wanted(images: t.Mapping[str, str] | None = None, **changes: t.Any) -> InstanceSpec:
    """Return the usual instance; ``changes``: a sidecar -> what differs, None where it is not wanted."""
    names = [name for name in {**USUAL, **changes} if changes.get(name, {}) is not None]
    sidecars = {name: {**USUAL.get(name, {}), **changes.get(name, {})} for name in names}
    made = instance_options(sidecars=sidecars)
    made["image"]["sidecars"] = {
        name: {"reference": f"r/{name}", "content": (images or {}).get(name, "c")} for name in sidecars
    }
    return InstanceSpec.from_options(made, {})


def there(spec: InstanceSpec, name: str, state: str = "running", policy: str = "always") -> FoundContainer:
    """Return the container of a sidecar."""
    sidecar = next(sidecar for sidecar in spec.sidecars if sidecar.name == name)
    container = found_container(spec.of_sidecar(sidecar), sidecar.container.name, state, policy, f"id of {name}")
    return dataclasses.replace(container, instance="web")


def found(spec: InstanceSpec, **changes: t.Any) -> ObservedInstance:
    """Return an instance that runs as wanted; ``changes``: a sidecar -> another observed one, None where it is gone."""
    sidecars = {s.name: one(spec, s.name) for s in spec.sidecars if not s.once}
    current = found_container(spec)
    return observed(current, sidecars={n: o for n, o in {**sidecars, **changes}.items() if o is not None})


def one(spec: InstanceSpec, name: str, state: str = "running", files: Options | None = None) -> ObservedInstance:
    """Return a sidecar as it was found."""
    sidecar = next(sidecar for sidecar in spec.sidecars if sidecar.name == name)
    on_disk = {file.path: file.digest for file in sidecar.files} if files is None else files
    return ObservedInstance(there(spec, name, state), None, None, {}, files=on_disk)


NOW = wanted()
LIMIT = {"container": {"environment": {"LEVEL": "2"}}}
CASES = [
    ("as it is", NOW, found(NOW), "none", []),
    ("an image", wanted({"nginx": "c2"}), found(NOW), "replace", ["sidecars.nginx.image"]),
    ("an image of one alone", wanted({"agent": "c2"}), found(NOW), "update", ["sidecars.agent.image"]),
    ("an option", wanted(nginx=LIMIT), found(NOW), "replace", ["sidecars.nginx.environment.LEVEL"]),
    ("ready", wanted(nginx={"ready": "true"}), found(NOW), "replace", ["sidecars.nginx.ready"]),
    ("ready of one alone", wanted(agent={"ready": "true"}), found(NOW), "update", ["sidecars.agent.ready"]),
    (
        "a file",
        wanted(nginx={"files": [{**FILE, "content": "b"}]}),
        found(NOW),
        "replace",
        ["sidecars.nginx.files./srv/a.conf"],
    ),
    (
        "a file changed by hand",
        NOW,
        found(NOW, nginx=one(NOW, "nginx", files={})),
        "replace",
        ["sidecars.nginx.files./srv/a.conf"],
    ),
    ("another one more", wanted(more={}), found(NOW), "replace", ["sidecars.more"]),
    ("another one alone more", wanted(more={"alone": True}), found(NOW), "update", ["sidecars.more"]),
    ("one less", wanted(nginx=None), found(NOW), "replace", ["sidecars.nginx"]),
    ("what runs once", wanted({"init": "c2"}), found(NOW), "replace", ["sidecars.init"]),
    ("one that ended", NOW, found(NOW, nginx=one(NOW, "nginx", "exited")), "update", ["sidecars.nginx.state"]),
    ("one that was removed by hand", NOW, found(NOW, nginx=None), "update", ["sidecars.nginx.state"]),
    (
        "what ran once and was left by a killed launch",
        NOW,
        found(NOW, init=ObservedInstance(there(NOW, "init", "exited"), None, None, {})),
        "update",
        ["sidecars.init.leftover"],
    ),
    ("no longer any", instance := InstanceSpec.from_options(instance_options(), {}), found(NOW), "replace", None),
    ("the first time any", NOW, observed(found_container(instance)), "replace", None),
]


@pytest.mark.parametrize(("spec", "seen", "action", "keys"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_decisions(spec: InstanceSpec, seen: ObservedInstance, action: str, keys: list[str] | None) -> None:
    plan = decide(spec, seen)
    assert plan.action.value == action
    if keys is not None:
        assert sorted(change.key for change in plan.changes) == keys


def test_creation_tells_all_containers() -> None:
    plan = decide(NOW, observed())
    assert plan.action.value == "create"
    assert {"image", "sidecars.nginx.image", "sidecars.init.image"} <= {change.key for change in plan.changes}


def test_removal_takes_all_containers() -> None:
    keys = [change.key for change in removal(found(NOW)).changes]
    assert keys == ["container.web", "container.web.nginx", "container.web.agent"]


def test_an_observed_instance_survives_its_way_through_json() -> None:
    seen = found(NOW)
    assert ObservedInstance.from_result(seen.to_result()) == seen


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (found(NOW), []),
        (found(NOW, agent=None), ["sidecars.agent.state: (not there), not running"]),
        (found(NOW, nginx=one(NOW, "nginx", "exited")), ["sidecars.nginx.state: exited, not running"]),
    ],
)
def test_drift(seen: ObservedInstance, told: list[str]) -> None:
    assert drift(seen) == told
    assert [s.name for s in last_applied(seen, t.cast(FoundContainer, seen.current))] == ["agent", "init", "nginx"]


@pytest.mark.parametrize(
    ("seen", "course"),
    [
        (found(NOW), Course.NOTHING),
        (found(NOW, agent=None), Course.MEND),
        (found(NOW, nginx=one(NOW, "nginx", "exited")), Course.MEND),
        (found(NOW, nginx=one(NOW, "nginx", files={})), Course.REPORT),
    ],
)
def test_what_a_host_mends_by_itself(seen: ObservedInstance, course: Course) -> None:
    assert course_of(NOW, seen, decide(NOW, seen)) is course
