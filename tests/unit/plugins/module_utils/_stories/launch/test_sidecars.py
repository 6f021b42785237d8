# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance with sidecars whose launch is killed, or fails, at each of its steps in turn, on the model of a host."""

from __future__ import annotations

import contextlib
import copy
import shutil
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import gate, sidecar_start, states, status
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_options
from tests.unit.plugins.module_utils._stories.launch import test_launch as of_launch
from tests.unit.plugins.module_utils._stories.launch.test_launch import HTTP, Agent, Engine, KilledError, Model

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.usefixtures("state")]
state = of_launch.state
Options = dict[str, t.Any]
NAMES = ["web", "web.agent", "web.nginx", "web.tools"]


class Crew(Model):
    """A host on which an instance of several containers runs."""

    def assert_sane(self) -> None:
        """Check that no two containers of one name's kind run, and that traffic goes to a whole instance."""
        for name in NAMES:
            kinds = [c for c in self.docker.values() if c["name"] in (name, f"{name}.previous", f"{name}.next")]
            assert len([c for c in kinds if c["state"] == "running"]) <= 1, f"two of {name} run"
            back = [c for c in kinds if c["state"] != "created" and c["policy"]["Name"] != "no"]
            assert len(back) <= 1, f"two of {name} come back with the engine"

    def is_healthy(self) -> bool:
        running = [c for c in self.docker.values() if c["state"] == "running"]
        return bool(running) and all(c["environment"].get("HEALTHY", "yes") == "yes" for c in running)


class CrewEngine(Engine):
    """An engine whose containers named for it run to their end at once."""

    def create(self, **arguments: t.Any) -> str:
        arguments = {"environment": {}, **arguments}
        return super().create(**{**arguments, "environment": arguments["environment"] or {}})

    def start(self, container: str) -> None:
        found = self.model.found(container)
        super().start(container)
        self.model.steps.append(f"started {found['name']}")
        if found["name"] == "web.init":
            found["state"] = "exited"

    def last_lines(self, _container: str, _lines: int, _since: float = 0, _until: float = 0) -> list[str]:
        return ["a log line"]

    def stop(self, container: str) -> None:
        super().stop(container)
        self.model.steps.append(f"stopped {self.model.found(container)['name']}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Options]:
    """Run the module's story on a model, with a fault at a step or without; ``ready`` succeeds where all is healthy."""

    def run_on(model: Crew, params: Options, fault: tuple[int, Exception] | None = None) -> Options:
        model.steps, model.faults = [], dict([fault] if fault else [])
        monkeypatch.setattr(gate, "probe", lambda *_: ("passing" if model.is_healthy() else "critical", "HTTP"))
        monkeypatch.setattr(sidecar_start, "execute", lambda _d, _c, command, _t: (int(command == ["never"]), "no"))
        host = Host(t.cast(t.Any, CrewEngine(model)), t.cast(t.Any, Agent(model)))
        monkeypatch.setattr(states, "host_of", lambda _params: host)
        story = states.absent if params["state"] == "absent" else states.present
        result = story(params, False)
        model.assert_sane()
        return result

    return run_on


def params(
    version: str = "1", *, agent: str = "1", healthy: str = "yes", ready: str = "true", state: str = "present"
) -> Options:
    """Return the options of an instance with four sidecars; ``agent``: the version of the one that is alone."""
    environment = {"HEALTHY": healthy}
    sidecars: Options = {
        "init": {"once": True},
        "tools": {"start": "before", "ready": ready},
        "nginx": {"container": {"environment": environment}},
        "agent": {"alone": True, "container": {"environment": {"VERSION": agent}}},
    }
    options = instance_options(
        "web",
        sidecars=sidecars,
        container={"environment": {"HEALTHY": "yes", "VERSION": version}},
        registrations=[{"port": 80, "checks": [HTTP]}],
        gate={"timeout": "2s", "stable_for": "1s"},
        drain="1s",
    )
    options["image"]["sidecars"] = {name: {"reference": f"r/{name}@sha256:1", "content": "c"} for name in sidecars}
    return {**options, "state": state, "release": None}


def prepared(run: t.Callable[..., Options], before: Options | None) -> Crew:
    """Return a host as the case begins."""
    shutil.rmtree(secrets.STATE)
    model = Crew()
    if before:
        run(model, before)
    return model


def assert_up(model: Crew, version: str, agent: str = "1") -> None:
    """All containers, and nothing beside them, in traffic."""
    there = {c["name"]: (c["state"], c["policy"]["Name"]) for c in model.docker.values()}
    assert there == dict.fromkeys(NAMES, ("running", "always"))
    assert model.found("web")["environment"]["VERSION"] == version
    assert model.found("web.agent")["environment"]["VERSION"] == agent
    assert model.in_traffic() == ["web"]


def checked_by_the_agent(model: Crew) -> Crew:
    """Return the model once Consul's agent has run its checks."""
    for check in model.checks.values():
        if not check["Notes"]:
            check["Status"] = "passing" if model.is_healthy() else "critical"
    return model


def told(model: Crew, word: str) -> list[str]:
    return [step.removeprefix(f"{word} ") for step in model.steps if step.startswith(f"{word} ")]


def test_order(run: t.Callable[..., Options]) -> None:
    model = prepared(run, params())
    assert told(model, "started") == ["web.init", "web.tools", "web", "web.nginx", "web.agent"]
    assert run(model, params())["action"] == "none"
    assert run(model, params("2"))["action"] == "replace"
    assert told(model, "stopped") == ["web.nginx", "web", "web.tools"]
    assert told(model, "started") == ["web.init", "web.tools", "web", "web.nginx"]
    assert_up(model, "2")
    assert run(model, params("2", agent="2"))["action"] == "update"
    assert (told(model, "stopped"), told(model, "started")) == (["web.agent"], ["web.agent"])
    assert_up(model, "2", "2")
    run(model, params(state="absent"))
    assert told(model, "stopped") == ["web.agent", "web.nginx", "web", "web.tools"]
    assert (model.docker, model.services) == ({}, {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, params("2"), id="create"),
        pytest.param(params("1"), params("2"), id="replace"),
        pytest.param(params("1"), params("2", agent="2"), id="replace all"),
        pytest.param(params("2"), params("2", agent="2"), id="replace one alone"),
    ],
)
def test_killed_at_any_step_and_run_again(
    run: t.Callable[..., Options], before: Options | None, after: Options
) -> None:
    agent = after["wanted"]["sidecars"]["agent"]["container"]["environment"]["VERSION"]
    model = prepared(run, before)
    run(model, after)
    for n in range(1, len(model.steps) + 1):
        model = prepared(run, before)
        with contextlib.suppress(KilledError):
            run(model, after, (n, KilledError()))
        run(checked_by_the_agent(copy.deepcopy(model)), after)
        twice = checked_by_the_agent(model)
        run(twice, after)
        assert_up(twice, "2", agent)
        assert run(twice, after)["action"] == "none"


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(params("2", healthy="no"), id="a sidecar is not well"),
        pytest.param(params("2", ready="never"), id="a sidecar never gets ready"),
    ],
)
def test_all_go_back_together(run: t.Callable[..., Options], after: Options) -> None:
    model = prepared(run, params())
    before = sorted(model.docker)
    with pytest.raises(Failure, match="The old container is back and passing"):
        run(model, after)
    assert sorted(model.docker) == before
    assert_up(model, "1")
    assert run(model, params())["action"] == "none"


def test_first_launch_that_fails_leaves_nothing(run: t.Callable[..., Options]) -> None:
    model = prepared(run, None)
    with pytest.raises(Failure, match="nothing is left running"):
        run(model, params(ready="never"))
    assert model.docker == {}


@pytest.mark.parametrize("name", ["web.nginx", "web.tools", "web.agent"])
@pytest.mark.parametrize("how", ["removed", "stopped"])
def test_lost_sidecar_comes_back_alone(run: t.Callable[..., Options], name: str, how: str) -> None:
    model = prepared(run, params())
    if how == "removed":
        del model.docker[model.found(name)["id"]]
    else:
        model.found(name)["state"] = "exited"
    assert run(model, params())["action"] == "update"
    assert (told(model, "stopped"), told(model, "started")) == ([], [name])
    assert_up(model, "1")


def test_restart_stops_and_starts_all_but_those_alone(run: t.Callable[..., Options]) -> None:
    model = prepared(run, params())
    assert run(model, {**params(), "restart": True})["action"] == "restart"
    assert told(model, "stopped") == ["web.nginx", "web", "web.tools"]
    assert told(model, "started") == ["web.tools", "web", "web.nginx"]
    assert_up(model, "1")


def test_status_where_the_main_container_is_gone(run: t.Callable[..., Options]) -> None:
    model = prepared(run, params())
    host = Host(t.cast(t.Any, CrewEngine(model)), t.cast(t.Any, Agent(model)))
    found = status.instances(host, "web")[0]
    assert (found["state"], found["sidecars"], found["drift"]) == (
        "running",
        dict.fromkeys(["agent", "nginx", "tools"], "running"),
        [],
    )
    del model.docker[model.found("web")["id"]]
    found = status.instances(host, "web")[0]
    assert (found["state"], found["drift"]) == ("not there", ["its main container is not there, and its sidecars are"])
    assert run(model, params())["action"] == "create"
    assert_up(model, "1")
