# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reload without the service file: what there is to know of it, the launch has left in the container's labels."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._clients.docker import Docker
from ansible_collections.longshore.fleet.plugins.module_utils._clients.safe_files import SafeFiles
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.artefact import RELEASE_FILE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import (
    BY_SIGNAL,
    CURRENT,
    RELEASES,
    Reload,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    checks_of,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.found import FoundContainer
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.loaded import current_code
from ansible_collections.longshore.fleet.plugins.module_utils._stories.code.reload import (
    observe_processes,
    refuse_unprovable,
    reload,
)
from ansible_collections.longshore.fleet.plugins.module_utils._stories.launch.last_applied import last_applied
from ansible_collections.longshore.fleet.plugins.module_utils._stories.shared.held_secrets import held_secrets


def reload_by_hand(engine: Docker, instance: str, given: dict[str, str], check: bool) -> dict[str, t.Any]:
    """Reload the instance of that name; in check mode only looks whether it could be proven.

    ``given``: options of ``service_reload`` that differ this time.
    """
    found = _found(engine, instance)
    how = Reload.from_options({**found.reload["reload"], **given})
    if how.action != BY_SIGNAL:
        raise Failure(
            f"{instance} can't be reloaded by a signal: its service file says service_reload.action {how.action}."
            " Deploy it (deploy.yml), which takes it out of traffic first."
        )
    version = _version((found.reload["code"] or {}).get("path", ""))
    registered = registrations(found.registrations, instance)
    ports = frozenset(r.port for r in registered if r.port is not None)
    result = {"changed": True, "signal": how.signal, "version": version}
    if check:
        refuse_unprovable(observe_processes(engine, instance, ports, how), how, version)
        return result
    proven = reload(engine, instance, how, checks_of(registered), version, ports)
    return {**result, "seconds": proven.seconds, "warnings": list(proven.warnings)}


def secrets_of(engine: Docker, instance: str) -> dict[str, str]:
    """Return the secrets of a container, which its log lines may show; empty where there is none."""
    answer = engine.inspect(instance)
    return held_secrets(answer) if answer else {}


def _found(engine: Docker, instance: str) -> FoundContainer:
    """Return the container, as a launch last wanted it."""
    answer = engine.inspect(instance)
    found = last_applied(FoundContainer.from_inspect(answer), instance) if answer else None
    if found is None or found.instance != instance or not found.reload.get("reload"):
        what = "one that Longshore did not launch, or that cannot be reloaded" if answer else "none"
        raise Failure(f"There is no container {instance} here that can be reloaded ({what}). Deploy it (deploy.yml).")
    return found


def _version(path: str) -> str:
    """Return the current release, by the file that lies beside the code; '' where there is no code."""
    if not path:
        return ""
    release = current_code(path)
    found = SafeFiles([path]).read(f"{path}/{RELEASES}/{release}/{RELEASE_FILE}") if release else None
    if found is None:
        raise Failure(
            f"{path}/{CURRENT} leads to no release of the code (there is no {RELEASE_FILE}), so that the server would"
            " load nothing. Nothing was signalled. Deploy it (deploy.yml)."
        )
    return found[0].decode(errors="replace").strip()
