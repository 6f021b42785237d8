# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replacement that starts the new container first, killed or failing at each of its steps in turn."""

from __future__ import annotations

import contextlib
import copy
import shutil
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import gate, remembering, states
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch import start_first as story
from ansible_collections.longshore.fleet.plugins.module_utils._stories.repair import repair
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_options
from tests.unit.plugins.module_utils._stories.launch.test_launch import (
    NAME,
    Agent,
    Engine,
    KilledError,
    Model,
    state,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.usefixtures("clock", "state")

Options = dict[str, t.Any]
Run = t.Callable[..., Options]


class TwoPorts(Model):
    """A host whose containers each answer at the port of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.serves = False  # from then on, somebody is always in traffic

    def answers(self, port: int) -> bool:
        return any(
            c["state"] == "running" and c["environment"]["PORT"] == str(port) and c["environment"]["HEALTHY"] == "yes"
            for c in self.docker.values()
        )

    def assert_sane(self) -> None:
        running = [c["environment"]["PORT"] for c in self.docker.values() if c["state"] == "running"]
        assert len(running) == len({*running}), "two containers fight for the port"
        in_traffic = self.in_traffic()
        for identity in in_traffic:
            assert self.answers(self.services[identity]["Port"]), "traffic goes to a container that does not answer"
        assert in_traffic or not self.serves, "nobody is in traffic"

    def looked_at(self) -> TwoPorts:
        """Return the model once the agent has run its checks."""
        for check in self.checks.values():
            if not check["Notes"]:
                answers = self.answers(self.services[check["ServiceID"]]["Port"])
                check["Status"] = "passing" if answers else "critical"
        return self


def options(content: str = "c-1", healthy: str = "yes", alternates: bool = True, **more: t.Any) -> Options:
    """Return the options of launch for a service at port 80, which alternates with 81."""
    sides = [
        instance_options(
            NAME,
            content=content,
            reference=f"registry/web@{content}",
            secrets={"/run/key": f"secret of {content}"},
            container={"environment": {"HEALTHY": healthy, "PORT": str(port)}},
            registrations=[
                {
                    **({"id": f"web-{port}"} if alternates else {}),
                    "port": port,
                    "checks": [{"http": f"http://127.0.0.1:{port}/", "interval": "10s"}],
                }
            ],
            gate={"timeout": "2s", "stable_for": "1s"},
            drain="1s",
        )
        for port in (80, 81)
    ]
    alternate = {"alternate": sides[1]["wanted"]} if alternates else {}
    return {**sides[0], "state": "present", "release": None, **alternate, **more}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the module's story on a model, with a fault at a step or without."""
    monkeypatch.setattr(notes, "RUNNING", str(tmp_path / "running"))

    def run_on(model: TwoPorts, params: Options, fault: tuple[int, Exception] | None = None) -> Options:
        def probe(check: Options, _timeout: float) -> tuple[str, str]:
            return ("passing" if model.answers(urlsplit(check["http"]).port or 0) else "critical", "HTTP")

        model.steps, model.faults = [], dict([fault] if fault else [])
        monkeypatch.setattr(gate, "probe", probe)
        host = Host(t.cast(t.Any, Engine(model)), t.cast(t.Any, Agent(model)))
        monkeypatch.setattr(states, "host_of", lambda _params: host)
        told = (states.absent if params["state"] == "absent" else states.present)(params, False)
        model.assert_sane()
        return told

    return run_on


def prepared(run: Run, before: Options) -> TwoPorts:
    """Return a host on which the instance serves."""
    shutil.rmtree(secrets.STATE)
    model = TwoPorts()
    run(model, before)
    model.serves = True
    return model


def steps_of(run: Run, before: Options, after: Options) -> list[str]:
    model = prepared(run, before)
    with contextlib.suppress(Failure):
        run(model, after)
    return model.steps


def assert_up(model: TwoPorts, wanted: Options) -> None:
    """One container, as wanted and in traffic, and nothing beside it."""
    assert [(c["name"], c["state"], c["policy"]["Name"]) for c in model.docker.values()] == [
        (NAME, "running", "always")
    ]
    found = model.found(NAME)
    assert found["labels"]["longshore.image"] == wanted["image"]["content"]
    port = found["environment"]["PORT"]
    assert model.in_traffic() == sorted(model.services) == ([f"web-{port}"] if "alternate" in wanted else [NAME])
    assert [str(service["Port"]) for service in model.services.values()] == [port]


def test_ports_alternate_and_a_run_that_changes_nothing_sees_the_one_that_runs(run: Run) -> None:
    model = prepared(run, options("c-0"))
    assert model.found(NAME)["environment"]["PORT"] == "80"
    for content, port in (("c-1", "81"), ("c-2", "80"), ("c-3", "81")):
        told = run(model, options(content))
        assert told["action"] == "replace"
        before = "81" if port == "80" else "80"
        assert [(c["key"], c["before"], c["after"]) for c in told["changes"] if c["key"] == "port"] == [
            ("port", int(before), int(port))
        ]
        assert_up(model, options(content))
        assert model.found(NAME)["environment"]["PORT"] == port
        assert (run(model, options(content))["action"], model.steps) == ("none", [])


def test_steps(run: Run) -> None:
    """The old one is touched only once the new one is in traffic."""
    assert steps_of(run, options("c-0"), options()) == [
        "create",
        "start",
        "deregister",
        "register",
        "deregister check",
        "register",
        "rename to web.previous",
        "rename to web",
        "maintenance on",
        "restart policy no",
        "stop",
        "deregister",
        "remove",
    ]


CHANGES = [
    pytest.param(options("c-0"), options(), id="replace"),
    pytest.param(options("c-0", alternates=False), options(), id="from one port to two, and replace"),
    pytest.param(options(), options(restart=True), id="restart"),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_killed_at_any_step_twice_and_run_again(run: Run, before: Options, after: Options) -> None:
    for n in range(1, len(steps_of(run, before, after)) + 1):
        model = prepared(run, before)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        for m in range(1 + n % 3, 16, 3):
            twice = copy.deepcopy(model).looked_at()
            with contextlib.suppress(KilledError):
                run(twice, after, (m, KilledError()))
            run(twice.looked_at(), after)
            assert_up(twice, after)
            assert run(twice, {**after, "restart": False})["action"] == "none"


@pytest.mark.parametrize("healthy", ["yes", "no"])
def test_killed_at_any_step_and_back_to_what_was_wanted_before(run: Run, healthy: str) -> None:
    before, after = options("c-0"), options(healthy=healthy)
    for n in range(1, len(steps_of(run, before, after)) + 1):
        model = prepared(run, before)
        with pytest.raises(KilledError):
            run(model, after, (n, KilledError()))
        run(model.looked_at(), before)
        assert_up(model, before)
        assert run(model, before)["action"] == "none"


def test_killed_at_any_step_and_then_another_release(run: Run) -> None:
    for n in range(1, len(steps_of(run, options("c-0"), options())) + 1):
        model = prepared(run, options("c-0"))
        with pytest.raises(KilledError):
            run(model, options(), (n, KilledError()))
        run(model.looked_at(), options("c-2"))
        assert_up(model, options("c-2"))


def test_killed_at_any_step_and_then_without_start_first(run: Run) -> None:
    plain = options(alternates=False)
    for n in range(1, len(steps_of(run, options("c-0"), options())) + 1):
        model = prepared(run, options("c-0"))
        with pytest.raises(KilledError):
            run(model, options(), (n, KilledError()))
        model.serves = False
        run(model.looked_at(), plain)
        assert_up(model, plain)
        assert run(model, plain)["action"] == "none"


def test_killed_at_any_step_and_removed(run: Run) -> None:
    for n in range(1, len(steps_of(run, options("c-0"), options())) + 1):
        model = prepared(run, options("c-0"))
        with pytest.raises(KilledError):
            run(model, options(), (n, KilledError()))
        model.serves = False
        run(model.looked_at(), options(state="absent"))
        assert (model.docker, model.services, model.checks) == ({}, {}, {})


def test_killed_at_any_step_and_finished_or_undone_by_its_host(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_forget_attempt", lambda _instance: None)  # who is killed takes no step back
    for n in range(1, len(steps_of(run, options("c-0"), options())) + 1):
        model = prepared(run, options("c-0"))
        with pytest.raises(KilledError):
            run(model, options(), (n, KilledError()))
        model.looked_at()
        model.faults = {}
        host = Host(t.cast(t.Any, Engine(model)), t.cast(t.Any, Agent(model)))
        noted = notes.read(NAME)
        launches = [Launched.from_note(note) for note in (noted.launching, noted.launched) if note]
        told = repair._mended(host, NAME, noted, [launch for launch in launches if launch], False)
        assert (told.state, told.instance) in (("mended", NAME), ("well", NAME)), f"step {n}: {told}"
        came_through = model.found(NAME)["labels"]["longshore.image"] == "c-1"
        assert_up(model, options("c-1" if came_through else "c-0"))
        assert run(model, options("c-1" if came_through else "c-0"))["action"] == "none"


def test_the_new_one_that_does_not_pass_leaves_the_old_one_untouched(run: Run) -> None:
    model = prepared(run, options("c-0"))
    container, services = copy.deepcopy(model.docker), copy.deepcopy(model.services)
    with pytest.raises(Failure) as failure:
        run(model, options(healthy="no"))
    assert str(failure.value).endswith(story.UNTOUCHED)
    assert (model.docker, model.services) == (container, services)
    assert run(model, options("c-0"))["action"] == "none"


def test_killed_at_any_step_of_one_that_does_not_pass_and_run_again(run: Run) -> None:
    for n in range(1, len(steps_of(run, options("c-0"), options(healthy="no"))) + 1):
        model = prepared(run, options("c-0"))
        with pytest.raises(KilledError):
            run(model, options(healthy="no"), (n, KilledError()))
        with pytest.raises(Failure, match="untouched"):
            run(model.looked_at(), options(healthy="no"))
        assert_up(model, options("c-0"))


@pytest.mark.parametrize("step", range(1, 14))
def test_an_engine_that_fails_at_any_step_leaves_somebody_in_traffic(run: Run, step: int) -> None:
    model = prepared(run, options("c-0"))
    with contextlib.suppress(Failure):
        run(model, options(), (step, Failure("the engine fails")))
    run(model.looked_at(), options())
    assert_up(model, options())


def test_what_does_not_run_or_is_kept_out_of_traffic_is_replaced_where_it_is(run: Run) -> None:
    for by_hand in ("stopped", "held"):
        model = prepared(run, options("c-0"))
        model.serves = False
        if by_hand == "stopped":
            model.found(NAME)["state"] = "exited"
        else:
            check = {"ServiceID": "web-80", "Status": "critical", "Notes": "disk", "Output": ""}
            model.checks["_service_maintenance:web-80"] = check
        run(model.looked_at(), options())
        assert model.found(NAME)["environment"]["PORT"] == "80"


def test_ports_that_both_sides_share_with_what_runs_are_refused(run: Run) -> None:
    model = prepared(run, options("c-0"))
    wanted = options()
    wanted["wanted"]["registrations"][0]["port"] = 82
    wanted["alternate"]["registrations"].append({"id": "admin-80", "name": "admin", "port": 80})
    wanted["wanted"]["registrations"].append({"id": "admin-80", "name": "admin", "port": 80})
    with pytest.raises(Failure, match=r"service_rollout\.start_first: the container that runs has port 80"):
        run(model, wanted)
