# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back of a reload that fails before its signal; all others are shown by the target reload."""

from __future__ import annotations

import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code import in_place_reload
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import (
    mark_unverified,
    read_loaded,
    remember,
)


@pytest.mark.parametrize(
    ("killed_before", "said", "reloads"),
    [
        pytest.param(False, "No process has loaded anything new", [], id="nothing was signalled"),
        pytest.param(True, "was loaded again, which is proven", ["v1"], id="a killed run may have signalled"),
    ],
)
def test_way_back_without_a_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_before: bool, said: str, reloads: list[str]
) -> None:
    monkeypatch.setattr(secrets, "STATE", str(tmp_path))
    code = types.SimpleNamespace(content="c-1", version="v1", release="")
    remember("web", "id", t.cast(t.Any, code), {})
    if killed_before:
        mark_unverified("web", "id")
    told: list[str] = []

    def fail(*_: t.Any) -> t.NoReturn:
        raise Failure("service_reload.commands: no")

    running = types.SimpleNamespace(container="id", first=7, started="now")
    monkeypatch.setattr(in_place_reload, "observe_processes", lambda *_: running)
    monkeypatch.setattr(in_place_reload, "refuse_unprovable", lambda *_: None)
    monkeypatch.setattr(in_place_reload, "run_commands", fail)
    monkeypatch.setattr(in_place_reload, "run_commands_again", lambda *_: "")
    monkeypatch.setattr(in_place_reload, "reload", lambda *arguments: told.append(arguments[-2]) or {})
    wanted = types.SimpleNamespace(
        container=types.SimpleNamespace(name="web"), reload=None, code=None, files=(), registrations=(), ports=()
    )
    found = types.SimpleNamespace(loaded=read_loaded("web"))
    with pytest.raises(Failure, match=said):
        in_place_reload.reload_in_place(*t.cast(t.Any, (types.SimpleNamespace(docker=None), wanted, found, "id")))
    assert told == reloads
    loaded = read_loaded("web")
    assert loaded is not None
    assert loaded.proven
