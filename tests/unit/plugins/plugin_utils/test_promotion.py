# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What another fleet's history says, and whether its release may be taken over."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._promotion import (
    inventory_of,
    lines_of_promotion,
    promoted_of,
    question,
    released,
)

Result = dict[str, t.Any]
IMAGE = {"reference": "staging/web@sha256:1", "content": "c-1", "version": "1.4"}
RECORD: Result = {
    "id": "r-2",
    "state": "done",
    "image": IMAGE,
    "code": None,
    "removed": "",
    "set_aside": [],
    "service_file": "service_port: 8000\n",
    "started": "2026-11-29T10:00:00Z",
    "who": "anna",
    "where": "desk",
}
OLD = {**RECORD, "id": "r-1"}


def history(*records: Result, signed: bool | None = True, **info: t.Any) -> Result:
    """Return what history.yml writes of one service."""
    rows = [{"release": record["id"], "signed": signed} for record in records]
    there = {"prefix": "longshore", "current": "r-2", "releases": [*records], "lock": "", "problems": []}
    return {"rows": rows, "services": {"web": {**there, **info}}}


def test_the_newest_release_that_is_done_and_current_is_taken_over() -> None:
    assert released(history(RECORD, OLD), "web", "staging", None) == RECORD


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param(history(current=""), "no release of it is recorded there, below longshore/", id="none"),
        pytest.param({"rows": [], "services": {}}, "no release of it is recorded there", id="unknown"),
        pytest.param(history(RECORD, lock="bo on desk"), "a rollout is under way there, by bo on desk", id="locked"),
        pytest.param(history({**RECORD, "state": "held"}), "of r-2, is held after its first batch", id="held"),
        pytest.param(history({**RECORD, "state": "failed"}), "of r-2, failed; mend it there", id="failed"),
        pytest.param(history({**RECORD, "state": "rolled back"}), "failed, and the hosts there are back", id="back"),
        pytest.param(history({**RECORD, "state": "interrupted"}), "of r-2, was interrupted", id="interrupted"),
        pytest.param(history({**RECORD, "state": "rolling"}), "of r-2, was interrupted", id="rolling"),
        pytest.param(history({**RECORD, "state": "\x1b[2J"}), "of r-2, was interrupted", id="any state"),
        pytest.param(history({**OLD, "state": "failed"}, RECORD), "of r-1, failed", id="the one after the current"),
        pytest.param(history(OLD, RECORD), "r-1, is not the current one", id="not current"),
        pytest.param(history({**RECORD, "removed": "at noon by bo"}), "it was removed there at noon", id="removed"),
        pytest.param(history(RECORD, problems=["key x is spoilt"]), "key x is spoilt", id="unreadable"),
    ],
)
def test_what_is_not_done_there_is_refused(found: Result, why: str) -> None:
    with pytest.raises(Failure, match=rf"web cannot be promoted from staging: .*{why}.* Nothing was touched"):
        released(found, "web", "staging", "r-2")


@pytest.mark.parametrize(
    ("signed", "why"),
    [(False, "has no valid signature of that fleet"), (None, "cannot be checked without a fleet key there")],
)
def test_an_unsigned_release_is_refused_unless_it_is_trusted_by_its_id(signed: bool | None, why: str) -> None:
    found = history(RECORD, signed=signed)
    with pytest.raises(Failure, match=rf"release r-2 of web in staging {why}.*staging/web@sha256:1.*--check"):
        released(found, "web", "staging", "r-1")
    assert released(found, "web", "staging", "r-2") == RECORD


@pytest.mark.parametrize(
    ("given", "path"),
    [
        pytest.param("staging/hosts.yml", "staging/hosts.yml", id="a file"),
        pytest.param("staging", "staging/hosts.yml", id="a folder that init.yml has made"),
        pytest.param("other", "other", id="any folder"),
    ],
)
def test_the_other_fleet_is_named_by_its_inventory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, path: str
) -> None:
    for folder in ("staging", "other"):
        (tmp_path / folder).mkdir()
    (tmp_path / "staging/hosts.yml").touch()
    monkeypatch.chdir(tmp_path)
    assert inventory_of(given, ["hosts.yml"]) == tmp_path / path


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "Say from which fleet"),
        ("", "Say from which fleet"),
        ("nowhere", "from: there is no .*/nowhere"),
        ("hosts.yml", "is the inventory of this fleet itself"),
        (".", "is the inventory of this fleet itself"),
    ],
)
def test_no_other_fleet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: t.Any, why: str) -> None:
    (tmp_path / "hosts.yml").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failure, match=why):
        inventory_of(given, ["hosts.yml"])


def test_the_question_takes_files_of_vault_passwords_along_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = {
        "vault_password_files": ["all"],
        "vault_ids": ["dev@word", "word", "ops@prompt", "prompt"],
        "extra_vars": ("consul_token=x",),
    }
    command = question("python3", tmp_path / "hosts.yml", "web", "/tmp/file", options)
    assert command == [
        *("python3", "-m", "ansible", "playbook", "-i", f"{tmp_path}/hosts.yml"),
        f"--vault-password-file={tmp_path}/all",
        f"--vault-id=dev@{tmp_path}/word",
        f"--vault-id={tmp_path}/word",
        *("longshore.fleet.history", "-e", "service=web", "-e", "history_file=/tmp/file"),
    ]


def test_where_it_comes_from_is_told_as_the_own_folder_sees_it() -> None:
    promoted = promoted_of(RECORD, Path("/srv/staging/hosts.yml"), "/srv/production")
    assert promoted == {"image": IMAGE, "code": None, "from": "r-2 of ../staging/hosts.yml"}


@pytest.mark.parametrize(
    ("changes", "own", "lines"),
    [
        pytest.param({}, "service_port: 8000", [], id="the image alone"),
        pytest.param({"code": {"reference": "c@sha256:2"}}, "service_port: 8000", ["  code c@sha256:2"], id="code"),
        pytest.param({"set_aside": ["n3"]}, "service_port: 8000", ["  There it did not reach n3"], id="set aside"),
        pytest.param(
            {},
            "service_port: 9000",
            ["  The service file here is not the one it was released with: service_port"],
            id="another service file",
        ),
    ],
)
def test_the_plan_tells_what_is_taken_over(changes: Result, own: str, lines: list[str]) -> None:
    record = {**RECORD, **changes}
    promoted = promoted_of(record, Path("/srv/staging/hosts.yml"), "/srv/production")
    assert lines_of_promotion(record, promoted, own) == [
        "Promotes r-2 of ../staging/hosts.yml, released 2026-11-29T10:00:00Z by anna on desk",
        "  image staging/web@sha256:1",
        *lines,
    ]
