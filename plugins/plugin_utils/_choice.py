# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which instances exec.yml runs a command."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._asked import ALL, LEADER, ONE, Asked
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import Result, message_of

RUNNING = ("running", "running (healthy)")
Chosen = dict[str, list[str]]


def choose(asked: Asked, gathered: dict[str, Result], leading: dict[str, list[str]]) -> tuple[Chosen, list[str]]:
    """Return host -> instances in which the command is run, and a sentence for each in which it should be and is not.

    ``gathered``: host -> result of the module instance_info; ``leading``: host -> instances that say that they lead.
    """
    there = [(host, found) for host, result in gathered.items() for found in result.get("instances", ())]
    unasked = [
        f"{host} cannot be asked: {message_of(result)}"
        for host, result in gathered.items()
        if "instances" not in result
    ]
    reasons = {(host, found["instance"]): unfit(found) for host, found in there}
    told = [f"{host}: {name} {reason}" for (host, name), reason in reasons.items() if reason]
    if asked.on == ALL:
        usable = [(host, found["instance"]) for host, found in there if asked.one_off or _runs(found)]
        left = [f"{host}: {f['instance']} is {f['state']}" for host, f in there if (host, f["instance"]) not in usable]
        return _by_host(asked, usable, [*left, *unasked]), [*left, *unasked]
    if asked.on == LEADER:
        return _by_host(asked, _the_leader(asked, there, leading), [*told, *unasked]), []
    healthy = [place for place, reason in reasons.items() if not reason]
    places = healthy or ([*reasons] if asked.one_off else [])
    return _by_host(asked, places[:1], [*told, *unasked]), []


def unfit(instance: Result) -> str:
    """Return why an instance is not healthy, as its container and its host's Consul agent have it; empty where it is.

    ``instance``: of the module instance_info.
    """
    if instance["state"] not in RUNNING:
        return f"is {instance['state']}"
    if instance["drained"]:
        return f"is drained: {instance['drained']}"
    failing = [f"{check} is {status}" for check, status in instance["checks"].items() if status != "passing"]
    return "; ".join(instance["failing"] or failing)


def _runs(instance: Result) -> bool:
    return str(instance["state"]).partition(" ")[0] == "running"


def _the_leader(
    asked: Asked, there: t.Iterable[tuple[str, Result]], leading: dict[str, list[str]]
) -> list[tuple[str, str]]:
    places = [(host, found["instance"]) for host, found in there if found["instance"] in leading.get(host, ())]
    if len(places) > 1:
        names = ", ".join(f"{name} on {host}" for host, name in places)
        raise Failure(f"Several instances of {asked.service} say that they lead, so none was chosen: {names}")
    return places


def _by_host(asked: Asked, places: t.Sequence[tuple[str, str]], reasons: t.Sequence[str]) -> Chosen:
    """Return the places by their hosts; where there is none, fail with the reasons."""
    if not places:
        raise Failure("\n".join([_nowhere(asked), *reasons]))
    chosen: Chosen = {}
    for host, name in places:
        chosen.setdefault(host, []).append(name)
    return chosen


def _nowhere(asked: Asked) -> str:
    """Return a sentence on a command for which there is no place."""
    what = {ALL: "runs", LEADER: "says that it leads"}.get(asked.on, "is healthy")
    hint = " -e on=all takes those that are not healthy, too, -e one_off=true a container of its own." * (
        asked.on == ONE
    )
    where = ", ".join(asked.hosts)
    return (
        f"No instance of {asked.service} on {where} {what}, so nothing was run; status.yml shows what is there.{hint}"
    )
