# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that the container which runs does not have, and what check mode says that nobody looked at."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import PathInContainer
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.observed import ObservedInstance
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.preflight import not_looked_at
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.programs import missing_in_running
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import found_container, instance_spec, observed

INSPECTED = {
    "Config": {"Env": ["PATH=/bin"], "WorkingDir": "/work"},
    "Mounts": [{"Destination": "/data"}],
    "HostConfig": {"Tmpfs": {"/run": ""}},
}
DOCKER = SimpleNamespace(
    inspect=lambda _container: INSPECTED,
    at=lambda _container, path: PathInContainer(path, False, True) if path == "/bin/ping" else None,
)
FILE = {"path": "/srv/a", "content": "", "on_change": "signal"}
CODE = {"mount": "/code"}


def wanted(before: t.Sequence[dict[str, t.Any]] = (), **of_service: t.Any) -> InstanceSpec:
    release = {"reference": "r/code@sha256:" + "0" * 64, "content": "c"} if "code" in of_service else None
    return instance_spec(code_release=release, gate={"before": before}, **of_service)


def found(state: str = "running", passing: bool = True) -> ObservedInstance:
    return observed(found_container(instance_spec(), state=state, identity="1"), passing=passing)


BEFORE = {"before": [{"http": "http://a/"}, {"command": ["nosuch", "x"]}]}
ONCE = {"once": [{"name": "migrate", "command": ["nosuch"]}]}
CONDITION, TASK = "service_gate.before[1].command: nosuch is not there", "service_once.migrate: nosuch is not there"


@pytest.mark.parametrize(
    ("action", "survey", "given", "says"),
    [
        pytest.param("replace", found(), BEFORE, CONDITION, id="asked before a replacement"),
        pytest.param("restart", found(), BEFORE, CONDITION, id="asked before a restart"),
        pytest.param("update", found(), BEFORE, None, id="not asked before an update"),
        pytest.param("replace", found(passing=False), BEFORE, None, id="not asked of one that does not pass"),
        pytest.param("replace", found("exited"), BEFORE, None, id="not asked of one that does not run"),
        pytest.param("replace", found(), {"before": [{"command": "ping x"}]}, None, id="there"),
        pytest.param("replace", found(), {"before": [{"command": "/data/x"}]}, None, id="on a mount"),
        pytest.param("replace", found(), {"before": [{"command": "/run/x"}]}, None, id="on a tmpfs"),
        pytest.param("replace", found(), {"before": [{"command": "./x"}]}, "./x is not there in the", id="a path"),
        pytest.param("replace", found(), ONCE, None, id="another image has the task's program"),
        pytest.param("register", found(), ONCE, TASK, id="the same image lacks the task's program"),
        pytest.param(
            "signal",
            found(),
            {"code": CODE, "reload": {"commands": ["./x", "/code/y", "nosuch"]}},
            "service_reload.commands[2]: nosuch is not",
            id="command of a reload",
        ),
        pytest.param(
            "signal",
            found(),
            {"code": CODE, "reload": {"check": [["nosuch", "x"]], "commands": ["ping"]}},
            "service_reload.check[0]: nosuch is not",
            id="check of a reload",
        ),
        pytest.param("signal", found(), {"leader": "nosuch"}, "order.leader: nosuch is not there", id="leader"),
    ],
)
def test_the_container_that_runs(
    action: str, survey: ObservedInstance, given: dict[str, t.Any], says: str | None
) -> None:
    host = t.cast(Host, SimpleNamespace(docker=DOCKER))
    problems = [*missing_in_running(host, wanted(**given), survey, Action(action))]
    assert len(problems) == bool(says)
    assert says is None or says in problems[0]


CODE_CHANGE, FILE_CHANGE = Change("code", "a", "b"), Change("files./srv/a", "1", "2")
BY_CODE, BY_FILE = (Plan(Action.SIGNAL, (change,)) for change in (CODE_CHANGE, FILE_CHANGE))
CHECKED = {"code": CODE, "reload": {"check": ["./check"], "commands": []}}
VALIDATED = {"files": [{**FILE, "validate": "nginx -t -c %s"}]}
NO_CONTAINER = "(check mode makes no container)"
REFUSED = f"what only the engine itself refuses {NO_CONTAINER}"
UNCHECKED = {"files": [{**FILE, "validate": None}]}


@pytest.mark.parametrize(
    ("plan", "given", "unseen", "says"),
    [
        pytest.param(Plan(Action.REPLACE), {}, "", REFUSED, id="new"),
        pytest.param(Plan(Action.REPLACE), {}, "users (w)", f"users (w); {REFUSED}", id="more"),
        pytest.param(
            Plan(Action.UPDATE, (Change("mem_limit", 1, 2),)),
            {},
            "",
            REFUSED,
            id="limits",
        ),
        pytest.param(BY_CODE, CHECKED, "", f"service_reload.check {NO_CONTAINER}", id="code"),
        pytest.param(BY_FILE, VALIDATED, "", f"service_files.validate {NO_CONTAINER}", id="f"),
        pytest.param(BY_FILE, UNCHECKED, "", None, id="no command"),
        pytest.param(Plan(Action.SIGNAL), VALIDATED, "", None, id="a file that stays"),
        pytest.param(Plan(Action.REGISTER), {}, "", None, id="registration"),
    ],
)
def test_check_mode_says_what_it_did_not_look_at(
    plan: Plan, given: dict[str, t.Any], unseen: str, says: str | None
) -> None:
    assert not_looked_at(wanted(**given), plan, True, unseen) == ([f"not looked at: {says}"] if says else [])
    assert not_looked_at(wanted(**given), plan, False, unseen) == ([f"not looked at: {unseen}"] if unseen else [])
