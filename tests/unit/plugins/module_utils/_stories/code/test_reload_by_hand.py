# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module reload hides; what it does is shown on the lab by the target reload."""

from __future__ import annotations

import json
import types
import typing as t

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


def test_secrets_of_a_running_container_are_those_of_its_environment() -> None:
    engine = t.cast(t.Any, types.SimpleNamespace(inspect=lambda _name: FOUND))
    assert secrets_of(engine, "web") == {"TOKEN": "correct=horse"}


def test_container_that_is_not_there_has_none() -> None:
    assert secrets_of(t.cast(t.Any, types.SimpleNamespace(inspect=lambda _name: None)), "web") == {}
