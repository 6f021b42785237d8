# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout that was killed has changed, and what not, by the notes of the hosts and the labels of containers."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result


def interrupted_lines(gathered: dict[str, Result], services: dict[str, Result]) -> list[str]:
    """Return a line for each service whose newest rollout was interrupted: which hosts run which release.

    ``gathered``: host -> result of the module instance_info; ``services``: of release_info.
    """
    lines = []
    for service, info in sorted(services.items()):
        newest = next(iter(info["releases"]), None)
        if newest is None or newest["state"] != "interrupted":
            continue
        groups: dict[str, list[str]] = {}
        for host, instance in _instances(gathered, service):
            note = info["nodes"].get(gathered[host]["node"], {}).get(instance["instance"], {})
            groups.setdefault(_runs(instance, note, newest), []).append(host)
        state_of_hosts = "; ".join(f"{what}: {', '.join(hosts)}" for what, hosts in groups.items()) or "no host runs it"
        way = "Run the same deploy to continue, or rollback.yml to revert."
        lines.append(printable(f"{service}: the rollout of {newest['id']} was interrupted. {state_of_hosts}. {way}"))
    return lines


def _instances(gathered: dict[str, Result], service: str) -> t.Iterator[tuple[str, Result]]:
    for host, result in gathered.items():
        yield from ((host, i) for i in result.get("instances", ()) if i["service"] == service)


def _runs(instance: Result, note: Result, release: Result) -> str:
    """Say what one instance runs, with the release that was interrupted in mind."""
    if note.get("release") != release["id"]:
        return f"still {note.get('release') or 'as before'}"
    if note.get("result") == "done":
        return f"done, run {release['id']}"
    if note.get("result") == "failed":
        return "failed, back to what ran before"
    has_image = instance["content"] == release["image"].get("content")
    return f"begun, with {'its image' if has_image else 'the image before'}"
