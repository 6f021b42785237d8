# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.limits import (
    API_NAMES,
    can_be_updated,
    found_limits,
    limit_changes,
    update_back,
    update_of,
    wanted_limits,
    without_limits,
)

MB = 1024 * 1024
# What engine 20.10 tells of a container without limits.
NONE: dict[str, t.Any] = {
    **dict.fromkeys(API_NAMES.values(), 0),
    "CpusetCpus": "",
    "CpusetMems": "",
    "PidsLimit": None,
    "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
}
ALWAYS = {"restart_policy": {"Name": "always"}}


@pytest.mark.parametrize(
    ("wanted", "last", "found", "changes"),
    [
        pytest.param({}, {}, {}, [], id="no limits"),
        pytest.param({"mem_limit": "64m"}, {}, {"Memory": 64 * MB, "MemorySwap": 128 * MB}, [], id="as written"),
        pytest.param({"mem_limit": "65536k"}, {}, {"Memory": 64 * MB, "MemorySwap": -1}, [], id="another notation"),
        pytest.param(
            {"mem_limit": "96m"},
            {"mem_limit": "64m"},
            {"Memory": 64 * MB, "MemorySwap": 128 * MB},
            [("mem_limit", "64m", "96m", True)],
            id="more memory: the swap limit that follows is no key of its own",
        ),
        pytest.param(
            {"mem_limit": "64m"},
            {"mem_limit": "64m"},
            {"Memory": 96 * MB, "MemorySwap": 192 * MB},
            [("mem_limit", 96 * MB, "64m", True)],
            id="changed by hand",
        ),
        pytest.param({}, {}, {"NanoCpus": 5}, [("nano_cpus", 5, None, False)], id="a limit by hand"),
        pytest.param(
            {},
            {"mem_limit": "64m"},
            {"Memory": 64 * MB, "MemorySwap": 128 * MB},
            [("mem_limit", "64m", None, False)],
            id="no longer wanted",
        ),
        pytest.param(
            {"mem_limit": "64m"},
            {"mem_limit": "64m", "memswap_limit": -1},
            {"Memory": 64 * MB, "MemorySwap": -1},
            [("memswap_limit", -1, None, False)],
            id="swap limit no longer wanted",
        ),
        pytest.param({"pids_limit": -1}, {}, {}, [], id="no limit, in words"),
        pytest.param({"cpu_shares": 512}, {}, {}, [("cpu_shares", None, 512, True)], id="new"),
        pytest.param(
            {"restart_policy": {"Name": "on-failure", "MaximumRetryCount": 3}},
            {},
            {},
            [
                ("restart_policy.MaximumRetryCount", None, 3, True),
                ("restart_policy.Name", "always", "on-failure", True),
            ],
            id="restart policy",
        ),
        pytest.param(
            {},
            {},
            {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}},
            [("restart_policy.MaximumRetryCount", 3, None, True)],
            id="retries taken away, which an update can",
        ),
    ],
)
def test_changes(
    wanted: dict[str, t.Any],
    last: dict[str, t.Any],
    found: dict[str, t.Any],
    changes: list[tuple[str, t.Any, t.Any, bool]],
) -> None:
    told = limit_changes({**ALWAYS, **wanted}, last, found_limits({**NONE, **found}))
    assert [(c.key, c.before, c.after, can_be_updated(c)) for c in told] == changes


@pytest.mark.parametrize(
    ("options", "body"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"mem_limit": "64m"}, {"Memory": 64 * MB, "MemorySwap": 128 * MB}, id="memory"),
        pytest.param({"mem_limit": 5, "memswap_limit": -1}, {"Memory": 5, "MemorySwap": -1}, id="memory and swap"),
        pytest.param({"nano_cpus": 7, "cpuset_cpus": "0,1"}, {"NanoCpus": 7, "CpusetCpus": "0,1"}, id="as they are"),
    ],
)
def test_body_of_the_update(options: dict[str, t.Any], body: dict[str, t.Any]) -> None:
    assert update_of({**ALWAYS, **options, "user": "1"}) == {**body, "RestartPolicy": {"Name": "always"}}


def test_the_rest_needs_a_new_container() -> None:
    assert without_limits({"user": 1, "mem_limit": 1, "restart_policy": {}}) == {"user": 1}


@pytest.mark.parametrize("size", ["much", "5x", {"m": 1}])
def test_what_is_no_size(size: t.Any) -> None:
    with pytest.raises(
        Failure, match=r"service_container\.mem_limit: .* is not a valid size; write bytes, or a number with b, k"
    ):
        wanted_limits({"mem_limit": size})


@pytest.mark.parametrize(
    ("before", "now", "body"),
    [
        pytest.param({}, {}, {}, id="nothing changed"),
        pytest.param({"PidsLimit": 50}, {"PidsLimit": 1}, {"PidsLimit": 50}, id="another limit"),
        pytest.param({}, {"PidsLimit": 1}, {"PidsLimit": -1}, id="processes"),
        pytest.param(
            {}, {"Memory": 64 * MB, "MemorySwap": 128 * MB}, {"Memory": 1024 * MB, "MemorySwap": -1}, id="memory"
        ),
        pytest.param(
            {"Memory": 96 * MB, "MemorySwap": 192 * MB},
            {"Memory": 64 * MB, "MemorySwap": 128 * MB},
            {"Memory": 96 * MB, "MemorySwap": 192 * MB},
            id="memory, and the swap limit that the engine derived",
        ),
        pytest.param(
            {}, {"NanoCpus": 5, "CpusetCpus": "0"}, {"NanoCpus": 4 * 10**9, "CpusetCpus": "0-3"}, id="processors"
        ),
        pytest.param({"CpuShares": 512}, {}, {"CpuShares": 512}, id="a limit that was there"),
        pytest.param(
            {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}},
            {},
            {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}},
            id="restart policy",
        ),
        pytest.param({}, {"CpusetMems": "0"}, {}, id="of memory nodes nobody can tell how many there are"),
    ],
)
def test_body_of_the_update_back(before: dict[str, t.Any], now: dict[str, t.Any], body: dict[str, t.Any]) -> None:
    limits = [found_limits({**NONE, **found}) for found in (before, now)]
    assert update_back(*limits, {"NCPU": 4, "MemTotal": 1024 * MB}) == body
