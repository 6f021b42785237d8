# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits and restart policy: the options that the engine changes without a new container (`docker update`).

Labels stay as they were at the container's creation, so these options are compared with what the engine tells.
"""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, flat
from ansible_collections.longshore.fleet.plugins.module_utils._sizes import parse_bytes

# The SDK's name -> the name in the engine's HostConfig, which is also that of its update.
API_NAMES = {
    "blkio_weight": "BlkioWeight",
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpu_shares": "CpuShares",
    "cpuset_cpus": "CpusetCpus",
    "cpuset_mems": "CpusetMems",
    "mem_limit": "Memory",
    "mem_reservation": "MemoryReservation",
    "memswap_limit": "MemorySwap",
    "nano_cpus": "NanoCpus",
    "pids_limit": "PidsLimit",
    "restart_policy": "RestartPolicy",
}
SIZES = ("mem_limit", "mem_reservation", "memswap_limit")
UNLIMITED_SWAP = -1


def without_limits(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the options that only a new container can change."""
    return {name: value for name, value in options.items() if name not in API_NAMES}


def wanted_limits(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the limits among the SDK's options, by their names there, as the engine tells them: sizes in bytes."""
    given = {name: options[name] for name in API_NAMES if name in options}
    return _set(
        {n: parse_bytes(value, f"service_container.{n}") if n in SIZES else value for n, value in given.items()}
    )


def found_limits(host_config: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the same of a container, from the HostConfig that the engine tells."""
    return _set({name: host_config.get(api_name) for name, api_name in API_NAMES.items()})


def update_of(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the body of the engine's update that brings a container to the wanted limits."""
    limits = wanted_limits(options)
    if "mem_limit" in limits:
        # As at a creation. The engine refuses more memory than the swap limit that it once derived from it.
        limits.setdefault("memswap_limit", 2 * limits["mem_limit"])
    return {API_NAMES[name]: value for name, value in limits.items()}


def update_back(before: dict[str, t.Any], now: dict[str, t.Any], engine: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the body of the engine's update that brings the limits ``now`` back to ``before``, as of found_limits.

    The engine can't take a limit away: one that was not there before becomes as wide as the host, of which ``engine``
    tells (docker info). The next new container is without it.
    """
    widest = {
        "blkio_weight": 500,
        "cpu_period": 100_000,
        "cpu_quota": -1,
        "cpu_shares": 1024,
        "cpuset_cpus": f"0-{engine['NCPU'] - 1}",
        "mem_limit": engine["MemTotal"],
        "mem_reservation": -1,
        "memswap_limit": UNLIMITED_SWAP,
        "nano_cpus": engine["NCPU"] * 10**9,
        "pids_limit": -1,
    }
    differing = [name for name in API_NAMES if before.get(name) != now.get(name)]
    back = {name: before.get(name, widest.get(name)) for name in differing}
    if "mem_limit" in back:
        # The engine refuses more memory than the swap limit of now.
        back["memswap_limit"] = before.get("memswap_limit", UNLIMITED_SWAP)
    return {API_NAMES[name]: value for name, value in back.items() if value is not None}


def limit_changes(options: dict[str, t.Any], last: dict[str, t.Any], found: dict[str, t.Any]) -> tuple[Change, ...]:
    """Return every limit that the engine has otherwise than wanted.

    ``last``: the options as wanted at the creation; ``found``: as of ``found_limits``. Values are shown as written.
    """
    new, old = wanted_limits(options), dict(found)
    if "memswap_limit" not in new and "memswap_limit" not in last and _is_implied(old):
        del old["memswap_limit"]
    new_values, old_values = flat(new), flat(old)
    return tuple(
        Change(
            key,
            _as_written(key, old_values.get(key), last, wanted_limits(last)),
            _as_written(key, new_values.get(key), options, new),
        )
        for key in sorted(new_values.keys() | old_values.keys())
        if new_values.get(key) != old_values.get(key)
    )


def discarded_limits(options: dict[str, t.Any], host_config: dict[str, t.Any]) -> list[str]:
    """Return a sentence for each limit that the engine dropped with a warning, as its kernel has no such control."""
    return [
        f"service_container.{change.key}: the Docker Engine of this host ignores it (wanted {change.after!r}, got"
        f" {change.before!r}), as its kernel has no such control (docker info tells). Remove the option for this host,"
        " or switch the control on in its kernel."
        for change in limit_changes(options, {}, found_limits(host_config))
    ]


def can_be_updated(change: Change) -> bool:
    """Return whether an update of the engine does it: it can change a limit, and can't take one away."""
    return change.after is not None or change.key.startswith("restart_policy.")


def _set(limits: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return limits without what the engine takes for "no limit"; the restart policy in one form."""
    result = {name: value for name, value in limits.items() if value and (name, value) != ("pids_limit", -1)}
    policy = limits.get("restart_policy") or {}
    count = policy.get("MaximumRetryCount")
    result["restart_policy"] = {"Name": policy.get("Name") or "no", **({"MaximumRetryCount": count} if count else {})}
    return result


def _is_implied(limits: dict[str, t.Any]) -> bool:
    """Return whether the swap limit is the engine's own: twice the memory, or none where the kernel has none."""
    return limits.get("memswap_limit") in (2 * limits.get("mem_limit", 0), UNLIMITED_SWAP)


def _as_written(key: str, value: t.Any, options: dict[str, t.Any], limits: dict[str, t.Any]) -> t.Any:
    """Return a size as the options write it, where they mean this one."""
    return options[key] if key in SIZES and key in limits and limits[key] == value else value
