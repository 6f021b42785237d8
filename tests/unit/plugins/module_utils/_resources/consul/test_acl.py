# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.acl import Policy, Token

ACCESSOR = "b5aab1eb-b589-5f09-a460-6bc61e5df39e"


def test_a_policy_is_what_consul_says_of_it() -> None:
    wanted = Policy.from_options({"name": "web", "description": "", "rules": 'key "a" { policy = "read" }\n'})
    assert Policy.from_api({**wanted.to_api(), "ID": "1", "Hash": "x"}) == wanted


def test_a_token_is_what_consul_says_of_it() -> None:
    nodes = [{"name": "node1", "datacenter": "dc1"}]
    options = {"accessor": ACCESSOR.upper(), "description": "web", "policies": ["b", "a"], "nodes": nodes}
    wanted = Token.from_options(options)
    assert Token.from_api({**wanted.to_api(), "SecretID": "x"}) == wanted
    assert wanted.accessor == ACCESSOR


def test_older_agents_leave_out_what_is_empty() -> None:
    wanted = Token.from_options({"accessor": ACCESSOR, "description": "", "policies": [], "nodes": []})
    assert Token.from_api({"AccessorID": ACCESSOR, "Policies": None}) == wanted
