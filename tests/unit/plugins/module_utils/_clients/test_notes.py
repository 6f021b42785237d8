# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._clients import notes, secrets
from ansible_collections.longshore.fleet.plugins.module_utils._clients.notes import Notes
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the notes on web are; not made yet."""
    monkeypatch.setattr(secrets, "STATE", str(tmp_path))
    return tmp_path / "instances" / "web.json"


def test_a_note_leaves_the_others_as_they_are() -> None:
    notes.write("web", loaded={"release": "a"})
    notes.write("web", owed={"condition": "after"})
    notes.write("web", loaded={"release": "b"})
    notes.write("front", loaded={"release": "c"})
    assert notes.read("web") == Notes(loaded={"release": "b"}, owed={"condition": "after"})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="no file"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"loaded": {"rel', id="half a file"),
        pytest.param(b"\xff\xfe", id="bytes that are no text"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"loaded": []}', id="a note that is none"),
        pytest.param(b"[" * 100000, id="nested without an end"),
        pytest.param(b'{"later": {"a": 1}}', id="what a later version has added"),
    ],
)
def test_what_cannot_be_read_is_no_note(file: Path, text: bytes | None) -> None:
    if text is not None:
        file.parent.mkdir()
        file.write_bytes(text)
    assert notes.read("web") == Notes()
    notes.write("web", applied={"id": {}})
    assert notes.read("web") == Notes(applied={"id": {}})


def test_what_a_later_version_has_added_leaves_the_others_as_they_are(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('{"loaded": {"release": "a"}, "later": {}}')
    assert notes.read("web") == Notes(loaded={"release": "a"})


def test_no_file_stays_without_a_note(file: Path) -> None:
    notes.write("web", owed={"condition": "after"})
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    notes.write("web", owed={})
    assert not file.exists()
    notes.forget("web")


def test_the_instances_with_notes_are_told() -> None:
    assert notes.instances() == []
    notes.write("web", owed={"condition": "after"})
    notes.write("front", loaded={"release": "c"})
    assert notes.instances() == ["front", "web"]


# Takes the lock of the instance, says so, and is killed.
AT_WORK = """
import fcntl, os, signal, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("taken", flush=True)
signal.pause()
"""


def test_one_process_at_a_time_works_on_an_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "RUNNING", str(tmp_path / "running"))
    with notes.exclusively("web", 0) as has_waited:
        assert not has_waited
    with subprocess.Popen(
        [sys.executable, "-c", AT_WORK, str(tmp_path / "running/web.lock")], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        with (
            pytest.raises(Failure, match="Another process on this host is at work on web"),
            notes.exclusively("web", 0),
        ):
            pass
        with notes.exclusively("front", 0):
            pass
        other.kill()
    with notes.exclusively("web", 0):
        pass


def test_a_user_who_may_not_write_there_works_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "RUNNING", str(tmp_path / "run/instances"))
    assert notes.are_kept()
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    assert not notes.are_kept()
    with notes.exclusively("web", 0):
        assert list(tmp_path.iterdir()) == []


def test_a_drain_outlasts_what_was_launched() -> None:
    notes.write("web", launched={"a": 1}, owed={"b": 2}, drained={"reason": "leak"})
    notes.forget_launches("web")
    assert notes.read("web") == Notes(drained={"reason": "leak"})
    notes.write("web", drained={})
    assert notes.instances() == []
