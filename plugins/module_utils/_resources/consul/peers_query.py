# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry of ``service_peers``: whom to ask Consul for, and how. docs/peers.md has the list for users."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import (
    number,
    port,
    refuse_unknown,
)

FIELDS = (
    "service",
    "port",
    "tags",
    "datacenter",
    "record",
    "from",
    "only_passing",
    "near",
    "exclude_self",
    "min",
    "wait",
    "planned",
)
# What a label of a DNS name may hold.
LABEL = re.compile(r"[A-Za-z0-9-]{1,63}")
WAIT = "30s"
Options = dict[str, t.Any]


@dataclass(frozen=True)
class PeersQuery:
    """One question. ``port``: instead of the registered one; ``source``: the option ``from``; ``wait`` in seconds.

    ``where`` names the entry in errors, such as ``service_peers.transport``.
    """

    where: str
    service: str
    port: int | None
    tags: tuple[str, ...]
    datacenter: str | None
    record: str
    source: str
    only_passing: bool
    near: str | None
    exclude_self: bool
    min: int
    wait: float
    planned: bool

    @classmethod
    def from_options(cls, options: t.Any, where: str) -> PeersQuery:
        """Return the query of the user's mapping."""
        if not isinstance(options, dict):
            raise Failure(
                f"{where}: expected a mapping such as {{service: elasticsearch, port: 9300}}, got {options!r}"
            )
        refuse_unknown(options, FIELDS, where)
        given = {key: value for key, value in options.items() if value is not None}
        if "service" not in given:
            raise Failure(f"{where}.service is missing: write the service in Consul whose instances are the peers")
        source = _one_of(given, "from", ("dns", "http"), where)
        named = _label if source == "dns" else _name
        query = cls(
            where=where,
            service=named(given["service"], f"{where}.service"),
            port=port(given["port"], f"{where}.port") if "port" in given else None,
            tags=tuple(named(tag, f"{where}.tags") for tag in _tags(given, where)),
            datacenter=_label(given["datacenter"], f"{where}.datacenter") if "datacenter" in given else None,
            record=_one_of(given, "record", ("SRV", "A"), where),
            source=source,
            only_passing=_flag(given, "only_passing", where),
            near=_name(given["near"], f"{where}.near") if "near" in given else None,
            exclude_self=_flag(given, "exclude_self", where),
            min=number(given["min"], 10000, "number of instances", f"{where}.min") if "min" in given else 0,
            wait=seconds(given.get("wait", WAIT), f"{where}.wait") if "min" in given else 0.0,
            planned=_flag(given, "planned", where),
        )
        refuse_combinations(given, where)
        return query

    def dns_names(self, domain: str) -> list[str]:
        """Return ``[tag.]service.service[.datacenter].domain``, one name for each tag, for DNS takes but one."""
        tags: tuple[str | None, ...] = self.tags or (None,)
        parts = (self.service, "service", self.datacenter, domain.strip("."))
        return [".".join(filter(None, (tag, *parts))) for tag in tags]

    def http_params(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of ``GET /v1/health/service/<service>``."""
        optional = (
            ("dc", self.datacenter),
            ("near", self.near),
            ("passing", "true" if self.only_passing else None),
        )
        return (*(("tag", tag) for tag in self.tags), *((key, value) for key, value in optional if value))


def queries_from(peers: t.Any, where: str) -> dict[str, PeersQuery]:
    """Return all entries, by their names; the problems of all of them in one ``Failure``."""
    if not isinstance(peers, dict):
        raise Failure(f"{where}: expected a mapping such as {{transport: {{service: elasticsearch}}}}, got {peers!r}")
    queries, problems = {}, []
    for name, options in peers.items():
        try:
            queries[name] = PeersQuery.from_options(options, f"{where}.{name}")
        except Failure as failure:
            problems.append(str(failure))
    if problems:
        raise Failure("\n".join(problems))
    return queries


def refuse_combinations(given: Options, where: str) -> None:
    """Refuse keys that are right one by one, and wrong together."""
    if given.get("from", "dns") == "dns":
        for key in ("only_passing", "near"):
            if key in given:
                raise Failure(f"{where}.{key}: Consul's DNS can't be asked for it; add from: http")
    if "wait" in given and "min" not in given:
        raise Failure(f"{where}.wait: there is nothing to wait for; add min: 1, or remove wait")
    if not given.get("planned"):
        return
    if "port" not in given:
        raise Failure(f"{where}.planned: hosts that do not run yet have no registered port; add port")
    for key in ("min", "tags", "datacenter", "near"):
        if key in given:
            raise Failure(f"{where}.planned: {key} can't be told of hosts that do not run yet; remove {key} or planned")


def _tags(given: Options, where: str) -> list[t.Any]:
    """Return a list, or the one tag."""
    tags = given.get("tags", [])
    if isinstance(tags, (dict, bool)):
        raise Failure(f"{where}.tags: expected a list such as [ssd], got {tags!r}")
    return list(tags) if isinstance(tags, (list, tuple)) else [tags]


def _label(value: t.Any, where: str) -> str:
    if not LABEL.fullmatch(str(value)):
        raise Failure(
            f"{where}: {value!r} can't be asked for by DNS;"
            " use at most 63 letters, digits and hyphens, or add from: http"
        )
    return str(value)


def _name(value: t.Any, where: str) -> str:
    """Return what the HTTP API takes as a name."""
    text = str(value)
    if isinstance(value, (dict, list, bool)) or not text.strip() or "/" in text:
        raise Failure(f"{where}: {value!r} is not a valid name; write a text without slashes")
    return text


def _one_of(given: Options, key: str, choices: tuple[str, ...], where: str) -> str:
    """Return one of the choices, of which the first is the default."""
    value = given.get(key, choices[0])
    if value not in choices:
        raise Failure(f"{where}.{key}: {value!r} is not known; write {' or '.join(choices)}")
    return str(value)


def _flag(given: Options, key: str, where: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise Failure(f"{where}.{key}: {value!r} is neither true nor false; write one of them, without quotes")
    return value
