# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.plugin_utils._deploy_token import missing_token

FLEET = {"groups": {"consul_servers": ["a"]}, "consul_deploy_tokens": [{"service": "web"}]}
TOKEN = {"consul_token": trust_as_template("{{ 'secret' if service == 'web' else '' }}")}
BROKEN = {"consul_token": trust_as_template("{{ nowhere.token }}")}


@pytest.mark.parametrize(
    ("service", "variables", "says"),
    [
        pytest.param("web", {**FLEET, **TOKEN}, "", id="there is one"),
        pytest.param(
            "api", {**FLEET, **TOKEN}, "Add the entry `- service: api` to consul_deploy_tokens", id="not listed"
        ),
        pytest.param("web", FLEET, "There is no token for deploys of web here. Run bootstrap.yml", id="not made"),
        pytest.param("api", {**FLEET, "groups": {}}, "", id="a Consul of others"),
        pytest.param("api", {"groups": FLEET["groups"]}, "", id="no list"),
        pytest.param("api", {**FLEET, **BROKEN}, "", id="a template that fails"),
    ],
)
def test_a_token_that_is_missing_is_told_with_what_to_do(service: str, variables: dict[str, t.Any], says: str) -> None:
    found = missing_token(service, variables, Templar(DataLoader(), variables=variables))
    assert says in found
    assert bool(says) == bool(found)
