# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the release records of a service."""

from __future__ import annotations

import base64

from ansible_collections.longshore.fleet.plugins.module_utils.clients.consul import Consul
from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.release import Keys, Release, ordered


def read_all(consul: Consul, keys: Keys) -> list[Release]:
    """All records of a service, the newest first."""
    entries = consul.get(f"kv/{keys.releases}", (("recurse", "true"),)) or ()
    return ordered(Release.from_entry(entry) for entry in entries if not entry["Key"].endswith("/"))


def read_current(consul: Consul, keys: Keys) -> str:
    """The ID of the current release, empty where no rollout has come to its end yet."""
    return _read(consul, keys.current)


def read_unfinished(consul: Consul, keys: Keys) -> str:
    """The ID of the release whose rollout has begun and not come to its end, empty where there is none."""
    return _read(consul, keys.unfinished)


def _read(consul: Consul, key: str) -> str:
    entries = consul.get(f"kv/{key}")
    return base64.b64decode(entries[0]["Value"] or "").decode() if entries else ""


def recalled(consul: Consul, keys: Keys, identity: str) -> Release:
    """One record, with the configuration it was rendered with."""
    entries = consul.get(f"kv/{keys.release(identity)}")
    if not entries:
        raise Failure(f"Consul KV has no release {keys.release(identity)}; history.yml shows those that there are.")
    return Release.from_entry(entries[0])
