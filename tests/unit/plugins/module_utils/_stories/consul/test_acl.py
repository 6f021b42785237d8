# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl import Policy, Token
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.acl import UNMADE, have

A, B = "b5aab1eb-b589-5f09-a460-6bc61e5df39e", "25b9cf40-e154-5e75-9212-770a2226cac2"
WEB = Policy("web", "", 'service "web" { policy = "write" }')
WEBS, OTHERS = (Token(accessor, accessor[:2], frozenset({"web"}), frozenset()) for accessor in (A, B))


class Agent:
    """Consul's ACLs, as far as their API is asked."""

    def __init__(self) -> None:
        self.policies: dict[str, dict[str, t.Any]] = {}
        self.tokens: dict[str, dict[str, t.Any]] = {}
        self.written: list[str] = []

    def get(self, path: str) -> t.Any:
        if path == "acl/policies":
            return [{"Name": found["Name"], "ID": number} for number, found in self.policies.items()]
        if path == "acl/tokens":
            return [{k: v for k, v in found.items() if k != "SecretID"} for found in self.tokens.values()]
        kind, name = path.split("/")[1:]
        return (self.policies if kind == "policy" else self.tokens)[name]

    def put(self, path: str, body: dict[str, t.Any]) -> t.Any:
        self.written.append(path)
        kind, *name = path.split("/")[1:]
        if kind == "policy":
            self.policies[name[0] if name else f"id-{body['Name']}"] = body
            return body
        accessor = body["AccessorID"]
        secret = self.tokens.get(accessor, {}).get("SecretID", f"secret-{accessor[:2]}")
        self.tokens[accessor] = {**body, "SecretID": secret}
        return self.tokens[accessor]

    def delete(self, path: str) -> None:
        self.written.append(f"no {path}")
        del self.tokens[path.rpartition("/")[2]]


def run(agent: Agent, *tokens: Token, policy: Policy = WEB, absent: t.Sequence[str] = (), check: bool = False) -> t.Any:
    return have(t.cast("t.Any", agent), [policy], tokens, absent, check)


def test_what_is_missing_is_made_once() -> None:
    agent = Agent()
    first, again = run(agent, WEBS), run(agent, WEBS)
    assert agent.written == ["acl/policy", "acl/token"]
    assert (first["changed"], again["changed"]) == (True, False)
    assert first["secrets"] == again["secrets"] == {"b5": "secret-b5"}


@pytest.mark.parametrize(
    ("token", "policy", "written"),
    [
        pytest.param(WEBS, Policy("web", "", 'service "a" { policy = "read" }'), ["acl/policy/id-web"], id="rules"),
        pytest.param(Token(A, "b5", frozenset(), frozenset()), WEB, [f"acl/token/{A}"], id="policies of a token"),
    ],
)
def test_what_differs_is_made_as_it_is_wanted(token: Token, policy: Policy, written: list[str]) -> None:
    agent = Agent()
    run(agent, WEBS)
    agent.written.clear()
    assert run(agent, token, policy=policy)["secrets"] == {"b5": "secret-b5"}
    assert agent.written == written
    assert not run(agent, token, policy=policy)["changed"]


def test_tokens_of_before_are_removed_once() -> None:
    agent = Agent()
    run(agent, WEBS, OTHERS)
    assert run(agent, OTHERS, absent=[A])["changed"]
    assert not run(agent, OTHERS, absent=[A])["changed"]
    assert list(agent.tokens) == [B]


def test_check_mode_writes_nothing() -> None:
    agent = Agent()
    told = run(agent, WEBS, check=True)
    assert (told["changed"], told["secrets"], agent.written) == (True, {"b5": UNMADE}, [])
    assert told["diff"]["after"] == "policy web\ntoken b5\n"
