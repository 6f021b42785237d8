# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of docs/gate.md is one that a launch takes."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import Gate

GUIDE = (Path(__file__).parents[2] / "docs/gate.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (\w+)\n(?:(?!^## ).)*?```yaml\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL)


def test_there_are_examples() -> None:
    assert {name for name, _example in SECTIONS} >= {"Elasticsearch", "Galera", "RabbitMQ", "Redis"}


@pytest.mark.parametrize(("name", "example"), SECTIONS)
def test_example(name: str, example: str) -> None:
    data: dict[str, t.Any] = yaml.safe_load(example.replace("{{ node.address }}", "192.0.2.1"))
    gate = Gate.from_options({"timeout": "5m", "stable_for": "10s", **data.get("service_gate", data)})
    assert gate.after, name
    assert all(condition.timeout >= 60 for condition in (*gate.before, *gate.after))
