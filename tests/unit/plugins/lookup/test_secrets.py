# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.lookup import secrets
from ansible_collections.longshore.fleet.plugins.plugin_utils._packing import with_packed_secrets


def look_up(*terms: t.Any, **variables: t.Any) -> list[t.Any]:
    lookup = secrets.LookupModule(DataLoader(), Templar(loader=DataLoader()))
    lookup._load_name = "secrets"
    options = yaml.safe_load(secrets.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", "secrets", options)
    return lookup.run(list(terms), variables)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"A": trust_as_template("{{ password }}")}, {"A": "hunter2"}, id="one"),
        pytest.param(
            {"A": trust_as_template("{{ password }}"), "B": trust_as_template("{{ nope }}")},
            {"A": "hunter2"},
            id="one that can't be rendered",
        ),
    ],
)
def test_one_mapping(given: dict[str, t.Any], values: dict[str, t.Any]) -> None:
    assert look_up(service_secrets=given, password="hunter2") == [values]


def test_without_the_variable() -> None:
    assert look_up() == [{}]


def test_the_action_plugins_pack_what_it_returns() -> None:
    [values] = look_up(service_secrets={"A": trust_as_template("{{ password }}")}, password="hunter2")
    assert isinstance(with_packed_secrets({"secrets": values})["secrets"], str)


def test_terms_are_refused() -> None:
    with pytest.raises(AnsibleError, match="takes no terms"):
        look_up("A")
