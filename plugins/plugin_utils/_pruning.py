# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prune.yml is about: services that run and have no file any more, listed before any of them is removed."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._facts import Fact, Result
from ansible_collections.longshore.fleet.plugins.plugin_utils._results import message_of
from ansible_collections.longshore.fleet.plugins.plugin_utils._run_variables import switched_on
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_file import NAME
from ansible_collections.longshore.fleet.plugins.plugin_utils._table import table

COLUMNS = ("service", "host", "instance", "containers", "images", "volumes", "note")
STRANGER = "not noted in this fleet's KV"


@dataclass(frozen=True)
class Pruning(Fact):
    """``services``: those that have a file, as the module node has them; ``service``: the only one that goes;
    ``volumes``: whether its volumes go as well; ``confirmed``: whether anything goes; ``hosts``: where.
    """

    NAME = "longshore_pruning"

    services: t.Sequence[Result] = ()
    service: str = ""
    volumes: bool = False
    confirmed: bool = False
    hosts: t.Sequence[str] = ()


def pruning_of(run: Result, services: t.Sequence[Result], folder: str) -> Pruning:
    """Return what this run is about; ``services``: those of the files in ``folder``."""
    service, names = str(run.get("service") or ""), [entry["name"] for entry in services]
    if service in names:
        raise Failure(
            f"{service} has a file, {folder}/{service}.yml, so it is no leftover. remove.yml -e service={service}"
            " removes a service that has one."
        )
    if service and not NAME.fullmatch(service):
        raise Failure(f"service: {service!r} is not the name of a service")
    confirmed = switched_on(run, "confirm")
    if confirmed and not names and not service:
        raise Failure(
            f"There is no file in {folder}, so every service would be removed. Is this the right fleet? To remove one:"
            " -e service=NAME"
        )
    return Pruning(services, service, switched_on(run, "volumes"), confirmed or bool(service))


def rows_of(gathered: dict[str, Result]) -> list[Result]:
    """Return a row for each instance. ``gathered``: host -> result of the module node."""
    rows = [
        {
            "service": one["service"],
            "host": host,
            "instance": one["instance"],
            **{name: ", ".join(one[name]) for name in ("containers", "images", "volumes")},
            "note": "" if one["noted"] else STRANGER,
        }
        for host, result in gathered.items()
        for one in result.get("left", ())
    ]
    return sorted(rows, key=lambda row: (row["service"], row["host"], row["instance"]))


def going_from(pruning: Pruning, gathered: dict[str, Result]) -> list[str]:
    """Return the hosts on which something is removed; refuse a service that no host has."""
    going = [host for host, result in gathered.items() if result.get("steps")]
    if pruning.service and not going:
        unknown = [*_unasked(gathered)]
        raise Failure("\n".join([f"No host within the limit has an instance of {pruning.service}.", *unknown]))
    return going if pruning.confirmed else []


def listed_lines(pruning: Pruning, gathered: dict[str, Result]) -> list[str]:
    """Return what is shown before anything is removed."""
    rows, lines = rows_of(gathered), [*_unasked(gathered)]
    if len(lines) == len(gathered):
        raise Failure("\n".join(["No host could be asked.", *lines]))
    if not rows:
        where = " on the hosts that could be asked" if lines else ""
        return [f"Every service that runs{where} has a file.", *lines]
    lines = [*table(rows, COLUMNS), *lines]
    if any(row["note"] for row in rows) and not pruning.service:
        lines.append(f"What is {STRANGER} may be another fleet's; it goes only by its name: -e service=NAME")
    if not pruning.confirmed:
        lines.append("Nothing is removed. To remove all this: -e confirm=true; to remove one: -e service=NAME")
    if any(row["volumes"] for row in rows):
        lines.append(f"Volumes {'go as well' if pruning.volumes else 'stay; with -e volumes=true they go as well'}.")
    return lines


def _unasked(gathered: dict[str, Result]) -> t.Iterator[str]:
    for host, result in gathered.items():
        if "left" not in result:
            yield f"{host}: could not be asked, so what it has stays: {message_of(result)}"
