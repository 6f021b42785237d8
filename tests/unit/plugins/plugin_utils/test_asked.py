# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of a run ask for."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import Asked, asked_of_exec, asked_of_logs

HOSTS = ["web1", "web2"]
LEADER = "redis-cli info"


@pytest.mark.parametrize(
    ("run", "asked"),
    [
        ({}, {}),
        ({"lines": "20", "since": "10m", "grep": "ERR"}, {"lines": 20, "since": "10m", "grep": "ERR"}),
        ({"lines": 7}, {"lines": 7}),
    ],
)
def test_logs(run: dict[str, t.Any], asked: dict[str, t.Any]) -> None:
    assert asked_of_logs({"service": "web", **run}, HOSTS) == Asked(service="web", hosts=HOSTS, **asked)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ({"service": None}, "Say of which service: -e service=NAME"),
        ({"lines": "all"}, "lines: 'all' is not a number of at least 1"),
        ({"lines": 0}, "lines: '0' is not a number of at least 1"),
        ({"since": "yesterday"}, "since: 'yesterday' is not a valid duration"),
        ({"grep": "("}, r"grep: '\(' is not a regular expression"),
    ],
)
def test_wrong_wishes_for_logs(run: dict[str, t.Any], told: str) -> None:
    with pytest.raises(Failure, match=told):
        asked_of_logs({"service": "web", **run}, HOSTS)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("python3 manage.py check", ("python3", "manage.py", "check")),
        ("echo 'a b'", ("echo", "a b")),
        (["echo", "a b", 1], ("echo", "a b", "1")),
        pytest.param("['python3','manage.py','check']", ("python3", "manage.py", "check"), id="-e key=value"),
        pytest.param('["echo","a b"]', ("echo", "a b"), id="and as JSON"),
        pytest.param("[ -f /etc/hosts ]", ("[", "-f", "/etc/hosts", "]"), id="the program ["),
    ],
)
def test_commands(command: t.Any, words: tuple[str, ...]) -> None:
    asked = asked_of_exec({"service": "web", "command": command}, HOSTS, None)
    assert asked == Asked(service="web", hosts=HOSTS, command=words)


def test_all_else_of_a_command() -> None:
    run = {"service": "web", "command": "id", "on": "leader", "one_off": "true", "timeout": "5m"}
    asked = asked_of_exec(run, HOSTS, LEADER)
    assert (asked.on, asked.one_off, asked.timeout, asked.leader) == ("leader", True, "5m", ("redis-cli", "info"))
    assert asked_of_exec({**run, "on": "all"}, HOSTS, LEADER).leader == ()


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ({"service": ""}, "Say of which service"),
        ({"command": None}, r"Say what to run: -e '{\"command\": "),
        ({"command": "echo 'a"}, "command: "),
        ({"command": "['a"}, "begins like a list and is none"),
        ({"command": ["a", {"b": 1}]}, "command: "),
        ({"on": "any"}, "on: 'any' is none of one, all, leader"),
        ({"on": "leader"}, r"nothing tells which instance leads; .* service_rollout\.order\.leader"),
        ({"timeout": "0"}, "timeout: '0' must be longer than 0"),
        ({"one_off": "perhaps"}, "one_off: 'perhaps' is neither true nor false"),
    ],
)
def test_wrong_wishes_for_a_command(run: dict[str, t.Any], told: str) -> None:
    with pytest.raises(Failure, match=told):
        asked_of_exec({"service": "web", "command": "id", **run}, HOSTS, None)
