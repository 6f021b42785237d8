# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.longshore.fleet.plugins.module_utils import _running as running
from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure

TRACEBACK = "Traceback ...: ModuleNotFoundError"


class RespawnedError(Exception):
    """Stands for the end of this process: the module goes on in another Python."""


@pytest.fixture
def module() -> t.Iterator[AnsibleModule]:
    with patch_module_args({}):
        yield AnsibleModule(argument_spec={})


def ended(capsys: pytest.CaptureFixture[str], call: t.Callable[[], t.Any]) -> dict[str, t.Any]:
    """Return the result with which a call ends its module."""
    with pytest.raises(SystemExit):
        call()
    result: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    return result


def test_a_story_gives_the_result(module: AnsibleModule, capsys: pytest.CaptureFixture[str]) -> None:
    result = ended(capsys, lambda: running.run(module, lambda: {"changed": True, "action": "create"}))
    assert (result["changed"], result["action"], result.get("failed", False)) == (True, "create", False)


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> t.Iterator[None]:
    """Set the umask of whoever starts the module."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o022, 0o000], indirect=True)
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    ("make", "modes"),
    [
        pytest.param(lambda at: SafeFiles([]).make_folder(f"{at}/a/b", 0, 0, 0o750), ["755", "750"], id="directory"),
        pytest.param(lambda at: SafeFiles([at]).make_folder(f"{at}/a/b", 0, 0, 0o777), ["755", "777"], id="shared"),
        pytest.param(lambda at: os.makedirs(f"{at}/a/b"), ["755", "755"], id="any other"),
    ],
)
def test_folders_have_the_same_modes_whatever_the_umask(
    module: AnsibleModule, tmp_path: Path, make: t.Callable[[str], None], modes: list[str]
) -> None:
    def story() -> dict[str, t.Any]:
        make(str(tmp_path))
        return {}

    with pytest.raises(SystemExit):
        running.run(module, story)
    assert [f"{(tmp_path / path).stat().st_mode & 0o7777:o}" for path in ("a", "a/b")] == modes


def test_warnings_are_those_of_ansible(
    module: AnsibleModule, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(module, "warn", warned.append)
    result = ended(capsys, lambda: running.run(module, lambda: {"changed": False, "warnings": ["in maintenance"]}))
    assert warned == ["in maintenance"]
    assert "warnings" not in result


def test_a_failure_is_the_message_with_its_details(module: AnsibleModule, capsys: pytest.CaptureFixture[str]) -> None:
    def story() -> dict[str, t.Any]:
        raise Failure("The gate was not passed", logs=["no"])

    result = ended(capsys, lambda: running.run(module, story))
    assert (result["failed"], result["msg"], result["logs"]) == (True, "The gate was not passed", ["no"])


def test_a_bug_crashes(module: AnsibleModule) -> None:
    with pytest.raises(ZeroDivisionError):
        running.run(module, lambda: {"changed": 1 / 0})


@pytest.mark.parametrize(
    ("libraries", "there", "respawned", "outcome"),
    [
        pytest.param({"docker": None}, False, False, "goes on", id="nothing missing"),
        pytest.param({"docker": None, "py-consul": TRACEBACK}, True, False, "respawns", id="missing here"),
        pytest.param({"docker": TRACEBACK}, False, False, "fails", id="missing, and no environment"),
        pytest.param({"docker": TRACEBACK}, True, True, "fails", id="missing there too"),
    ],
)
def test_libraries(
    module: AnsibleModule,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    libraries: dict[str, str | None],
    there: bool,
    respawned: bool,
    outcome: str,
) -> None:
    def respawn(python: str) -> None:
        raise RespawnedError(python)

    monkeypatch.setattr(running.os, "access", lambda path, _mode: there and path == running.VENV_PYTHON)
    monkeypatch.setattr(running, "has_respawned", lambda: respawned)
    monkeypatch.setattr(running, "respawn_module", respawn)
    if outcome == "goes on":
        running.require(module, libraries)
    elif outcome == "respawns":
        with pytest.raises(RespawnedError, match=running.VENV_PYTHON):
            running.require(module, libraries)
    else:
        message = ended(capsys, lambda: running.require(module, libraries))["msg"]
        assert "Python library (docker)" in message
        assert "role longshore.fleet.docker" in message
        assert "Traceback" not in message


def test_a_library_that_is_too_old(
    module: AnsibleModule, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "has_respawned", lambda: True)
    problem = "The Python package docker of /usr/bin/python3 is 7.0.0; 7.1.0 or newer is needed."
    message = ended(capsys, lambda: running.require(module, {"docker": problem}))["msg"]
    assert message.startswith(f"{problem} Run the role longshore.fleet.docker")


def test_a_user_who_may_not_is_told_to_become_another(
    module: AnsibleModule, capsys: pytest.CaptureFixture[str]
) -> None:
    def story() -> dict[str, t.Any]:
        raise PermissionError(13, "Permission denied", "/var/lib/longshore")

    message = ended(capsys, lambda: running.run(module, story))["msg"]
    assert message.startswith("/var/lib/longshore: the user ")
    assert message.endswith("Set become (ansible_become: true, or -b).")


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("token", ["1", "replace", "root", "node1", "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_a_token_is_not_shown_and_changes_no_word_of_the_result(
    token: str, fails: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"action": "replace", "node": "node1", "pulled": "1", "owner": "root"}

    def story() -> dict[str, t.Any]:
        if fails:
            raise Failure("on node1: 1 failed", **told)
        return {"changed": True, **told}

    def main() -> None:
        module = AnsibleModule(argument_spec={"consul_token": {"type": "str", "no_log": True}})
        running.run(module, story)

    with patch_module_args({"consul_token": token}):
        result = ended(capsys, main)
    assert {name: result[name] for name in told} == told
    assert result.get("msg", "on node1: 1 failed") == "on node1: 1 failed"
    # From ansible-core 2.21 on a result has no options at all.
    assert result.get("invocation", {}).get("module_args", {}).get("consul_token") != token
