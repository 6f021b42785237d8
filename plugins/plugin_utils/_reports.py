# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What status.yml and history.yml show: rows of what should run and what does, and of what was released."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import ROLLING
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import surplus_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._release_changes import (
    SHORT,
    changes_of,
    image_of,
    some_keys,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import is_signed
from ansible_collections.longshore.fleet.plugins.plugin_utils._table import age

STATUS = ("service", "host", "instance", "state", "release", "image", "code", "checks", "age", "remarks")
DRAINS = ("service", "when", "what", "instance", "node", "who", "reason")
# Characters of a value that people compare.
LONGEST = 100
CHANGES = ("service", "release", "who", "commit", "key", "before", "after")
HISTORY = ("release", "state", "image", "code", "started", "who", "commit", "hosts", "remarks")
# Of a service without records.
_NOTHING: Result = {"current": "", "releases": [], "nodes": {}, "lock": ""}


def status_rows(
    gathered: dict[str, Result], services: dict[str, Result], expected: dict[str, dict[str, list[str]]]
) -> list[dict[str, t.Any]]:
    """Return a row for each instance, and for each that should be there and is not; sorted by service and host.

    ``gathered``: host -> result of the module instance_info, with ``node``; ``services``: of release_info;
    ``expected``: service -> its hosts, by the service files, each with the names of its instances there.
    """
    rows = []
    for host, result in gathered.items():
        for instance in result.get("instances", ()):
            service = instance["service"]
            info, hosts = services.get(service, _NOTHING), expected.get(service, {})
            rows.append(_row(host, result["node"], instance, info, hosts))
    there: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        there.setdefault((row["service"], row["host"]), []).append(row["instance"])
    for service, hosts in expected.items():
        for host, names in hosts.items():
            found = there.get((service, host), [])
            # A single one may have a name of its own, as where a play of the user's launched it.
            missing = [name for name in names if name not in found] if len(names) > 1 or not found else []
            rows += [_missing(service, name, host, gathered[host]) for name in missing if host in gathered]
    return sorted(rows, key=lambda row: (row["service"], row["host"], row["instance"]))


def shown_status(rows: list[Result], now: float) -> list[Result]:
    """Return the rows as people read them: how old an instance is, and its name only where it is another one."""
    named = any(row["instance"] != row["service"] for row in rows)
    return [
        {**row, "instance": row["instance"] if named else "", "age": age(row.get("since", ""), now)} for row in rows
    ]


def hosts_with(service: str, gathered: dict[str, Result]) -> list[str]:
    """Return the hosts that have an instance of a service; ``gathered``: host -> result of the module instance_info."""
    return [
        host for host, result in gathered.items() if any(i["service"] == service for i in result.get("instances", ()))
    ]


def history_rows(services: dict[str, Result], key: bytes | None) -> list[dict[str, t.Any]]:
    """Return a row for each release of the services, the newest first; ``key``: the fleet key, where there is one."""
    return [
        {
            "service": service,
            "release": release["id"],
            "previous": before["id"] if before else "",
            "state": "current" if release["id"] == info["current"] else release["state"],
            "image": image_of(release["image"]),
            "code": (release["code"] or {}).get("version", ""),
            "started": release["started"],
            "who": f"{release['who']} on {release['where']}",
            "commit": release["commit"][:SHORT] + ("-dirty" if release["commit"].endswith("-dirty") else ""),
            "hosts": hosts_of(release, info["nodes"]),
            "remarks": [*_remarks(release, key, service, info["prefix"]), *_changed(changes)],
            "changes": [change.to_result() for change in changes],
            "signed": is_signed(release, key, service, info["prefix"]) if key else None,
        }
        for service, info in sorted(services.items())
        for before, release in zip([*info["releases"], None][1:], info["releases"], strict=True)
        for changes in [changes_of(before, release) if before else []]
    ]


def drain_rows(services: dict[str, Result]) -> list[dict[str, t.Any]]:
    """Return a row for each time that an instance was drained or brought back, the newest first."""
    return [
        {"service": service, **drain} for service, info in sorted(services.items()) for drain in info.get("drains", ())
    ]


def _changed(changes: t.Sequence[Change]) -> list[str]:
    """Return a remark that names what a release changed, a few of the keys of its service file among it."""
    names = some_keys(changes)
    return [f"changed: {', '.join(names)}"] if names else []


def change_rows(rows: list[dict[str, t.Any]], release: str) -> list[dict[str, t.Any]]:
    """Return a row for each key that a release changed, before and after, of the services that have one of that ID.

    ``rows``: of ``history_rows``. No such release is a ``Failure``.
    """
    found = [row for row in rows if row["release"] == release]
    if not found:
        raise Failure(f"There is no release {release}; history.yml without -e release shows those that there are")
    return [
        {
            **{name: row[name] for name in ("service", "release", "who", "commit")},
            **dict(zip(("key", "before", "after"), (change["key"][:LONGEST], *_told(change)), strict=True)),
        }
        for row in found
        for change in row["changes"]
    ]


def _told(change: Result) -> list[str]:
    """Return the two values as texts that are not too long, and begin shortly before they differ where they must."""
    texts = ["" if change[name] is None else str(change[name]) for name in ("before", "after")]
    same = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    hidden = max(map(len, texts)) > LONGEST and same > LONGEST // 2
    begin = same - LONGEST // 4 if hidden else 0
    return [("… " if begin else "") + text[begin : begin + LONGEST] for text in texts]


def problem_lines(services: dict[str, Result]) -> list[str]:
    """Return what of the services' keys in the KV cannot be read, a line each."""
    problems = (problem for _name, info in sorted(services.items()) for problem in info.get("problems", ()))
    return [printable(problem) for problem in problems]


def _remarks(release: Result, key: bytes | None, service: str, prefix: str) -> list[str]:
    """Return what a release is beside an ordinary one, and whom it did not reach.

    A signature comes at the end of a rollout. Whether one has ended is told by the lock: a record may say anything.
    """
    doubted = bool(key) and release["state"] != ROLLING and not is_signed(release, key, service, prefix)
    unsigned = ["not signed, so it is not rolled"] if doubted else []
    back = [f"rollback to {release['back_to']}"] if release["back_to"] else []
    promoted = [f"promoted from {release['promoted_from']}"] if release.get("promoted_from") else []
    aside = [f"set aside: {', '.join(release['set_aside'])}"] if release["set_aside"] else []
    return [*unsigned, *back, *promoted, *aside, *([f"removed {release['removed']}"] if release["removed"] else [])]


def hosts_of(release: Result, nodes: Result) -> str:
    """Return how many hosts ended how; of a rollout that was killed, by what the hosts themselves noted.

    ``nodes``: node -> instance -> what it last did, of release_info.
    """
    service = release.get("service", "")
    results = {
        (host.get("node", name), host.get("instance") or service): str(host.get("result", ""))
        for name, host in release["hosts"].items()
    }
    for node, notes in nodes.items():
        for instance, note in notes.items():
            if note.get("release") == release["id"]:
                results.setdefault((node, instance), str(note.get("result") or "under way"))
    counted = list(results.values())
    return ", ".join(f"{counted.count(result)} {result}" for result in dict.fromkeys(counted))


def _row(host: str, node: str, instance: Result, info: Result, hosts: dict[str, list[str]]) -> dict[str, t.Any]:
    """``hosts``: those of the service by its file, each with the names of its instances there."""
    names = hosts.get(host)
    note = info["nodes"].get(node, {}).get(instance["instance"], {})
    checks = list(instance["checks"].values())
    release = next((r for r in info["releases"] if r["id"] == info["current"]), {})
    drained = [f"drained: {instance['drained']}"] if instance["drained"] else []
    is_back = _is_back(note, instance, release)
    remarks = [
        *drained,
        *_doing(note, is_back),
        *_outdated(note, instance, release),
        *instance["failing"],
        *instance["drift"],
    ]
    service = instance["service"]
    if names is None:
        remarks.append(_stray(service, host, hosts))
    elif surplus_of(service, [instance["instance"]], names):
        several = f"has {len(names)} of {service} here, {', '.join(names)}"
        remarks.append(f"service_instances {several}; the next deploy removes this one")
    return {
        "service": instance["service"],
        "host": host,
        "instance": instance["instance"],
        "state": f"{instance['state']}, drained" if drained else instance["state"],
        # One that failed is not what runs: the container from before is back.
        "release": release["id"] if is_back else "" if note.get("result") == "failed" else note.get("release", ""),
        "image": image_of(instance),
        "code": instance["code"],
        "checks": f"{checks.count('passing')}/{len(checks)} passing" if checks else "none",
        "since": instance["since"],
        "remarks": remarks,
    }


def _stray(service: str, host: str, hosts: t.Collection[str]) -> str:
    """Say what becomes of an instance on a host that is none of its service's; ``hosts``: those that are."""
    if hosts:
        return "is no host of service_hosts any more; a deploy removes it here"
    return f"no service file asks for it here; to remove it: remove.yml -e service={service} --limit {host}"


def _missing(service: str, instance: str, host: str, result: Result) -> dict[str, t.Any]:
    asked = "instances" in result
    why = "should run here" if asked else f"cannot be asked: {message_of(result)}"
    state = "missing" if asked else "unknown"
    return {"service": service, "host": host, "instance": instance, "state": state, "remarks": [why]}


def _is_back(note: Result, instance: Result, current: Result) -> bool:
    """Return whether a launch has failed, and the current release runs on as it did before."""
    if not current or note.get("result") != "failed" or note["release"] == current["id"]:
        return False
    same: bool = instance["content"] == current["image"]["content"]
    return same


def _doing(note: Result, is_back: bool) -> list[str]:
    """Return what a launch is doing just now, or how the last one failed."""
    if "doing" in note:
        limit = f", for at most {note['limit']:g} s" if "limit" in note else ""
        return [f"{note['action']}: {note['doing']} since {note['when']}{limit}"]
    if note.get("result") == "failed":
        back = ", and what was there before is back" if is_back else ""
        return [f"{note['action']} to {note['release']} failed{back}: {note.get('message', '')}"]
    return []


def _outdated(note: Result, instance: Result, current: Result) -> list[str]:
    if not current or note.get("release") == current["id"] or note.get("result") == "failed":
        return []
    same = instance["content"] == current["image"]["content"]
    return [f"{current['id']} is current{', with the same image' if same else ''}"]
