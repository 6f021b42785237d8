# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two records of releases: parts by their names, and keys of the service file."""

from __future__ import annotations

import math
import typing as t

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change, changes_between
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result

# Characters of a digest or commit that people compare.
SHORT = 12
# Characters of a service file, and values in it, that are looked into.
LARGEST = 64_000
MOST_VALUES = 10_000
# Changed keys of a service file that history names of a release.
MOST_KEYS = 5
# What a record does not keep, and its containers tell of.
VARIABLES = "variables (of the inventory, or -e)"
PARTS = ("image", "code", "configuration", VARIABLES)


def changes_of(before: Result, release: Result) -> list[Change]:
    """Return what a release changed; of the configuration the digests, as modules do not return its values."""
    found = [
        *_part("image", *((r["image"].get("content"), image_of(r["image"])) for r in (before, release))),
        *_part("code", *(((r["code"] or {}).get("content"), image_of(r["code"] or {})) for r in (before, release))),
        *_part("configuration", *((digest, digest[:SHORT]) for digest in map(_config_of, (before, release)))),
    ]
    changes = [*found, *file_changes(*(r.get("service_file", "") for r in (before, release)))]
    return changes or ([Change(VARIABLES, "", "")] if _renders_otherwise(before, release) else [])


def _part(name: str, before: tuple[t.Any, str], after: tuple[t.Any, str]) -> list[Change]:
    """Return the change of a part, each time what tells it from another one, and what people see."""
    return [Change(name, before[1], after[1])] if before[0] != after[0] else []


def _config_of(release: Result) -> str:
    return release.get("config_digest") or ""


def file_changes(before: str, after: str) -> list[Change]:
    """Return the keys in which two service files differ; none where one is not looked into."""
    old, new = _data_of(before), _data_of(after)
    changes = changes_between(old, new) if old is not None and new is not None else ()
    return [Change(change.key.removeprefix("service_container."), change.before, change.after) for change in changes]


def some_keys(changes: t.Sequence[Change]) -> list[str]:
    """Return the names of what has changed, of the service file's keys a few."""
    names = [change.key for change in changes]
    parts, keys = ([name for name in names if (name in PARTS) is is_part] for is_part in (True, False))
    return [*parts, *keys[:MOST_KEYS], *([f"{len(keys) - MOST_KEYS} more"] if len(keys) > MOST_KEYS else [])]


def changed_keys(before: str, after: str) -> list[str]:
    """Return the keys in which two service files differ, a few of them by their names."""
    return some_keys(file_changes(before, after))


def image_of(image: Result) -> str:
    """Return the tag for people where there is one, and the beginning of the digest."""
    digest = str(image.get("reference") or "").rpartition("@")[2].removeprefix("sha256:")[:SHORT]
    return " ".join(part for part in (image.get("version") or "", digest) if part)


def _renders_otherwise(before: Result, release: Result) -> bool:
    """Return whether a host that both have had renders its container in another way."""
    old, new = before.get("rendered", {}), release.get("rendered", {})
    return any(old[host] != new[host] for host in old.keys() & new.keys())


def _data_of(service_file: str) -> Result | None:
    """Return a recorded service file as data: templates as they stand, values of any tag as texts.

    Nobody may have signed it: one that is larger or deeper than any real one, also by aliases of aliases, is not looked
    into, and None.
    """
    if len(service_file) > LARGEST:
        return None
    try:
        data = yaml.load(service_file, Loader=yaml.BaseLoader)
        if _size_of(data, {}) > MOST_VALUES:
            return None
    except yaml.YAMLError:
        return {}
    except RecursionError:
        return None
    return data if isinstance(data, dict) else {}


def _size_of(data: t.Any, known: dict[int, float]) -> float:
    """Return how many values there are once each alias stands for what it names; endless where one names itself."""
    if not isinstance(data, (dict, list)):
        return 1
    if id(data) not in known:
        known[id(data)] = math.inf  # until it is counted
        known[id(data)] = 1 + sum(_size_of(v, known) for v in (data.values() if isinstance(data, dict) else data))
    return known[id(data)]
