# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.refusals import refusal


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ("Minimum memory limit allowed is 6MB", "service_container.mem_limit"),
        ("Minimum memoryswap limit should be larger than memory limit, see usage", "service_container.memswap_limit"),
        ("Minimum memory limit can not be less than memory reservation limit", "service_container.mem_reservation"),
        ("Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "service_container.nano_cpus"),
        ("Requested CPUs are not available - requested 77, available: 0-1", "service_container.cpuset_cpus"),
        ("Requested memory nodes are not available", "service_container.cpuset_mems"),
        ("invalid restart policy 'sometimes'", "service_container.restart_policy"),
        ("maximum retry count cannot be used with restart policy 'always'", "service_container.restart_policy"),
        ("can't create 'AutoRemove' container with restart policy", "service_container.restart_policy"),
        ("Unknown runtime specified nosuch", "service_container.runtime"),
        ('invalid CapAdd: unknown capability: "CAP_BANANA"', "service_container.cap_add"),
        ("Invalid signal: SIGBANANA", "service_container.stop_signal"),
        ("Interval in Healthcheck cannot be less than 1ms", "service_container.healthcheck"),
        ('error looking up logging plugin nosuch: plugin "nosuch" not found', "service_container.log_config"),
        ("Cannot mkdir: /etc/passwd is not a directory", "service_container.working_dir"),
        ("No command specified", "service_container.command"),
        ("Duplicate mount point: /mnt", "service_container.volumes"),
        ("Invalid value 5000, range for oom score adj is [-1000, 1000]", "service_container.oom_score_adj"),
        ("--storage-opt is supported only for overlay over xfs", "service_container.storage_opt"),
        ("something that nobody has seen", "service_container"),
    ],
)
def test_refusals_name_the_option(told: str, key: str) -> None:
    assert refusal(f"{told}.") == f"{key}: the Docker Engine of this host refuses it: {told}"
