# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's integration tests can't provoke, and that every place which lists the keys of a query has them all."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.longshore.fleet.plugins.doc_fragments import consul, dns
from ansible_collections.longshore.fleet.plugins.lookup import peers
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import FIELDS
from ansible_collections.longshore.fleet.plugins.modules import service_info as discover

REPOSITORY = Path(__file__).parents[4]
# Only a service that is deployed has hosts and a node of its own.
OF_A_SERVICE = ("exclude_self", "planned")


def look_up(*terms: str, variables: dict[str, t.Any] | None = None, **options: t.Any) -> list[t.Any]:
    """Return what the lookup returns; its options are those that ansible-doc shows, fragments merged."""
    definitions = yaml.safe_load(peers.DOCUMENTATION)["options"]
    for fragment in (consul, dns):
        for name, option in yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"].items():
            definitions[name] = {**option, **definitions[name]}
    constants.config.initialize_plugin_configuration_definitions("lookup", "peers", definitions)
    lookup = peers.LookupModule(DataLoader(), Templar(loader=DataLoader(), variables=variables or {}))
    lookup._load_name = "peers"
    return lookup.run(list(terms), variables or {}, **options)


def test_the_lookup_takes_all_keys_but_those_of_a_service() -> None:
    options = yaml.safe_load(peers.DOCUMENTATION)["options"]
    assert {key for key in FIELDS if key in options} == set(peers.QUERY)
    assert set(FIELDS) - set(peers.QUERY) == {"service", *OF_A_SERVICE}


def test_the_module_documents_all_keys() -> None:
    documented = " ".join(yaml.safe_load(discover.DOCUMENTATION)["options"]["peers"]["description"])
    assert [key for key in FIELDS if f"C({key}):" not in documented] == []


def test_the_manual_has_a_row_for_each_key() -> None:
    manual = (REPOSITORY / "docs/peers.md").read_text(encoding="utf-8").partition("## Whom to ask for")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", manual.partition("\n## ")[0], re.M)) == set(FIELDS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"near": "_agent"}, "peers web.near: .*add from: http", id="wrong keys"),
        pytest.param({"wait": "1s"}, "peers web.wait: .*add min: 1", id="wrong together"),
        pytest.param({"dns_address": "here"}, "dns_address: 'here' is not an IP address", id="no address"),
        pytest.param(
            {"dns_port": 1}, "web.service.consul: the DNS server at 127.0.0.1 port 1 can't be", id="no server"
        ),
        pytest.param({"from": "http", "consul_url": "http://127.0.0.1:1"}, "cannot be reached", id="no agent"),
    ],
)
def test_errors(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(AnsibleError, match=message):
        look_up("web", **options)


def test_variables_may_refer_to_others() -> None:
    variables = {"consul_domain": trust_as_template("{{ ours }}"), "ours": "sbay", "dns_port": 1}
    with pytest.raises(AnsibleError, match=r"^web\.service\.sbay: .* port 1 can't be asked"):
        look_up("web", variables=variables)


def test_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peers.dns.LIBRARIES, "dnspython", "ImportError")
    with pytest.raises(AnsibleError, match="has no dnspython"):
        look_up("web")
