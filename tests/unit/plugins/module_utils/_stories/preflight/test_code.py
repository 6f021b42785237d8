# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first process that would keep signals from the server; the rest is shown by tests/integration/targets/reload."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Code, Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import HostFile
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.action import Action
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Plan
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import InstanceSpec
from ansible_collections.longshore.fleet.plugins.module_utils._stories.preflight.code import code_problems
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.host import Host
from tests.unit.builders import instance_spec, observed

CODE = Code("registry/web-code@sha256:1", "c", "v", "/srv/code/web", "/usr/src/app", 0, 0, "web")
SHELL = {"Config": {"Entrypoint": ["sh", "-c", "prepare; server"], "Cmd": None}}


def wanted(action: str, code: Code | None, on_change: t.Sequence[str]) -> InstanceSpec:
    files = tuple(HostFile(f"/srv/{what}", "text", 0, 0, 0o644, (), what) for what in on_change)
    return replace(instance_spec(), code=code, files=files, reload=Reload(action, "HUP", 30.0, (), (), 60.0, ""))


@pytest.mark.parametrize(
    ("action", "code", "on_change", "is_refused"),
    [
        pytest.param("signal", CODE, [], True, id="code"),
        pytest.param("signal", None, ["none", "signal"], True, id="a file that is read after a signal"),
        pytest.param("signal", None, ["none", "restart"], False, id="files without a signal"),
        pytest.param("signal", None, [], False, id="nothing to load"),
        pytest.param("restart", CODE, ["signal"], False, id="all by a restart"),
    ],
)
@pytest.mark.parametrize("plan", [Action.CREATE, Action.REPLACE])
def test_a_shell_as_first_process_is_refused_where_a_signal_is_to_reach_the_server(
    action: str, code: Code | None, on_change: list[str], is_refused: bool, plan: Action
) -> None:
    host = t.cast(Host, SimpleNamespace(docker=SimpleNamespace(image=lambda _reference: SHELL)))
    problems = code_problems(host, wanted(action, code, on_change), observed(), Plan(plan))
    assert ["would be a shell (sh -c prepare; server)" in problem for problem in problems] == [True] * is_refused
