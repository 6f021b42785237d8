"""When a module runs from the library of the host, when the library is brought, and when it is done without."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible.template import Templar

from ansible_collections.longshore.fleet.plugins.plugin_utils import _from_library
from ansible_collections.longshore.fleet.plugins.plugin_utils._from_library import FromLibrary

DONE = {"changed": False}
MISSING = {"longshore_library": "missing"}
UNUSABLE = {"longshore_library": "/opt/longshore cannot be written"}


class Action(FromLibrary):
    """With a connection that is not the controller's own, and no more of Ansible."""

    def __init__(self, is_local: bool) -> None:
        self._connection = types.SimpleNamespace(_remote_is_local=is_local)
        self._play_context = types.SimpleNamespace(remote_addr="node1")

    def run(self, *_arguments: t.Any) -> dict[str, t.Any]:
        return {}


def ways(
    monkeypatch: pytest.MonkeyPatch, answers: list[dict[str, t.Any]], is_local: bool = False, **options: t.Any
) -> list[str]:
    """How the module was called, call by call, by a host that answers so. The last answer is the task's result."""
    found, left = [], list(answers)

    def execute(self: Action, **_options: t.Any) -> dict[str, t.Any]:
        archive = self._archive
        found.append("ordinary" if archive is None else "with the library" if archive else "call")
        return left.pop(0)

    monkeypatch.setattr(ActionBase, "_execute_module", execute)
    assert Action(is_local)._execute_module(module_name="longshore.fleet.launch", **options) == answers[-1]
    assert not left
    return found


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([DONE], ["call"]),
        ([{"failed": True}], ["call"]),
        ([MISSING, DONE], ["call", "with the library"]),
        ([MISSING, UNUSABLE, DONE], ["call", "with the library", "ordinary"]),
        ([UNUSABLE, DONE], ["call", "ordinary"]),
    ],
)
def test_ways(monkeypatch: pytest.MonkeyPatch, answers: list[dict[str, t.Any]], expected: list[str]) -> None:
    assert ways(monkeypatch, answers) == expected


def test_what_touches_nothing_brings_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Action, "_brings", False)
    assert ways(monkeypatch, [DONE]) == ["call"]
    assert ways(monkeypatch, [MISSING, DONE]) == ["call", "ordinary"]


def test_the_controller_itself_and_the_background_go_the_ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ways(monkeypatch, [DONE], is_local=True) == ["ordinary"]
    assert ways(monkeypatch, [DONE], wrap_async=True) == ["ordinary"]


def test_call() -> None:
    """It is Python, whatever is in the options."""
    options = {"name": "web", "text": 'it\'s "so" \\ \u00fc \U0001f600\n', "none": None, "yes": True}
    call = _from_library._call("longshore.fleet.kv_info", options, b"")
    found: list[t.Any] = []
    exec(call.decode(), {"main": lambda *arguments: found.extend(arguments)})
    root, _digest, module, arguments, archive = found
    assert (root, module, archive) == (
        "/opt/longshore/lib",
        "ansible_collections.longshore.fleet.plugins.modules.kv_info",
        b"",
    )
    assert _from_library.json.loads(arguments) == {"ANSIBLE_MODULE_ARGS": options}


@pytest.mark.parametrize(
    ("delegated", "expected"), [(None, "#!/opt/longshore/venv/bin/python"), ("node2", "#!/usr/bin/python3.11")]
)
def test_what_is_sent(delegated: str | None, expected: str) -> None:
    action = Action(is_local=False)
    action._archive = b""
    action._templar = Templar(loader=DataLoader())
    action._task = types.SimpleNamespace(delegate_to=delegated)
    variables = {
        "ansible_python_interpreter": "/opt/longshore/venv/bin/python",
        "ansible_delegated_vars": {"node2": {"ansible_python_interpreter": "/usr/bin/python3.11"}},
    }
    sent, _path = action._configure_module("longshore.fleet.kv_info", {"prefix": "a"}, variables)
    assert (sent.module_style, sent.shebang) == ("new", expected)
    assert len(sent.b_module_data) < 8 * 1024
    compile(sent.b_module_data, "sent", "exec")
