# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module reload hides; what it does is shown on the lab by the target reload."""

from __future__ import annotations

import json
import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import secrets
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.labels import INSTANCE, SECRETS
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload_by_hand import secrets_of

FOUND = {
    "Id": "id",
    "Name": "/web",
    "State": {"Status": "running"},
    "HostConfig": {"RestartPolicy": {"Name": "always"}},
    "Config": {
        "Labels": {INSTANCE: "web", SECRETS: json.dumps({"TOKEN": "digest", "/run/key": "digest"})},
        "Env": ["TOKEN=correct=horse", "PORT=80"],
    },
}


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"/run/key": "a key\nof two lines\n"}, id="with its secret file"),
        pytest.param({}, id="whose secret file is gone, as after a reboot"),
    ],
)
def test_secrets_of_a_container(lie: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "FILES", str(tmp_path / "secrets"))
    if lie:
        where = secrets.folder("web", {"TOKEN": "digest", "/run/key": "digest"})
        secrets.write_files({"TOKEN": "correct=horse", **lie}, where, (os.getuid(), os.getgid()))
    engine = t.cast(t.Any, types.SimpleNamespace(inspect=lambda _name: FOUND))
    assert secrets_of(engine, "web") == {"TOKEN": "correct=horse", **lie}


def test_container_that_is_not_there_has_none() -> None:
    assert secrets_of(t.cast(t.Any, types.SimpleNamespace(inspect=lambda _name: None)), "web") == {}
