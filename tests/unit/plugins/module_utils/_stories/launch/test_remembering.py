# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, sealed, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.launched import Launched
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.remembering import remembering
from tests.unit.builders import instance_options, instance_spec

SECRETS = {"TOKEN": "t"}
OLD, NEW = {"TOKEN": "d-old"}, {"TOKEN": "d-new"}
SEALING = {"secrets": SECRETS, "secrets_at_rest": "systemd-creds"}


def launching(digests: dict[str, str], **options: t.Any) -> t.Any:
    params = {**instance_options(**options), "release": None}
    return remembering(params, instance_spec(digests, **options))


def digests_of(note: dict[str, t.Any]) -> dict[str, str] | None:
    launched = Launched.from_note(note)
    return launched.secrets if launched else None


@pytest.fixture(autouse=True)
def sealed_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, str]]:
    """Return the digests of what is sealed."""
    there: list[dict[str, str]] = []
    monkeypatch.setattr(secrets, "STATE", str(tmp_path / "state"))
    monkeypatch.setattr(sealed, "write", lambda _instance, digests, _values: there.append(digests))
    monkeypatch.setattr(
        sealed, "keep_only", lambda _instance, *kept: there.__setitem__(slice(None), [d for d in there if d in kept])
    )
    return there


def test_what_was_launched_is_noted_at_its_end(sealed_there: list[dict[str, str]]) -> None:
    with launching(OLD, **SEALING):
        assert digests_of(notes.read("web").launching) == OLD
        assert notes.read("web").launched == {}
    assert digests_of(notes.read("web").launched) == OLD
    assert notes.read("web").launching == {}
    assert sealed_there == [OLD]


def test_a_launch_that_fails_leaves_what_was_launched_before(sealed_there: list[dict[str, str]]) -> None:
    with launching(OLD, **SEALING):
        pass
    with pytest.raises(Failure, match="crashes"), launching(NEW, **SEALING):
        raise Failure("it crashes")
    assert digests_of(notes.read("web").launched) == OLD
    assert notes.read("web").launching == {}
    assert sealed_there == [OLD]


def test_secrets_that_are_no_longer_to_be_sealed_go(sealed_there: list[dict[str, str]]) -> None:
    with launching(OLD, **SEALING):
        pass
    with launching(OLD, secrets=SECRETS):
        pass
    assert sealed_there == []


def test_a_user_who_may_keep_no_notes_launches_without(
    monkeypatch: pytest.MonkeyPatch, sealed_there: list[dict[str, str]]
) -> None:
    monkeypatch.setattr(notes, "are_kept", lambda: False)
    with launching(OLD, secrets=SECRETS):
        pass
    assert notes.instances() == []
    assert sealed_there == []
