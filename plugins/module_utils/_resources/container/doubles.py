# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a container that are lists of things with names: the engine takes a name twice, and one of them holds."""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.capabilities import plain
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import mounts_of
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import as_text

Options = dict[str, t.Any]


def _before_equals(entry: t.Any) -> str:
    return str(entry).partition("=")[0]


def _limit(entry: Options) -> str:
    return str(entry.get("name", entry.get("Name", "")))


def _device(entry: t.Any) -> str:
    """Return where the container has the device: host, host:container or host:container:rwm."""
    if isinstance(entry, dict):
        return str(entry.get("PathInContainer") or entry.get("PathOnHost") or "")
    paths = [part for part in str(entry).split(":") if part.startswith("/")]
    return posixpath.normpath(paths[-1])


def _path(entry: Options) -> str:
    return posixpath.normpath(str(entry["Path"]))


# Option -> what an entry of its list is known by; empty where it has no name.
NAMES: dict[str, t.Callable[[t.Any], str]] = {
    **dict.fromkeys(("environment", "labels"), _before_equals),
    **dict.fromkeys(("cap_add", "cap_drop"), plain),
    **dict.fromkeys(("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"), _path),
    **dict.fromkeys(("dns", "dns_search", "dns_opt", "extra_hosts", "group_add", "security_opt"), as_text),
    **dict.fromkeys(("device_cgroup_rules", "volumes_from"), as_text),
    "blkio_weight_device": _path,
    "devices": _device,
    "ulimits": _limit,
}


def names_twice(options: Options) -> t.Iterator[str]:
    """Yield an error for each entry of a list whose name an earlier one has."""
    for option, name_of in NAMES.items():
        entries = options.get(option)
        names = [name_of(entry) for entry in entries] if isinstance(entries, list) else []
        for number, name in enumerate(names):
            if name and name in names[:number]:
                yield f"{option}[{number}]: {name} is in the list twice; remove one of them"


def targets_twice(options: Options) -> t.Iterator[str]:
    """Yield an error for each path of the container at which a second thing is mounted."""
    found: dict[str, str] = {}
    for mount in mounts_of(options):
        place = posixpath.normpath(mount.target)
        if place in found:
            yield f"{mount.key}: {mount.target} is mounted already by {found[place]}; remove one of them"
        found.setdefault(place, mount.key)


RULES = (names_twice, targets_twice)
