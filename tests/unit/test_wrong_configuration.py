# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case of data/wrong_inputs/configuration.yml: each error says where, which key, and what to do."""

from __future__ import annotations

import base64
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import ConfigQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration_schema import Schema
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.configuration import read_config
from ansible_collections.longshore.fleet.plugins.module_utils._stories.consul.kv import Write, write_data
from ansible_collections.longshore.fleet.plugins.plugin_utils._config_files import config_files
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import ServiceFile, schema
from tests.unit.consul_model import Hiding

CASES = yaml.safe_load((Path(__file__).parent / "data/wrong_inputs/configuration.yml").read_text(encoding="utf-8"))
NODE = Node("node1", "10.0.0.1", "dc1")


class Store(Hiding):
    """A Consul with these keys, to be read only."""

    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = keys

    def get(self, path: str, _params: t.Any) -> list[dict[str, t.Any]]:
        return self.get_trees([path.removeprefix("kv/")])[0]

    def get_trees(self, paths: list[str]) -> list[list[dict[str, t.Any]]]:
        return [
            [
                {"Key": key, "Value": base64.b64encode(raw.encode()).decode(), "ModifyIndex": 7, "Flags": 0}
                for key, raw in self.keys.items()
                if key.startswith(path)
            ]
            for path in paths
        ]


def error_of(case: dict[str, t.Any], folder: Path) -> str:
    """All that the user reads."""
    store = Store(case.get("kv", {}))
    try:
        if "files" in case:
            for name, text in case["files"].items():
                (folder / "config" / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / "config" / name).write_text(text, encoding="utf-8")
            config_files(folder / "config", DataLoader().load_from_file, case.get("manage", {}), ["all", "web"])
        elif "service" in case:
            data = {"service_image": {"from": "web:1"}, **case["service"]}
            return "\n".join(ServiceFile("web", folder / "services/web.yml", data).problems(schema()))
        elif "write" in case:
            prefix = case["write"].pop("prefix")
            write_data(store, prefix, Write(**case["write"]), check=False)
        else:
            query = ConfigQuery.from_options("fleet", case["config"], ["web"])
            checked = Schema.from_options(case.get("schema", {})).check(read_config(store, query, NODE), query)
            return "\n".join(checked.problems)
    except Failure as failure:
        return str(failure)
    return ""


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_wrong_configuration(case: dict[str, t.Any], tmp_path: Path) -> None:
    error = error_of(case, tmp_path)
    assert [part for part in case["says"] if str(part) not in error] == [], error


def test_there_are_twenty() -> None:
    assert len(CASES) >= 20
