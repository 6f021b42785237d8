# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sidecars a preflight looks at, and how it names what is wrong with them."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._resources.preflight.findings import Preflight
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight import sidecars as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_options, observed

OURS, OTHERS, FOREIGN = {"longshore.instance": "web"}, {"longshore.instance": "web.nginx"}, {"a": "b"}


def wanted() -> InstanceSpec:
    options = instance_options(sidecars={"nginx": {}, "agent": {"alone": True}})
    options["image"]["sidecars"] = {name: {"reference": f"r/{name}", "content": "c"} for name in ("nginx", "agent")}
    return InstanceSpec.from_options(options, {})


def ahead(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, labels: dict[str, str] | None = None, said: t.Sequence[str] = ()
) -> tuple[Preflight, list[str]]:
    """Return what was found out, and of which containers."""
    looked: list[str] = []

    def look(_host: Host, spec: InstanceSpec, *_more: t.Any) -> Preflight:
        looked.append(spec.container.name)
        return Preflight(list(said), [], pulled=True)

    monkeypatch.setattr(story, "run_preflight", look)
    answer = {"Config": {"Labels": labels}} if labels else None
    host = t.cast(Host, SimpleNamespace(docker=SimpleNamespace(inspect=lambda _name: answer)))
    return story.with_sidecars(Preflight(["of the main one"], []), host, wanted(), observed(), plan, False), looked


def test_all_that_are_made_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    found, looked = ahead(monkeypatch, Plan(Action.CREATE))
    assert looked == ["web.nginx", "web.agent"]
    assert found == Preflight(["of the main one"], [], pulled=True)


def test_problems_are_named_by_the_keys_of_the_sidecar(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _looked = ahead(monkeypatch, Plan(Action.CREATE), said=["service_container.ports: no", "port 80 is taken"])
    assert found.problems[1:3] == [
        "service_sidecars.nginx.container.ports: no",
        "sidecar nginx: port 80 is taken",
    ]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (OURS, None),
        (OTHERS, "is that of the instance web.nginx; rename the service or the sidecar"),
        (FOREIGN, "that Longshore did not make"),
    ],
)
def test_containers_of_others(monkeypatch: pytest.MonkeyPatch, labels: dict[str, str], told: str | None) -> None:
    found, looked = ahead(monkeypatch, Plan(Action.CREATE), labels)
    assert bool(looked) == (told is None)
    assert told is None or told in found.problems[1]
