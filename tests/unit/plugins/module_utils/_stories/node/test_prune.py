# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services without a file leave a host: on a model of one host and its Consul."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.node.settings import Settings
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node import prune as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.look import Fleet
from ansible_collections.longshore.fleet.plugins.module_utils._stories.node.prune import Pruned, prune
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.node_model import BY, World

KEPT = Fleet("longshore", {"kept": Settings("longshore")})
ALL = Pruned()


class Engine(World):
    """A host whose containers have images and volumes."""

    def __init__(self, *services: str) -> None:
        super().__init__(*services)
        self.volume_of = {name: f"{name}-data" for name in services}

    def containers(self) -> list[dict[str, t.Any]]:
        mounts = {name: [{"Type": "volume", "Name": self.volume_of[name]}] for name in self.running}
        return [
            {**found, "Id": n, "Mounts": mounts[n]} for n, found in zip(self.running, super().containers(), strict=True)
        ]

    def inspect(self, container: str) -> dict[str, t.Any]:
        [mounts] = [found["Mounts"] for found in self.containers() if found["Id"] == container]
        return {"Name": f"/{container}", "Config": {"Image": "busybox@1"}, "Mounts": mounts}

    def remove_image(self, reference: str) -> bool:
        self.step(f"image {reference}")
        return not self.running

    def remove_volume(self, name: str) -> None:
        self.step(f"volume {name}")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine("api", "kept", "web")
    del made.consul.entries["longshore/services/api/nodes/node1/api"]  # another fleet's, as it seems

    def survey(_host: Host, instance: str) -> ObservedInstance:
        return made.survey(instance)

    def remove(_host: Host, instance: str, *_arguments: t.Any) -> None:
        made.step(f"remove {instance}")
        assert made.consul.holders() == [f"longshore/services/{instance}/lock"]
        del made.running[instance]

    monkeypatch.setattr(story, "survey", survey)
    monkeypatch.setattr(story, "remove", remove)
    return made


def test_in_check_mode_all_is_told(world: Engine) -> None:
    told = prune(world.host, KEPT, BY, ALL, check=True)
    assert [(one["service"], one["noted"], one["volumes"]) for one in told["left"]] == [
        ("api", False, ["api-data"]),
        ("web", True, ["web-data"]),
    ]
    assert (told["changed"], told["steps"], world.steps) == (True, ["drain and remove web"], [])


def test_what_this_fleet_knows_goes(world: Engine) -> None:
    done = prune(world.host, KEPT, BY, ALL, check=False)
    assert world.steps == ["remove web", "image busybox@1"]
    assert done["steps"] == [
        "drain and remove web",
        "keep image busybox@1, which another container uses",
        "keep volume web-data",
    ]
    assert world.consul.noted() == ["longshore/services/kept/nodes/node1/kept"]
    assert world.consul.holders() == []
    assert not prune(world.host, KEPT, BY, ALL, check=False)["changed"]


def test_a_service_that_is_named_goes_whoever_has_made_it(world: Engine) -> None:
    prune(world.host, KEPT, BY, Pruned("api", volumes=True), check=False)
    assert world.steps == ["remove api", "image busybox@1", "volume api-data"]


@pytest.mark.parametrize("service", ["kept", "unknown"])
def test_a_service_that_has_a_file_stays(world: Engine, service: str) -> None:
    told = prune(world.host, KEPT, BY, Pruned(service), check=False)
    assert (told["changed"], told["left"], world.steps) == (False, [], [])


def test_a_service_with_a_file_leaves_a_host_that_is_none_of_its_any_more(world: Engine) -> None:
    pruned = Pruned("kept", leaves=True)
    told = prune(world.host, KEPT, BY, pruned, check=True)
    assert (told["steps"], world.steps) == (["drain and remove kept"], [])
    done = prune(world.host, KEPT, BY, pruned, check=False)
    assert [one["service"] for one in done["left"]] == ["kept"]
    assert world.steps[0] == "remove kept"
    assert world.consul.holders() == []
    assert not prune(world.host, KEPT, BY, pruned, check=False)["changed"]


def test_a_volume_that_another_one_uses_stays(world: Engine) -> None:
    world.volume_of["kept"] = "web-data"
    done = prune(world.host, KEPT, BY, Pruned(volumes=True), check=False)
    assert done["steps"][-1] == "keep volume web-data, which another container uses"
    assert world.steps == ["remove web", "image busybox@1"]


def test_nothing_is_touched_where_a_lock_is_held(world: Engine) -> None:
    world.consul.sessions.add("s-9")
    world.consul.put("kv/longshore/services/web/lock", b"{}", (("acquire", "s-9"),))
    with pytest.raises(Failure, match="Nothing was touched on node1") as failure:
        prune(world.host, KEPT, BY, ALL, check=False)
    assert "The deploy lock of web is held" in str(failure.value)
    assert world.steps == []
