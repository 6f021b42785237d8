# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which modules a stage calls, and what becomes of their results."""

from __future__ import annotations

import contextlib
import types
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.action import instance
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._target import Target

IMAGE = {"reference": "web@sha256:1", "content": "c-1", "version": None}
OPTIONS: dict[str, t.Any] = {"name": "web", "image": IMAGE, "wanted": {}, "secrets": {}, "preflight": True}
NODE = {"node": {"name": "n1"}}
RELEASE = {"id": "r-2", "image": IMAGE, "previous": {"id": "r-1", "image": IMAGE}}


class Stage:
    """A host of which nothing is known but what a test says."""

    def __init__(self, **known: t.Any) -> None:
        self.begun, self.discovered = RELEASE, NODE
        for name, value in known.items():
            setattr(self, name, value if name in ("discovered", "begun") else lambda *_a, _value=value, **_o: _value)

    def __getattr__(self, name: str) -> t.Any:
        """Return what makes options: they show which it was, and for which release."""

        def options(*given: t.Any, **more: t.Any) -> dict[str, t.Any]:
            targets = [one.release for one in given if isinstance(one, Target)]
            return {"by": name, "release": next(iter(targets), None), **more}

        return options


def action_of(stage: t.Any, results: dict[str, t.Any]) -> tuple[t.Any, list[tuple[str, t.Any]]]:
    """Return an action on that stage, whose modules return these results, and the list of its calls."""
    action, calls = object.__new__(instance.ActionModule), []

    def call(module: str, options: t.Any) -> t.Any:
        calls.append((module, options))
        return results.get(module, {})

    action._loader = None
    action._stage, action._call, action._task = stage, call, types.SimpleNamespace(check_mode=False)
    return action, calls


@pytest.mark.parametrize(
    ("name", "stage", "called"),
    [
        pytest.param("_recall", Stage(recalling={}), [], id="recall, where others are asked"),
        pytest.param("_recall", Stage(recalling={"name": "web"}), ["release_info"], id="recall"),
        pytest.param("_gather", Stage(target=Target({}, None)), ["service_info"], id="gather"),
        pytest.param("_run", Stage(target=Target({}, None)), ["service_info", "launch"], id="run"),
        pytest.param("_preflight", Stage(discovered={"msg": "no agent"}), [], id="preflight, and nothing was found"),
        pytest.param("_once", Stage(has_once_tasks=False), [], id="no fleet-once tasks"),
        pytest.param("_once", Stage(has_once_tasks=True), ["once"], id="fleet-once tasks"),
        pytest.param("_roll", Stage(is_stopped=True), [], id="the batch is stopped"),
        pytest.param(
            "_roll",
            Stage(is_stopped=False, gathers_again=False),
            ["launch"],
            id="as the preflight found it",
        ),
        pytest.param(
            "_roll",
            Stage(is_stopped=False, gathers_again=True),
            ["service_info", "launch"],
            id="gathered again",
        ),
        pytest.param("_back", Stage(), ["service_info", "launch"], id="back"),
        pytest.param("_watch", Stage(), ["launch"], id="watch"),
        pytest.param("_remove", Stage(leaving=["web-2", "web-1"]), ["launch", "launch"], id="remove"),
        pytest.param("_show", Stage(unshipped=Target({}, None)), ["service_info"], id="show"),
    ],
)
def test_modules_of_a_stage(name: str, stage: Stage, called: list[str]) -> None:
    action, calls = action_of(stage, {"service_info": NODE})
    told = getattr(action, name)()
    assert [module for module, _options in calls] == called
    assert bool(told.get("skipped")) is not bool(called)


@pytest.mark.parametrize(("name", "release"), [("_roll", "r-2"), ("_back", "r-1"), ("_watch", "r-2")])
def test_the_release_of_a_stage(name: str, release: str) -> None:
    action, calls = action_of(Stage(is_stopped=False, gathers_again=True), {"service_info": NODE})
    getattr(action, name)()
    assert all(options["release"] == release for module, options in calls if module == "service_info")


def test_what_was_gathered_and_warned_of_is_kept() -> None:
    results = {"service_info": {**NODE, "warnings": ["a"]}, "launch": {"action": "none", "warnings": ["b"]}}
    action, _calls = action_of(Stage(target=Target({}, None)), results)
    told = action._run()
    assert (told["action"], told["gathered"]["node"], told["warnings"]) == ("none", NODE["node"], ["a", "b"])


def test_without_configuration_nothing_is_launched() -> None:
    failed = {"failed": True, "msg": "no agent"}
    action, calls = action_of(Stage(target=Target({}, None)), {"service_info": failed})
    assert action._run() == failed
    assert [module for module, _options in calls] == ["service_info"]


PULLED = {"image": {**IMAGE, "reference": "127.0.0.1:5199/web@sha256:1"}}
VALUES = {"service_registry_image": "registry:2", "service_registry_port": 5199}


@pytest.mark.parametrize(
    ("options", "check", "reached"),
    [
        pytest.param(PULLED, False, True, id="an image of the controller"),
        pytest.param({"image": IMAGE, "code": PULLED["image"]}, False, True, id="its code"),
        pytest.param({"image": IMAGE}, False, False, id="an image of a registry"),
        pytest.param(PULLED, True, False, id="check mode pulls nothing"),
        pytest.param({"image": {**IMAGE, "reference": None}}, False, False, id="nothing shipped"),
    ],
)
def test_the_controllers_registry_is_reached_where_it_is_pulled_from(
    options: dict[str, t.Any], check: bool, reached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        instance, "within_reach", lambda registry, _connection: asked.append(registry.port) or contextlib.nullcontext()
    )
    stage = Stage(target=Target({}, None), launching=options)
    stage.value = VALUES.get
    action, calls = action_of(stage, {"launch": {"action": "replace"}})
    action._task.check_mode, action._connection, action._at_rest = check, None, lambda _options: None
    assert action._preflight() == {"action": "replace"}
    assert (asked == [5199], len(calls)) == (reached, 1)


def test_a_play_of_a_users_own_pulls_before_it_launches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "within_reach", lambda *_given: contextlib.nullcontext())
    stage = Stage(target=Target({}, None), launching=PULLED)
    stage.value = VALUES.get
    action, calls = action_of(stage, {"service_info": NODE, "launch": {"action": "replace"}})
    action._connection = None
    action._run()
    assert [(module, options.get("preflight")) for module, options in calls[1:]] == [
        ("launch", True),
        ("launch", None),
    ]


AT_REST = {"action": "none"}


@pytest.mark.parametrize(
    ("options", "answer", "asked"),
    [
        pytest.param(OPTIONS, AT_REST, False, id="the survey is enough"),
        pytest.param(OPTIONS, None, True, id="something is to do"),
        pytest.param({**OPTIONS, "image": {}}, AT_REST, True, id="wrong options are the module's to tell"),
        pytest.param(OPTIONS, Failure("wrong"), True, id="and wrong values"),
    ],
)
def test_a_host_at_rest_is_not_asked_once_more(
    options: dict[str, t.Any], answer: t.Any, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_rest(params: dict[str, t.Any], survey: t.Any, check: bool) -> t.Any:
        assert (params["state"], survey, check) == ("present", {"current": None}, False)
        if isinstance(answer, Failure):
            raise answer
        return answer

    monkeypatch.setattr(instance, "at_rest", at_rest)
    stage = Stage(discovered={**NODE, "survey": {"current": None}}, target=Target({}, None), launching=options)
    action, calls = action_of(stage, {"launch": {"action": "replace"}})
    assert action._preflight() == ({"action": "replace"} if asked else AT_REST)
    assert bool(calls) is asked


@pytest.mark.parametrize(
    ("told", "deferred"),
    [
        pytest.param({"changed": False}, {"changed": False}, id="well"),
        pytest.param(
            {"failed": True, "msg": "no agent", "exception": "..."},
            {"failed": False, "msg": "no agent"},
            id="what the report of all hosts tells",
        ),
        pytest.param({"failed": True, "exception": "bug"}, {"failed": True, "exception": "bug"}, id="a bug of ours"),
    ],
)
def test_what_a_preflight_finds_wrong_is_no_failure(told: dict[str, t.Any], deferred: dict[str, t.Any]) -> None:
    assert instance._deferred(told) == deferred
