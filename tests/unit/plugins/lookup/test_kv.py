# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lookup finds its agent; what it reads there is shown on the lab."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.lookup import kv


def test_variables_may_refer_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[t.Any, ...]] = []
    consul = kv.Consul

    def noted(*arguments: t.Any) -> t.Any:
        given.append(arguments)
        return consul(*arguments)

    monkeypatch.setattr(kv, "Consul", noted)
    constants.config.initialize_plugin_configuration_definitions(
        "lookup", "kv", yaml.safe_load(kv.DOCUMENTATION)["options"]
    )
    variables = {
        "consul_url": trust_as_template("http://{{ agent }}:1"),
        "agent": "127.0.0.1",
        "consul_token": trust_as_template("{{ vault_consul_token }}"),
        "vault_consul_token": "t-1",
        "consul_tls": {"ca_file": trust_as_template("/etc/{{ agent }}.pem")},
    }
    lookup = kv.LookupModule(DataLoader(), Templar(loader=DataLoader(), variables=variables))
    lookup._load_name = "kv"
    with pytest.raises(AnsibleError, match=r"agent at http://127\.0\.0\.1:1 cannot be reached"):
        lookup.run(["longshore/config/common/zone"], variables)
    assert given == [("http://127.0.0.1:1", "t-1", {"ca_file": "/etc/127.0.0.1.pem"})]
