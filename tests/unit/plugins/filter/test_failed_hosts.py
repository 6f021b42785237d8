# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.longshore.fleet.plugins.filter.failed_hosts import FilterModule


def test_filter_looks_at_the_last_launch_of_each_host() -> None:
    failed_hosts = FilterModule().filters()["failed_hosts"]
    hostvars = {
        "n1": {"__service_launched": {"failed": True}},
        "n2": {"__service_launched": {"action": "none"}},
        "n3": {},
    }
    assert failed_hosts(["n1", "n2", "n3"], hostvars) == ["n1"]
