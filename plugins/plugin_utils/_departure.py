# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leave.yml, return.yml, drain.yml and undrain.yml know of the host, kept for the plays that follow."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact, Result
from ansible_collections.longshore.fleet.plugins.plugin_utils._fleet_files import FleetFiles
from ansible_collections.longshore.fleet.plugins.plugin_utils._order import least_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._rollout import check_rollout
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import switched_on
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import schema, with_defaults, wrong_values

# Hosts that are tried for one that can speak to Consul when the host itself is gone.
MOST_ASKED = 10


@dataclass(frozen=True)
class Departure(Fact):
    """``asked``: hosts that may speak for the fleet, and the one in question; ``hosts``: where something is done to the
    host itself, empty where it is gone; ``speakers``: from where Consul is told that it has left; ``service``,
    ``instance`` and ``force``: what of it is drained.
    """

    NAME = "longshore_departure"

    host: str = ""
    dead: bool = False
    keep: bool = False
    reason: str = ""
    service: str = ""
    instance: str = ""
    force: bool = False
    services: t.Sequence[Result] = ()
    asked: t.Sequence[str] = ()
    hosts: t.Sequence[str] = ()
    speakers: t.Sequence[str] = ()


def departure_of(run: Result, everybody: t.Sequence[str], inventory: t.Collection[str]) -> Departure:
    """Return what this run is about, by its variables; ``everybody``: the hosts within the limit."""
    host = run.get("host")
    if not host:
        raise Failure("Say which host: -e host=NAME, as the inventory has it")
    if host not in inventory:
        raise Failure(f"host: the inventory has no host {host}. There are: {', '.join(sorted(inventory))}")
    dead, keep = switched_on(run, "dead"), switched_on(run, "keep")
    if dead and keep:
        raise Failure("dead, keep: a host that is gone can't be kept; give one of them")
    reason = str(run.get("reason") or "")
    if not reason.isprintable():
        raise Failure("reason: has a control character; write it as one line of text")
    others = [other for other in everybody if other != host]
    return Departure(
        host=host,
        dead=dead,
        keep=keep,
        reason=reason,
        service=str(run.get("service") or ""),
        instance=str(run.get("instance") or ""),
        force=switched_on(run, "force"),
        asked=[host, *others[:MOST_ASKED]],
    )


def places_of(departure: Departure, pings: dict[str, Result]) -> tuple[list[str], list[str]]:
    """Return the hosts and the speakers of a departure; ``pings``: host -> what its ping returned."""
    host, reached = departure.host, [name for name in departure.asked if "ping" in pings.get(name, {})]
    speakers = [name for name in reached if name != host][:1]
    if not departure.dead and host not in reached:
        raise Failure(
            f"{host} cannot be reached: {message_of(pings.get(host, {}))}\nNothing was touched. Where it is gone for"
            f" good, clean up after it: leave.yml -e host={host} -e dead=true"
        )
    if not departure.dead:
        return [host], [] if departure.keep else speakers
    if host in reached:
        raise Failure(
            f"{host} can be reached, so it is not gone; nothing was touched. Without -e dead=true, leave.yml takes its"
            " instances out of traffic first."
        )
    if not speakers:
        raise Failure(
            f"No other host can be reached to tell Consul that {host} is gone; tried:"
            f" {', '.join(departure.asked[1:]) or 'none, as there is no other within the limit'}"
        )
    return [], speakers


def entry_of(files: FleetFiles, path: Path, host: str) -> Result:
    """Return the entry of the module node's option ``services`` for a service file; one that is wrong says so there."""
    entry: Result = {"name": path.stem}
    try:
        sources = files.sources(path)
        hosts = files.hosts(sources)
        prefix = files.value("service_prefix", sources, hosts)
        if prefix is not None:
            entry["prefix"] = kv_path(prefix, "service_prefix")
        number = sum(len(files.instances(path, host)) for host in hosts)
        rollout = _rollout_of(files.value("service_rollout", sources, hosts), number)
        return {**entry, **rollout, "gate": _gate_of(files, files.raw("service_gate", sources, [host]))}
    except (AnsibleError, Failure) as error:
        return {**entry, "problem": f"{path}: how its instances may go cannot be told: {error}"}


def _gate_of(files: FleetFiles, gate: t.Any) -> Result:
    """Return the times of a gate; its conditions may need what only a deploy knows."""
    given = gate if isinstance(gate, dict) else files.rendered(gate) or {}
    times: Result = files.rendered({name: given[name] for name in ("timeout", "stable_for") if name in given})
    return times


def _rollout_of(given: t.Any, hosts: int) -> Result:
    spec = schema()["service_rollout"]
    problems = [*wrong_values(given or {}, spec, "service_rollout")]
    if problems:
        raise Failure("; ".join(problems))
    rollout = with_defaults(given, spec)
    check_rollout(rollout, hosts)
    least = rollout.get("min_healthy")
    return {
        "drain": rollout["drain"],
        "lock_wait": rollout["lock_wait"],
        "min_healthy": 0 if least is None else least_of(least, hosts),
    }
