# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and refusals as Consul 1.8.7 and 1.13.9 have them; the integration target acl tries both on the real one."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl_rules import (
    Right,
    of_folder,
    right_of,
    right_of_operation,
)

RECURSE = (("recurse", "true"),)
SILENT = "Permission denied"
BY_TOKEN = "Permission denied: token with AccessorID '5e75f65f-f3fa-1128-de26-58e5e3448629' lacks permission "


@pytest.mark.parametrize(
    ("verb", "path", "params", "rule"),
    [
        ("get", "kv/a/b", (), 'key "a/b" { policy = "read" }'),
        ("get", "kv/a/", RECURSE, 'key_prefix "a/" { policy = "list" }'),
        ("put", "kv/a/b", (("cas", 0),), 'key "a/b" { policy = "write" }'),
        ("put", "kv/l/services/web/lock", (("acquire", "s"),), 'key_prefix "l/services/web/" { policy = "write" }'),
        ("get", "kv/l/services/web/current", (), 'key_prefix "l/services/web/" { policy = "read" }'),
        ("get", "kv/l/services/web/nodes/n/web", (), 'key_prefix "l/services/web/" { policy = "read" }'),
        ("get", "kv/l/services/web/locks", (), 'key "l/services/web/locks" { policy = "read" }'),
        ("put", "session/create", (), 'session_prefix "" { policy = "write" }'),
        ("put", "session/renew/5e75f65f", (), 'session_prefix "" { policy = "write" }'),
        ("get", "agent/self", (), 'agent_prefix "" { policy = "read" }'),
        ("put", "agent/service/deregister/web", (), 'service "web" { policy = "write" }'),
        ("put", "agent/service/maintenance/web", (("enable", "true"),), 'service "web" { policy = "write" }'),
        ("get", "catalog/service/web", (), 'service "web" { policy = "read" }'),
        ("get", "health/service/web", (), 'service "web" { policy = "read" }'),
        ("get", "catalog/node/n1", (), 'node "n1" { policy = "read" }'),
        ("get", "catalog/nodes", (), 'node_prefix "" { policy = "read" }'),
        ("get", "internal/ui/nodes", (), 'node_prefix "" { policy = "read" }'),
    ],
)
def test_rule_of_a_request_that_was_refused_without_a_word(
    verb: str, path: str, params: tuple[tuple[str, t.Any], ...], rule: str
) -> None:
    right = right_of(verb, path, params, SILENT)
    assert right
    assert right.rule == rule


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Permission denied: Missing service:write on web", 'service "web" { policy = "write" }'),
        (f"{BY_TOKEN}'key:write' on \"a/b\"", 'key "a/b" { policy = "write" }'),
        (f"{BY_TOKEN}'key:read' on \"l/services/web/lock\"", 'key_prefix "l/services/web/" { policy = "read" }'),
        (f"{BY_TOKEN}'session:write' on \"node1\"", 'session_prefix "" { policy = "write" }'),
        (f"{BY_TOKEN}'agent:read' on \"node1\"", 'agent_prefix "" { policy = "read" }'),
        ("Permission denied: anonymous token lacks permission 'key:read' on \"a\"", 'key "a" { policy = "read" }'),
    ],
)
def test_rule_that_consul_names(said: str, rule: str) -> None:
    right = right_of("put", "agent/service/register", (), said)
    assert right
    assert right.rule == rule


def test_no_rule_is_guessed() -> None:
    assert right_of("put", "agent/service/register", (), SILENT) is None
    assert right_of("put", "snapshot", (), f"{BY_TOKEN}'acl:write'") is None


@pytest.mark.parametrize(
    ("verb", "key", "rule"),
    [
        ("set", "a/b", 'key "a/b" { policy = "write" }'),
        ("cas", "a/b", 'key "a/b" { policy = "write" }'),
        ("lock", "l/services/web/lock", 'key_prefix "l/services/web/" { policy = "write" }'),
        ("delete", "a/b", 'key "a/b" { policy = "write" }'),
        ("delete-tree", "a/b/", 'key_prefix "a/b/" { policy = "write" }'),
        ("check-session", "l/services/web/lock", 'key_prefix "l/services/web/" { policy = "read" }'),
        ("get-tree", "a/b/", 'key_prefix "a/b/" { policy = "read" }'),
    ],
)
def test_rule_of_an_operation(verb: str, key: str, rule: str) -> None:
    assert right_of_operation({"KV": {"Verb": verb, "Key": key}}).rule == rule


@pytest.mark.parametrize(
    ("keys", "rules"),
    [
        (["a/b"], ['key "a/b" { policy = "write" }']),
        (["a/b", "a/b"], ['key "a/b" { policy = "write" }']),
        (["a/b", "a/c", "d/e"], ['key_prefix "a/" { policy = "write" }', 'key "d/e" { policy = "write" }']),
        (["a", "b"], ['key "a" { policy = "write" }', 'key "b" { policy = "write" }']),
    ],
)
def test_keys_of_one_folder_are_one_rule(keys: list[str], rules: list[str]) -> None:
    assert [right.rule for right in of_folder(Right("key", key, "write") for key in keys)] == rules


def test_who_may_write_may_read() -> None:
    rights = [Right("key", "a/", access, prefix=True) for access in ("read", "write")]
    assert of_folder([*rights, Right("key", "b", "read")]) == [rights[1], Right("key", "b", "read")]
