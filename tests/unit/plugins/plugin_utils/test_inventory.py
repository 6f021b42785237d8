# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._inventory import fleet_folder, hosts_of


@pytest.mark.parametrize(
    ("inventory_dir", "chosen", "folder"),
    [
        pytest.param("/fleet", None, "/fleet", id="beside the inventory"),
        pytest.param("/fleet/inventory", "..", "/fleet", id="above it"),
        pytest.param("/fleet", "/other", "/other", id="elsewhere"),
        pytest.param(None, "..", None, id="no inventory"),
        pytest.param("None", None, None, id="hosts on the command line, as Ansible tells it"),
    ],
)
def test_fleet_folder(inventory_dir: str | None, chosen: str | None, folder: str | None) -> None:
    assert fleet_folder(inventory_dir, chosen) == folder


@pytest.mark.parametrize("pattern", [[], ["web"], {"a": "b"}, 5, None])
def test_what_is_no_pattern_of_hosts_is_refused(pattern: t.Any) -> None:
    with pytest.raises(Failure, match=r"^service_hosts: expected a pattern of hosts such as web, got "):
        hosts_of(pattern, {})
