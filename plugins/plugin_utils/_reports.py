# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What status.yml and history.yml show: rows of what should run and what does, and of what was released."""

from __future__ import annotations

import math
import typing as t

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._printable import printable
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import changes_between
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.release import ROLLING
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import surplus_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._signing import is_signed
from ansible_collections.longshore.fleet.plugins.plugin_utils._table import age

STATUS = ("service", "host", "instance", "state", "release", "image", "code", "checks", "age", "remarks")
DRAINS = ("service", "when", "what", "instance", "node", "who", "reason")
HISTORY = ("release", "state", "image", "code", "started", "who", "commit", "hosts", "remarks")
# Of a service without records.
_NOTHING: Result = {"current": "", "releases": [], "nodes": {}, "lock": ""}
# Characters of a digest or commit that people compare.
SHORT = 12
# Characters of a service file, and values in it, that are looked into.
LARGEST = 64_000
MOST_VALUES = 10_000
# Changed keys of a service file that history shows of a release.
MOST_KEYS = 5
# What a record does not keep, and its containers tell of.
VARIABLES = "variables (of the inventory, or -e)"


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
            "state": "current" if release["id"] == info["current"] else release["state"],
            "image": image_of(release["image"]),
            "code": (release["code"] or {}).get("version", ""),
            "started": release["started"],
            "who": f"{release['who']} on {release['where']}",
            "commit": release["commit"][:SHORT] + ("-dirty" if release["commit"].endswith("-dirty") else ""),
            "hosts": hosts_of(release, info["nodes"]),
            "remarks": [*_remarks(release, key, service, info["prefix"]), *_changed(before, release)],
            "signed": is_signed(release, key, service, info["prefix"]) if key else None,
        }
        for service, info in sorted(services.items())
        for before, release in zip([*info["releases"], None][1:], info["releases"], strict=True)
    ]


def drain_rows(services: dict[str, Result]) -> list[dict[str, t.Any]]:
    """Return a row for each time that an instance was drained or brought back, the newest first."""
    return [
        {"service": service, **drain} for service, info in sorted(services.items()) for drain in info.get("drains", ())
    ]


def _changed(before: Result | None, release: Result) -> list[str]:
    """Return what differs between a release and the one before it: parts by their names, then keys of the file."""
    if before is None:
        return []
    parts = {
        "image": [r["image"].get("content") for r in (before, release)],
        "code": [(r["code"] or {}).get("content") for r in (before, release)],
        "configuration": [r.get("config_digest") for r in (before, release)],
    }
    keys = changed_keys(*(r.get("service_file", "") for r in (before, release)))
    names = [*(name for name, (old, new) in parts.items() if old != new), *keys]
    if not names and _renders_otherwise(before, release):
        names = [VARIABLES]
    return [f"changed: {', '.join(names)}"] if names else []


def changed_keys(before: str, after: str) -> list[str]:
    """Return the keys in which two service files differ, a few of them by their names."""
    old, new = _data_of(before), _data_of(after)
    changes = changes_between(old, new) if old is not None and new is not None else []
    keys = [change.key.removeprefix("service_container.") for change in changes]
    return [*keys[:MOST_KEYS], *([f"{len(keys) - MOST_KEYS} more"] if len(keys) > MOST_KEYS else [])]


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


def image_of(image: Result) -> str:
    """Return the tag for people where there is one, and the beginning of the digest."""
    digest = str(image.get("reference") or "").rpartition("@")[2].removeprefix("sha256:")[:SHORT]
    return " ".join(part for part in (image.get("version") or "", digest) if part)


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
