# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from tests.unit.builders import instance_options, instance_spec

SECRETS = {"TOKEN": "a-secret"}
DIGESTS = {"TOKEN": "d-1"}
OPTIONS = {**instance_options(secrets=SECRETS, registrations=[{"name": "web", "port": 80}]), "release": None}


def test_a_note_is_the_launch_again_and_has_no_secret() -> None:
    note = json.loads(json.dumps(Launched.from_options(OPTIONS, DIGESTS).to_note()))
    launched = Launched.from_note(note)
    assert launched
    assert launched.spec("web", SECRETS) == instance_spec(
        DIGESTS, secrets=SECRETS, registrations=[{"name": "web", "port": 80}]
    )
    assert "a-secret" not in json.dumps(note)


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"service": None}], ids=["a key of another version", "a key that is missing"]
)
def test_a_note_of_another_version_is_none(change: dict[str, t.Any]) -> None:
    note = {**Launched.from_options(OPTIONS, DIGESTS).to_note(), **change}
    assert Launched.from_note({k: v for k, v in note.items() if v is not None or k == "code"}) is None


@pytest.mark.parametrize(
    ("release", "prefix"), [(None, "longshore"), ({"id": "1", "session": "s", "prefix": "other"}, "other")]
)
def test_where_the_lock_of_the_service_lies(release: t.Any, prefix: str) -> None:
    assert Launched.from_options({**OPTIONS, "release": release}, DIGESTS).prefix == prefix
