# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout's record says of its beginning; and the service file that a record has kept."""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import typing as t
from pathlib import Path

from ansible import constants

from ansible_collections.longshore.fleet.plugins.module_utils._clients.git import Repository
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Service
from ansible_collections.longshore.fleet.plugins.plugin_utils._preflight import Preflight
from ansible_collections.longshore.fleet.plugins.plugin_utils._target import Target

Result = dict[str, t.Any]


def begin_of(service: Service, image: Result, code: Result, preflight: Preflight, hosts: t.Sequence[str]) -> Result:
    """Return the option ``begin`` of the module release; ``hosts``: those that have something to do."""
    results = list(preflight.discovered.values())
    layers = [layer for result in results for layer in result.get("config_layers", ())]
    path, recorded = Path(service.path), service.release or {}
    return {
        "who": getpass.getuser(),
        "where": socket.gethostname(),
        "commit": recorded["commit"] if recorded else commit_of(path.parent),
        "image": Target.from_record({"image": image}).image,
        "code": {key: code[key] for key in ("reference", "content", "version")} if "content" in code else None,
        "service_file": path.read_text(encoding="utf-8"),
        "rendered": preflight.rendered,
        "config_prefixes": sorted(set(layers)),
        "hosts": list(hosts),
        "set_aside": list(preflight.aside),
        "seen": next((result["current_release"] for result in results if "current_release" in result), ""),
        "keep": service.rollout["keep"],
        "lock_wait": service.rollout["lock_wait"],
        "back_to": recorded.get("id", ""),
        "chosen": service.chosen,
        "config_digest": recorded.get("config_digest", ""),
        "promoted_from": service.promoted.get("from", ""),
    }


def commit_of(folder: Path) -> str:
    """Return the commit that is checked out in a folder, with ``-dirty`` where files differ; else an empty text."""
    try:
        return Repository(str(folder)).described()
    except Failure:
        return ""


def recorded_file(record: Result) -> str:
    """Write the service file of a record where Ansible can load it, for as long as this run; its path."""
    name = hashlib.sha256(record["service_file"].encode()).hexdigest()
    path = os.path.join(constants.DEFAULT_LOCAL_TMP, f"{name}.yml")
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(record["service_file"])
    return path
