# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A launch that is killed, or whose engine or agent fails, at each of its steps in turn.

The host is modelled: a real one can't be made to fail at every single call. What a launch does when all goes well is
shown on a real one, by tests/integration/targets/launch.
"""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets, sockets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import MAINTENANCE
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import (
    conditions,
    gate,
    states,
    status,
    traffic,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import launch as launching
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host, survey
from tests.unit.builders import instance_options

pytestmark = pytest.mark.usefixtures("clock")

NAME = "web"
# With so few processes a container of the model does not answer.
TOO_FEW = 1
HTTP = {"http": "http://127.0.0.1:80/", "interval": "10s"}


class KilledError(Exception):
    """The module's process ends here: it takes no further step."""


class BugError(Exception):
    """What no code of ours foresees."""


class Model:
    """A host with one engine and one agent. Every call that changes something is a step, and may be the last one."""

    api_version = "1.41"
    is_local = False  # what listens on this host says nothing of its containers

    def __init__(self) -> None:
        self.docker: dict[str, dict[str, t.Any]] = {}  # ID -> name, state, policy, labels, environment
        self.services: dict[str, dict[str, t.Any]] = {}
        self.checks: dict[str, dict[str, t.Any]] = {}
        self.steps: list[str] = []
        self.faults: dict[int, Exception] = {}  # step -> what happens there
        self.made = 0
        self.struck = False  # by new limits, in traffic: only going back helps

    def step(self, name: str) -> None:
        self.assert_sane()
        self.steps.append(name)
        for at, error in self.faults.items():
            if len(self.steps) == at or (isinstance(error, KilledError) and len(self.steps) > at):
                raise error

    def assert_sane(self) -> None:
        """Check what must hold at any moment, as anybody may look and the engine may start anew at any moment."""
        running = [c["name"] for c in self.docker.values() if c["state"] == "running"]
        coming_back = [
            c["name"] for c in self.docker.values() if c["state"] != "created" and c["policy"]["Name"] != "no"
        ]
        assert len(running) <= 1, "two containers fight for the port"
        assert len(coming_back) <= 1, "two containers come back with the engine"
        if self.in_traffic() and not self.struck:
            assert running, "traffic goes to no container"
            assert self.is_healthy(), "traffic goes to a container that does not answer"

    def in_traffic(self) -> list[str]:
        """IDs of the services that DNS would give."""
        critical = {check["ServiceID"] for check in self.checks.values() if check["Status"] != "passing"}
        return sorted(self.services.keys() - critical)

    def is_healthy(self) -> bool:
        return any(
            c["state"] == "running" and c["environment"]["HEALTHY"] == "yes" and c["limits"]["PidsLimit"] != TOO_FEW
            for c in self.docker.values()
        )

    def found(self, container: str) -> dict[str, t.Any]:
        """By ID or name, as the engine takes both."""
        by_name = {c["name"]: c for c in self.docker.values()}
        answer: dict[str, t.Any] = self.docker.get(container) or by_name[container]
        return answer


class Engine:
    """The client docker.py, as far as a launch calls it."""

    api_version = "1.41"
    is_local = False  # what listens on this host says nothing of its containers

    def __init__(self, model: Model) -> None:
        self.model = model

    def writable_folders(self) -> list[str]:
        return []

    def containers(self) -> list[dict[str, t.Any]]:
        return [{"Names": [f"/{c['name']}"], "Labels": c["labels"]} for c in self.model.docker.values()]

    def inspect(self, container: str) -> dict[str, t.Any] | None:
        try:
            found = self.model.found(container)
        except KeyError:
            return None
        running = found["state"] == "running"
        return {
            "Id": found["id"],
            "Name": f"/{found['name']}",
            "State": {"Status": found["state"], "Running": running, "Restarting": False, "ExitCode": 0, "Error": ""},
            "RestartCount": 0,
            "HostConfig": {"RestartPolicy": found["policy"], **found["limits"]},
            "Config": {
                "Labels": found["labels"],
                "Image": found["image"],
                "Env": [f"{name}={value}" for name, value in found["environment"].items()],
            },
        }

    def create(self, **arguments: t.Any) -> str:
        self.model.step("create")
        self.model.made += 1
        identity = f"id{self.model.made}"
        self.model.docker[identity] = {
            "id": identity,
            "name": arguments["name"],
            "state": "created",
            "policy": arguments["host_config"]["RestartPolicy"],
            "limits": {"PidsLimit": arguments["host_config"].get("PidsLimit", 0)},
            "labels": arguments["labels"],
            "environment": dict(entry.partition("=")[::2] for entry in arguments["environment"])
            if isinstance(arguments["environment"], list)
            else arguments["environment"],
            "image": arguments["image"],
            "command": arguments.get("command"),
        }
        return identity

    def pull(self, reference: str) -> None:
        raise AssertionError(f"{reference} is there")

    def start(self, container: str) -> None:
        self.model.step("start")
        self.model.found(container)["state"] = "running"
        self.model.struck = False

    def stop(self, container: str) -> None:
        self.model.step("stop")
        self.model.found(container)["state"] = "exited"

    def rename(self, container: str, name: str) -> None:
        self.model.step(f"rename to {name}")
        assert name not in [c["name"] for c in self.model.docker.values()]
        self.model.found(container)["name"] = name

    def remove(self, container: str) -> None:
        self.model.step("remove")
        with contextlib.suppress(KeyError):
            del self.model.docker[self.model.found(container)["id"]]

    def set_restart_policy(self, container: str, policy: dict[str, t.Any]) -> None:
        self.model.step(f"restart policy {policy['Name']}")
        self.model.found(container)["policy"] = policy

    def update(self, container: str, changes: dict[str, t.Any]) -> None:
        self.model.step("update")
        found = self.model.found(container)
        found["policy"] = changes.get("RestartPolicy", found["policy"])
        limits = {name: value for name, value in changes.items() if name != "RestartPolicy"}
        if limits:
            # As the engine has it: no limit is told as 0.
            found["limits"] = {**found["limits"], **{n: 0 if value == -1 else value for n, value in limits.items()}}
            self.model.struck = not self.model.is_healthy()

    def info(self) -> dict[str, t.Any]:
        return {"NCPU": 2, "MemTotal": 1024**3}

    def image(self, reference: str) -> dict[str, t.Any]:
        return {"RepoDigests": [reference], "Config": {"User": f"{os.getuid()}:{os.getgid()}"}}

    def last_lines(self, _container: str, _lines: int, _since: float, _until: float) -> list[str]:
        return ["a log line"]


class Agent:
    """The client agent.py; what Consul does is in facts of its documentation, and tried on the lab."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def node(self) -> str:
        return "node1"

    def refuse_hidden(self, _names: t.Collection[str]) -> None:
        """Nothing is hidden here."""

    def services(self) -> dict[str, dict[str, t.Any]]:
        return copy.deepcopy(self.model.services)

    def checks(self) -> dict[str, dict[str, t.Any]]:
        return copy.deepcopy(self.model.checks)

    def register(self, body: dict[str, t.Any]) -> None:
        self.model.step("register")
        identity = body["ID"]
        self.model.services[identity] = {**body, "Service": body["Name"]}
        for check in body["Checks"]:
            kept = self.model.checks.get(check["CheckID"], {}).get("Status")
            new = {"ServiceID": identity, "Status": kept or check["Status"], "Output": "", "Notes": ""}
            self.model.checks[check["CheckID"]] = new

    def deregister(self, identity: str) -> None:
        self.model.step("deregister")
        self.model.services.pop(identity, None)
        self.model.checks = {i: c for i, c in self.model.checks.items() if c["ServiceID"] != identity}

    def deregister_check(self, identity: str) -> None:
        self.model.step("deregister check")
        self.model.checks.pop(identity, None)

    def maintain(self, identity: str, reason: str) -> None:
        self.model.step("maintenance on")
        check = {"ServiceID": identity, "Status": "critical", "Output": "", "Notes": reason}
        self.model.checks.setdefault(f"_service_maintenance:{identity}", check)

    def end_maintenance(self, identity: str) -> None:
        self.model.step("maintenance off")
        self.model.checks.pop(f"_service_maintenance:{identity}", None)

    def wait_passing(self, _name: str, identity: str, _node: str, passing: bool, _deadline: t.Any) -> bool:
        return (identity in self.model.in_traffic()) == passing


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the host a state folder, and no open connections."""
    monkeypatch.setattr(sockets, "connections", lambda _ports: 0)
    monkeypatch.setattr(secrets, "STATE", str(tmp_path))
    monkeypatch.setattr(secrets, "FILES", str(tmp_path / "secrets"))
    monkeypatch.setattr(secrets, "KEY", str(tmp_path / "secret.key"))
    return tmp_path / "secrets" / NAME


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., dict[str, t.Any]]:
    """Run the module's story on a model, with a fault at a step or without."""

    def run_on(model: Model, params: dict[str, t.Any], fault: tuple[int, Exception] | None = None) -> dict[str, t.Any]:
        model.steps = []
        model.faults = dict([fault] if fault else [])
        monkeypatch.setattr(gate, "probe", lambda *_: ("passing" if model.is_healthy() else "critical", "HTTP"))
        host = Host(t.cast(t.Any, Engine(model)), t.cast(t.Any, Agent(model)))
        monkeypatch.setattr(states, "host_of", lambda _params: host)
        story = states.absent if params["state"] == "absent" else states.present
        result = story(params, False)
        model.assert_sane()
        return result

    return run_on


def params(content: str = "c-1", *, healthy: str = "yes", tag: str = "a", state: str = "present") -> dict[str, t.Any]:
    """Return the module's options. Each content has a secret file of its own."""
    registrations = [{"port": 80, "tags": [tag], "checks": [HTTP]}, {"name": "bare", "port": 81}]
    options = instance_options(
        NAME,
        content=content,
        reference=f"registry/web@{content}",
        secrets={"/run/key": f"secret of {content}"},
        container={"environment": {"HEALTHY": healthy}},
        registrations=registrations,
        gate={"timeout": "2s", "stable_for": "1s"},
        drain="1s",
    )
    return {**options, "state": state, "release": None}


def on_network(name: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    options["wanted"]["container"]["network_mode"] = name
    return options


def with_file(options: dict[str, t.Any], path: Path, content: str) -> dict[str, t.Any]:
    """With a file whose change asks for a restart."""
    file = {"path": str(path), "content": content, "mode": "0600", "validate": None, "on_change": "restart"}
    options["wanted"]["files"] = [{**file, "owner": os.getuid(), "group": os.getgid()}]
    return options


def stop_by_hand(model: Model) -> None:
    model.found(NAME)["state"] = "exited"
    for check in model.checks.values():
        check["Status"] = "critical"
    model.services.pop("web-bare")


def hold(model: Model) -> None:
    model.checks["_service_maintenance:web"] = {"ServiceID": "web", "Status": "critical", "Notes": "disk", "Output": ""}


def nothing(_model: Model) -> None:
    pass


CREATE = pytest.param(None, nothing, params(), id="create")
REPLACE = pytest.param(params("c-0"), nothing, params(), id="replace")
REGISTER = pytest.param(params(tag="b"), nothing, params(), id="register")
RESTART = pytest.param(params(), stop_by_hand, params(), id="restart")
REPLACE_HELD = pytest.param(params("c-0"), hold, params(), id="replace what somebody has put into maintenance")
BROKEN = pytest.param(params("c-0"), nothing, params(healthy="no"), id="replace, and the new one is not healthy")
BROKEN_FIRST = pytest.param(None, nothing, params(healthy="no"), id="create, and it is not healthy")
BROKEN_HELD = pytest.param(params("c-0"), hold, params(healthy="no"), id="the new one is not healthy, and held")
REMOVE = pytest.param(params(), nothing, params(state="absent"), id="remove")

Run = t.Callable[..., dict[str, t.Any]]
ByHand = t.Callable[[Model], None]


def prepared(run: Run, before: dict[str, t.Any] | None, by_hand: ByHand) -> Model:
    """Return a host as the case begins."""
    shutil.rmtree(secrets.STATE)
    model = Model()
    if before:
        run(model, before)
    by_hand(model)
    return model


def steps_of(run: Run, before: dict[str, t.Any] | None, by_hand: ByHand, after: dict[str, t.Any]) -> list[str]:
    """Return the steps of a launch without a fault."""
    model = prepared(run, before, by_hand)
    with contextlib.suppress(Failure):
        run(model, after)
    return model.steps


def assert_up(model: Model, wanted: dict[str, t.Any], state: Path, held: bool = False) -> None:
    """One container, ours, as wanted and in traffic, and nothing beside it."""
    assert [(c["name"], c["state"], c["policy"]["Name"]) for c in model.docker.values()] == [
        (NAME, "running", "always")
    ]
    assert model.found(NAME)["labels"]["longshore.image"] == wanted["image"]["content"]
    assert model.found(NAME)["environment"] == wanted["wanted"]["container"]["environment"]
    assert sorted(model.services) == ["web", "web-bare"]
    assert model.services["web"]["Tags"] == wanted["wanted"]["registrations"][0]["tags"]
    assert model.in_traffic() == (["web-bare"] if held else ["web", "web-bare"])
    assert MAINTENANCE not in [check["Notes"] for check in model.checks.values()]
    contents = [path.read_text() for path in state.rglob("*") if path.is_file()]
    assert contents == [wanted["secrets"]["/run/key"]]


def checked_by_the_agent(model: Model) -> Model:
    """Return the model once an interval has gone by, and the agent has run its checks."""
    for check in model.checks.values():
        if not check["Notes"]:
            check["Status"] = "passing" if model.is_healthy() else "critical"
    return model


def assert_gone(model: Model, state: Path) -> None:
    assert (model.docker, model.services, model.checks, state.exists()) == ({}, {}, {}, False)


@pytest.mark.parametrize(("before", "by_hand", "after"), [CREATE, REPLACE, REGISTER, RESTART])
def test_killed_at_any_step_and_run_again(
    run: Run, state: Path, before: dict[str, t.Any] | None, by_hand: ByHand, after: dict[str, t.Any]
) -> None:
    for n in range(1, len(steps_of(run, before, by_hand, after)) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        for m in range(1, 30):
            twice = checked_by_the_agent(copy.deepcopy(model))
            with contextlib.suppress(KilledError):
                run(twice, after, (m, KilledError()))
            run(checked_by_the_agent(twice), after)
            assert_up(twice, after, state)
            assert run(twice, after)["action"] == "none"


@pytest.mark.parametrize(("before", "by_hand", "after"), [REPLACE, REGISTER, BROKEN])
def test_killed_at_any_step_and_back_to_what_was_wanted_before(
    run: Run, state: Path, before: dict[str, t.Any], by_hand: ByHand, after: dict[str, t.Any]
) -> None:
    for n in range(1, len(steps_of(run, before, by_hand, after)) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        run(checked_by_the_agent(model), before)
        assert_up(model, before, state)
        assert run(model, before)["action"] == "none"


@pytest.mark.parametrize(("before", "by_hand", "after"), [BROKEN])
def test_killed_at_any_step_and_run_again_the_old_one_comes_back(
    run: Run, state: Path, before: dict[str, t.Any], by_hand: ByHand, after: dict[str, t.Any]
) -> None:
    for n in range(1, len(steps_of(run, before, by_hand, after)) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        with pytest.raises(Failure, match=r"The old container is back and passing\.$"):
            run(model, after)
        assert_up(model, before, state)


def test_killed_at_any_step_of_a_removal_and_run_again(run: Run, state: Path) -> None:
    before, by_hand, after = t.cast(t.Any, REMOVE.values)
    for n in range(1, len(steps_of(run, before, by_hand, after)) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        run(model, after)
        assert_gone(model, state)


@pytest.mark.parametrize("error", [Failure("the engine says no"), BugError()])
@pytest.mark.parametrize(("before", "by_hand", "after"), [REPLACE, REPLACE_HELD])
def test_step_that_fails_leaves_one_or_the_other(
    run: Run, state: Path, before: dict[str, t.Any], by_hand: ByHand, after: dict[str, t.Any], error: Exception
) -> None:
    for n in range(1, len(steps_of(run, before, by_hand, after)) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(type(error)):
            run(model, after, (n, error))
        assert [c["state"] for c in model.docker.values()].count("running") == 1, f"step {n}: {model.steps}"
        run(checked_by_the_agent(model), before)
        assert_up(model, before, state, held=by_hand is hold)


def test_step_that_fails_while_the_old_one_comes_back_is_told(run: Run, state: Path) -> None:
    before, by_hand, after = t.cast(t.Any, BROKEN.values)
    steps = steps_of(run, before, by_hand, after)
    for n in range(steps.index("start") + 2, len(steps) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(Failure) as failure:
            run(model, after, (n, Failure("the engine says no")))
        said = str(failure.value)
        assert "the engine says no" in said or said.endswith("The old container is back and passing.")
        run(checked_by_the_agent(model), before)
        assert_up(model, before, state)


def test_new_container_that_is_not_healthy(run: Run, state: Path) -> None:
    before, by_hand, after = t.cast(t.Any, BROKEN.values)
    model = prepared(run, before, by_hand)
    with pytest.raises(Failure, match=r"not all checks passed .*\n.*\n  log: a log line\nThe old container is back"):
        run(model, after)
    assert_up(model, before, state)


@pytest.mark.parametrize("error", [Failure("the engine says no"), BugError()])
def test_restart_that_fails_leaves_it_in_traffic(
    run: Run, state: Path, tmp_path_factory: pytest.TempPathFactory, error: Exception
) -> None:
    file = tmp_path_factory.mktemp("etc") / "conf"
    before, after = with_file(params(), file, "one"), with_file(params(), file, "two")
    steps = steps_of(run, before, nothing, after)
    assert steps.index("maintenance on") < steps.index("stop") < steps.index("start")
    for n in range(1, len(steps) + 1):
        model = prepared(run, before, nothing)
        with pytest.raises(type(error)):
            run(model, after, (n, error))
        assert model.in_traffic(), f"step {n}: {model.steps}"
        run(checked_by_the_agent(model), before)
        assert_up(model, before, state)
        assert file.read_text() == "one"


def limited(options: dict[str, t.Any], processes: int | None) -> dict[str, t.Any]:
    if processes is not None:
        options["wanted"]["container"]["pids_limit"] = processes
    return options


def restarted(options: dict[str, t.Any], path: Path, content: str) -> dict[str, t.Any]:
    return with_file(options, path, content)


def quiet(options: dict[str, t.Any], path: Path, content: str) -> dict[str, t.Any]:
    with_file(options, path, content)["wanted"]["files"][0]["on_change"] = "none"
    return options


@pytest.mark.parametrize("processes", [None, 50])
@pytest.mark.parametrize(
    ("with_content", "before", "after", "action"),
    [
        pytest.param(quiet, "one", "one", "update", id="limits alone"),
        pytest.param(quiet, "one", "two", "update", id="limits and a file"),
        pytest.param(restarted, "one", "two", "restart", id="limits and a restart"),
    ],
)
def test_limits_with_which_the_gate_fails_go_back(
    run: Run,
    state: Path,
    tmp_path_factory: pytest.TempPathFactory,
    with_content: t.Callable[[dict[str, t.Any], Path, str], dict[str, t.Any]],
    before: str,
    after: str,
    action: str,
    processes: int | None,
) -> None:
    file = tmp_path_factory.mktemp("etc") / "conf"
    old, new = (
        limited(with_content(params(), file, content), limit)
        for content, limit in ((before, processes), (after, TOO_FEW))
    )
    model = prepared(run, old, nothing)
    with pytest.raises(Failure, match=r"not all checks passed(.|\n)*\nThe container runs.* and is passing\.$"):
        run(model, new)
    assert ("update" in model.steps, "stop" in model.steps) == (True, action == "restart")
    assert_up(model, old, state)
    assert model.found(NAME)["limits"]["PidsLimit"] == (processes or 0)
    assert file.read_text() == before
    assert run(model, old)["action"] == "none"
    assert drift(model) == []


def test_limits_that_keep_it_out_of_its_restart_go_back(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever step fails after the update, also where nothing has been stopped yet."""
    file = tmp_path_factory.mktemp("etc") / "conf"
    old, new = limited(restarted(params(), file, "one"), 50), limited(restarted(params(), file, "two"), 60)
    for n in range(1, len(steps_of(run, old, nothing, new)) + 1):
        model = prepared(run, old, nothing)
        with pytest.raises(Failure):
            run(model, new, (n, Failure("the engine says no")))
        tidying = "start" in model.steps and model.found(NAME)["limits"]["PidsLimit"] == 60
        assert tidying or model.found(NAME)["limits"]["PidsLimit"] == 50, f"step {n}: {model.steps}"
        assert model.in_traffic(), f"step {n}: {model.steps}"


def test_container_that_ended_of_its_new_limits_is_started_again(run: Run, state: Path) -> None:
    old, new = limited(params(), 50), limited(params(), TOO_FEW)
    model = prepared(run, old, nothing)
    real = Engine.update

    class Killing(Engine):
        def update(self, container: str, changes: dict[str, t.Any]) -> None:
            real(self, container, changes)
            if changes.get("PidsLimit") == TOO_FEW:
                self.model.found(container)["state"] = "exited"

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Engine, "update", Killing.update)
        with pytest.raises(Failure, match=r"the container ended(.|\n)*with the values from before, and is passing\.$"):
            run(model, new)
    assert_up(model, old, state)


def test_bug_in_the_gate_brings_the_old_one_back_and_is_not_hidden(
    run: Run, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, by_hand, after = t.cast(t.Any, REPLACE.values)
    model = prepared(run, before, by_hand)
    bugs = [BugError()]
    real = gate.pass_gate

    def pass_gate(*arguments: t.Any) -> dict[str, float]:
        if bugs:
            raise bugs.pop()
        return real(*arguments)

    monkeypatch.setattr(launching, "pass_gate", pass_gate)
    with pytest.raises(BugError):
        run(model, after)
    assert_up(model, before, state)


def clustered(
    options: dict[str, t.Any], peers: str, first_boot: bool = False, data: str = "/srv/data"
) -> dict[str, t.Any]:
    """With a command that knows the peers, and an argument more for a first boot."""
    command = ["serve", f"--data={data}", f"--peers={peers}"]
    arguments = [*command, *(["--found"] if first_boot else [])]
    container = options["wanted"]["container"]
    compared = {**container, "command": ["serve", f"--data={data}", "--peers=192.0.2.1:65001"]}
    options["wanted"] |= {
        "container": {**container, "command": arguments},
        "container_without_peers": compared,
        "first_boot": first_boot,
        "empty_peers": [] if peers else ["all"],
    }
    return options


@pytest.mark.parametrize(
    ("founder", "after", "command"),
    [
        pytest.param(clustered(params("c-0"), "", True), ("b,c", "/srv/data"), "b,c", id="a first boot's argument"),
        pytest.param(clustered(params("c-0"), ""), ("b,c", "/srv/data"), "b,c", id="an empty list of peers"),
        pytest.param(
            clustered(params("c-0"), "b,c", True), ("b,c", "/srv/data"), "b,c", id="planned peers, and the argument"
        ),
        pytest.param(clustered(params("c-0"), "", True), ("", "/srv/data"), "", id="no peers today either"),
    ],
)
def test_founder_comes_back_as_of_today(
    run: Run, state: Path, founder: dict[str, t.Any], after: tuple[str, str], command: str
) -> None:
    """What founded the cluster must not found it again, nor start without the peers that there are now."""
    peers, data = after
    wanted = clustered(params(healthy="no"), peers, data=data)
    for n in range(1, len(steps_of(run, founder, nothing, wanted)) + 1):
        model = prepared(run, founder, nothing)
        with pytest.raises(KilledError):
            run(model, wanted, (n, KilledError()))
        with pytest.raises(Failure, match=r"without its first-start settings|back and passing"):
            run(checked_by_the_agent(model), wanted)
        # Nothing had been taken away yet, or it was made anew.
        as_of_today = ["serve", "--data=/srv/data", f"--peers={command}"]
        assert model.found(NAME)["command"] in (founder["wanted"]["container"]["command"], as_of_today)
        assert_up(model, founder, state)
    model = prepared(run, founder, nothing)
    with pytest.raises(
        Failure, match=r"The old container was recreated without its first-start settings and is passing\.$"
    ):
        run(model, wanted)
    assert model.found(NAME)["command"] == ["serve", "--data=/srv/data", f"--peers={command}"]
    assert_up(model, founder, state)
    assert run(model, clustered(params("c-0"), peers))["action"] == "none"


def test_founder_stays_down_where_nobody_can_tell_what_it_would_be_today(run: Run) -> None:
    """The command has changed, and has the peers in it."""
    model = prepared(run, clustered(params("c-0"), "", True), nothing)
    with pytest.raises(Failure, match=r"it is not started: it stays as web\.previous, and nothing of the"):
        run(model, clustered(params(healthy="no"), "b,c", data="/srv/new"))
    assert [(c["name"], c["state"]) for c in model.docker.values()] == [("web.previous", "exited")]
    assert model.services == {}
    assert run(model, clustered(params("c-0"), "b,c"))["action"] == "replace"
    assert [c["command"][-1] for c in model.docker.values()] == ["--peers=b,c"]


def test_founder_that_ended_of_its_new_limits_is_made_anew(run: Run) -> None:
    """In its gate it is updated; started again with its first-boot argument, it would found a second cluster."""
    founder = clustered(limited(params(), 50), "", True)
    steps = steps_of(run, None, nothing, founder)
    model = Model()
    with pytest.raises(KilledError):
        run(model, founder, (steps.index("register") + 2, KilledError()))
    real = Engine.update

    def update(engine: Engine, container: str, changes: dict[str, t.Any]) -> None:
        real(engine, container, changes)
        if changes.get("PidsLimit") == TOO_FEW:
            engine.model.found(container)["state"] = "exited"

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Engine, "update", update)
        with pytest.raises(Failure, match=r"was recreated without its first-start settings and is passing\.$"):
            run(model, clustered(limited(params(), TOO_FEW), "b,c"))
    assert model.found(NAME)["command"] == ["serve", "--data=/srv/data", "--peers=b,c"]
    assert model.found(NAME)["limits"]["PidsLimit"] == 50
    assert [c["state"] for c in model.docker.values()] == ["running"]


def otherwise_alike() -> dict[str, t.Any]:
    after = params(tag="b")
    after["wanted"]["container"]["restart_policy"] = {"Name": "unless-stopped"}
    return after


def changed_since(run: Run, model: Model) -> None:
    """Launch twice, the second time with changes of the running container's registrations and restart policy alone."""
    run(model, params())
    assert run(model, otherwise_alike())["action"] == "update"
    assert model.made == 1


def drift(model: Model) -> list[str]:
    return status.drift(survey(Host(t.cast(t.Any, Engine(model)), t.cast(t.Any, Agent(model))), NAME))


def test_old_container_comes_back_as_it_was_last_wanted(run: Run) -> None:
    """Its labels say what was wanted when it was made, and no more."""
    model = Model()
    changed_since(run, model)
    with pytest.raises(Failure, match="The old container is back and passing"):
        run(model, params("c-2", tag="c", healthy="no"))
    assert (model.services["web"]["Tags"], model.found(NAME)["policy"]["Name"]) == (["b"], "unless-stopped")
    assert drift(model) == []


def test_old_container_comes_back_with_the_tags_that_others_gave_it(run: Run) -> None:
    model = Model()
    options = params()
    options["wanted"]["registrations"][0]["enable_tag_override"] = True
    run(model, options)
    model.services["web"]["Tags"] = ["primary"]
    after = copy.deepcopy(options)
    after["image"] = params("c-2")["image"]
    after["wanted"]["container"]["environment"]["HEALTHY"] = "no"
    after["wanted"]["registrations"][0]["meta"] = {"build": "2"}
    with pytest.raises(Failure, match="The old container is back and passing"):
        run(model, after)
    assert model.services["web"]["Tags"] == ["primary"]


def test_drift_is_told_from_what_was_last_wanted(run: Run) -> None:
    model = Model()
    changed_since(run, model)
    assert drift(model) == []
    model.services["web"]["Tags"] = ["by hand"]
    assert drift(model) == ["registrations.web.tags: ['by hand'], not ['b']"]


def test_killed_at_any_step_and_run_again_there_is_no_drift(run: Run) -> None:
    for n in range(1, len(steps_of(run, params(), nothing, otherwise_alike())) + 1):
        model = prepared(run, params(), nothing)
        with pytest.raises(KilledError):
            run(model, otherwise_alike(), (n, KilledError()))
        run(model, otherwise_alike())
        assert drift(model) == []


def test_notes_go_with_the_instance(run: Run, state: Path) -> None:
    model = Model()
    changed_since(run, model)
    assert list(state.parent.parent.rglob("web.json"))
    run(model, params(state="absent"))
    assert list(state.parent.parent.rglob("web.json")) == []


def test_first_container_that_is_not_healthy(run: Run, state: Path) -> None:
    before, by_hand, after = t.cast(t.Any, BROKEN_FIRST.values)
    model = prepared(run, before, by_hand)
    with pytest.raises(Failure, match="nothing is left running"):
        run(model, after)
    assert_gone(model, state)
    assert list(state.parent.parent.rglob("web.json")) == []


def test_killed_in_its_first_gate_and_run_again(run: Run) -> None:
    """What has never passed is never taken for done; nor is it touched, as it may have become well by itself."""
    before, by_hand, after = t.cast(t.Any, BROKEN_FIRST.values)
    steps = steps_of(run, before, by_hand, after)
    for n in range(steps.index("register") + 2, len(steps) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        if steps[n - 1] != "remove" and "web" in model.services:
            with pytest.raises(Failure, match=r"The gate was not passed(.|\n)*The container keeps running"):
                run(checked_by_the_agent(model), after)
            model.found(NAME)["environment"]["HEALTHY"] = "yes"
            assert run(checked_by_the_agent(model), after)["changes"] == [
                {"key": "registrations.web-bare", "before": None, "after": "bare"},
                {"key": "registrations.web.gate", "before": "not passed", "after": "passed"},
            ]
            assert run(model, after)["action"] == "none"


@pytest.mark.parametrize(("before", "by_hand", "after"), [REPLACE_HELD, BROKEN_HELD])
def test_maintenance_of_somebody_else_outlives_every_kill(
    run: Run, before: dict[str, t.Any], by_hand: ByHand, after: dict[str, t.Any]
) -> None:
    for n in range(1, len(steps_of(run, before, by_hand, after)) + 1):
        model = prepared(run, before, by_hand)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        assert model.checks["_service_maintenance:web"]["Notes"] == "disk", model.steps
        with contextlib.suppress(Failure):
            run(checked_by_the_agent(model), after)
        assert model.checks["_service_maintenance:web"]["Notes"] == "disk", model.steps
        assert len([identity for identity in model.checks if identity.startswith("web:")]) == 1


NEVER = {"command": ["never"], "timeout": "0s"}


@pytest.mark.parametrize(
    ("gate_of", "said"),
    [
        pytest.param(
            {"before": [NEVER]},
            r"service_gate.before\[0\] .*\n.*-e skip_before=true .*\nThe container runs on, untouched.$",
            id="before",
        ),
        pytest.param(
            {"after": [NEVER]}, r"service_gate.after\[0\] .*\nThe old container is back and passing\. ", id="after"
        ),
    ],
)
def test_condition_that_does_not_hold(
    run: Run, state: Path, monkeypatch: pytest.MonkeyPatch, gate_of: dict[str, t.Any], said: str
) -> None:
    monkeypatch.setattr(conditions, "execute", lambda *_: (1, ""))
    before, by_hand, after = t.cast(t.Any, REPLACE.values)
    model = prepared(run, before, by_hand)
    wanted = {**after["wanted"], "gate": {**after["wanted"]["gate"], **gate_of}}
    with pytest.raises(Failure, match=said):
        run(model, {**after, "wanted": wanted})
    assert_up(model, before, state)
    if "before" in gate_of:
        assert model.steps == ["create", "remove"]


@pytest.mark.parametrize(
    ("network", "after", "drain"),
    [
        pytest.param("host", {"content": "c-2"}, traffic.QUIET, id="replace"),
        pytest.param("host", {"state": "absent"}, traffic.QUIET, id="remove"),
        pytest.param("bridge", {"content": "c-2"}, 5, id="replace, on another network"),
        pytest.param("bridge", {"state": "absent"}, 5, id="remove, on another network"),
    ],
)
@pytest.mark.parametrize("network_after", ["host", "bridge"])
def test_drain_ends_early_only_where_connections_can_be_seen(
    run: Run, monkeypatch: pytest.MonkeyPatch, network: str, after: dict[str, str], drain: float, network_after: str
) -> None:
    """No connection is open in the host's own list, which has nothing of a container on another network."""
    stopped_after: list[float] = []
    model, stop = Model(), Engine.stop
    run(model, on_network(network, params()))
    began = time.monotonic()

    def stop_and_note(engine: Engine, container: str) -> None:
        stopped_after.append(time.monotonic() - began)
        stop(engine, container)

    monkeypatch.setattr(Engine, "stop", stop_and_note)
    options = on_network(network_after, params(**after))
    options["wanted"]["drain"] = "5s"
    run(model, options)
    assert stopped_after == [pytest.approx(drain, abs=0.11)]


def test_steps_of_a_replacement(run: Run) -> None:
    """The order that the rules of a launch ask for: out of traffic, policy, stop; removed only after the gate."""
    assert steps_of(run, params("c-0"), nothing, params()) == [
        "create",
        "maintenance on",
        "maintenance on",
        "restart policy no",
        "stop",
        "rename to web.previous",
        "rename to web",
        "start",
        "deregister",
        "register",
        "deregister",
        "deregister check",
        "register",
        "register",
        "remove",
    ]


def successor(**more: t.Any) -> dict[str, t.Any]:
    """Return the options of web-1, which takes the place of web."""
    options = params(**more)
    return {**options, "name": f"{NAME}-1", "service": NAME, "takes_over": NAME}


def test_killed_at_any_step_of_a_takeover_and_run_again(run: Run) -> None:
    for n in range(1, len(steps_of(run, params(), nothing, successor())) + 1):
        model = prepared(run, params(), nothing)
        with pytest.raises(KilledError):
            run(model, successor(), (n, KilledError()))
        run(checked_by_the_agent(model), successor())
        assert [(c["name"], c["state"]) for c in model.docker.values()] == [(f"{NAME}-1", "running")], f"step {n}"
        assert model.in_traffic() == [f"{NAME}-1", f"{NAME}-1-bare"]
        assert run(model, successor())["action"] == "none"


def test_what_takes_over_and_is_not_healthy_leaves_the_one_before(run: Run) -> None:
    model = prepared(run, params(), nothing)
    with pytest.raises(Failure, match=r"web is back and passing\.$"):
        run(model, successor(healthy="no"))
    assert [(c["name"], c["state"]) for c in model.docker.values()] == [(NAME, "running")]
    assert model.in_traffic() == [NAME, f"{NAME}-bare"]
    assert run(model, params())["action"] == "none"
