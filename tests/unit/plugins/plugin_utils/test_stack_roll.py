# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import sys
import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils import _stack_roll
from ansible_collections.longshore.fleet.plugins.plugin_utils._stack_roll import (
    command_of,
    limit_of,
    refuse_questions,
    refuse_single,
    roll,
    run,
)

DEPLOY = ["longshore.fleet.deploy", "-e", "service=web"]


@pytest.mark.parametrize(
    ("words", "playbooks", "command"),
    [
        pytest.param(["ap", "longshore.fleet.stack"], ["longshore.fleet.stack"], ["ap", *DEPLOY], id="alone"),
        pytest.param(
            ["ap", "-i", "h.yml", "site.yml", "--diff"],
            ["site.yml"],
            ["ap", "-i", "h.yml", "--diff", *DEPLOY],
            id="site",
        ),
        pytest.param(
            ["ap", "up", "-e", "site=site.yml"], ["up"], ["ap", "-e", "site=site.yml", *DEPLOY], id="up, and its site"
        ),
        pytest.param(["ap", "a", "b", "-v"], ["a", "b"], ["ap", "-v", *DEPLOY], id="several"),
        pytest.param(["stack", "-v", "stack"], ["stack"], ["stack", "-v", *DEPLOY], id="the program is no playbook"),
    ],
)
def test_command(words: list[str], playbooks: list[str], command: list[str]) -> None:
    assert command_of(words, playbooks, "longshore.fleet.deploy", {"service": "web"}) == command


def test_limit() -> None:
    assert limit_of(["n1", "n2"]) == ["--limit", "n1,n2"]
    assert limit_of([]) == []


@pytest.mark.parametrize("name", ["service", "found", "cold_start", "release", "instance"])
def test_what_belongs_to_one_service_is_refused(name: str) -> None:
    with pytest.raises(Failure, match=f"-e {name}: belongs to one service"):
        refuse_single({name: "x"})
    refuse_single({"plan_file": "plan.md"})


@pytest.mark.parametrize(
    ("option", "instead"),
    [
        ("ask_pass", "--connection-password-file"),
        ("become_ask_pass", "--become-password-file"),
        ("ask_vault_pass", "--vault-password-file"),
    ],
)
def test_passwords_that_are_typed_are_refused(option: str, instead: str) -> None:
    with pytest.raises(Failure, match=instead):
        refuse_questions({option: True})
    refuse_questions({option: False})


def python(text: str) -> list[str]:
    """Return a command."""
    return [sys.executable, "-c", text]


def test_each_line_is_shown() -> None:
    shown: list[str] = []
    code = run(python("import sys; print('one'); print('two', file=sys.stderr, end=''); sys.exit(3)"), shown.append)
    assert (code, sorted(shown)) == (3, ["one", "two"])


def test_it_stops_at_the_first_that_fails() -> None:
    shown: list[str] = []
    rolled = roll(
        ["a", "b", "c"], lambda name: python(f"print('{name}'); raise SystemExit('{name}' == 'b')"), shown.append
    )
    assert (rolled.results, shown) == ({"a": "done", "b": "failed"}, ["a", "b"])
    head, *rows = [line.split() for line in rolled.lines({"idle": "nothing to do"})]
    assert head == ["SERVICE", "RESULT", "TOOK"]
    assert [row[:2] for row in rows] == [["idle", "nothing"], ["a", "done"], ["b", "failed"], ["c", "not"]]


def test_it_ends_with_the_run_that_has_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = iter([1, 1, 2])
    monkeypatch.setattr(_stack_roll, "EVERY", 0.01)
    monkeypatch.setattr(os, "getppid", lambda: next(parents, 2))
    shown: list[t.Any] = []
    with pytest.raises(Failure, match="run the same command to go on"):
        run(python("import time; time.sleep(60)"), shown.append)
