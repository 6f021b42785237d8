# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registration: one service with its checks, as an agent of Consul holds it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration_body import (
    DIGEST,
    FIELDS,
    GATE,
    INSTANCE,
    OURS,
    body_from,
    name_from,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.plan import Change
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_unknown

# What Consul adds by itself to the tagged addresses of a service that has an address.
AUTOMATIC_ADDRESSES = ("lan_ipv4", "lan_ipv6", "wan_ipv4", "wan_ipv6")
DEFAULT_WEIGHTS = {"Passing": 1, "Warning": 1}


@dataclass(frozen=True)
class Registration:
    """A registration as it is wanted; ``body`` is Consul's own without ID, Meta's digest and checks.

    ``kept_tags`` stand in the place of the wanted ones where others may override them. ``where`` names it in errors.
    """

    id: str
    instance: str
    body: dict[str, t.Any]
    checks: tuple[Check, ...]
    kept_tags: tuple[str, ...] | None = None
    where: str = field(default="", compare=False)

    @classmethod
    def from_options(cls, options: t.Any, instance: str, where: str) -> Registration:
        """Return the registration of an entry of ``service_registrations``; ``where`` names the entry in errors."""
        if not isinstance(options, dict):
            raise Failure(f"{where}: expected a mapping with name, port and checks, got {options!r}")
        refuse_unknown(options, FIELDS, where)
        name = name_from(options, instance, where)
        if options.get("id") is not None and not re.fullmatch(r"[\w.:-]+", str(options["id"]), re.ASCII):
            raise Failure(
                f"{where}.id: {options['id']!r} is not a valid ID; use letters, digits, '_', '.', ':' and '-'"
            )
        identity = str(options.get("id") or (instance if name == instance else f"{instance}-{name}"))
        checks = options.get("checks") or []
        if not isinstance(checks, list):
            raise Failure(f"{where}.checks: expected a list such as [{{ttl: 30s}}], got {checks!r}")
        return cls(
            id=identity,
            instance=instance,
            body=body_from(options, name, where),
            checks=tuple(
                Check.from_options(c, f"{identity}:{n}", f"{where}.checks[{n}]", instance) for n, c in enumerate(checks)
            ),
            where=where,
        )

    @property
    def name(self) -> str:
        """The service's name in Consul."""
        return str(self.body["Name"])

    @property
    def port(self) -> int | None:
        """The registered port, if any."""
        return self.body.get("Port")

    def digest(self) -> str:
        """Return the digest of all that is wanted, so that one comparison tells whether anything differs."""
        wanted = [self.body, [check.to_api() for check in self.checks]]
        return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def newer(self) -> dict[str, tuple[int, ...]]:
        """What Consul 1.8 does not know of it: key -> the release that first has it."""
        own = {f"{self.where}.socket_path": (1, 10, 2)} if "SocketPath" in self.body else {}
        return {
            **own,
            **{
                f"{self.where}.checks[{n}].{option}": since
                for n, check in enumerate(self.checks)
                for option, since in check.newer.items()
            },
        }

    @property
    def commands(self) -> list[str]:
        """The keys of its checks that run a command, which not every agent takes."""
        return [f"{self.where}.checks[{n}].args" for n, check in enumerate(self.checks) if "args" in check.options]

    def to_api(self, probed: str, statuses: t.Mapping[str, str] | None = None) -> dict[str, t.Any]:
        """Return the body of ``PUT /v1/agent/service/register``.

        ``probed``: the status with which the checks begin that the gate probes itself; all others begin with their own
        initial one. ``statuses``: what is known better, by CheckID. Until it is passing, Meta says that the gate is not
        passed: Consul alone can't tell a container that never was from one that no longer is.
        """
        meta = {**self.body.get("Meta", {}), DIGEST: self.digest(), INSTANCE: self.instance}
        if probed != "passing":
            meta[GATE] = "waiting"
        begin = {check.id: probed if check.can_be_probed else check.status for check in self.checks}
        checks = [{**check.to_api(), "Status": {**begin, **(statuses or {})}[check.id]} for check in self.checks]
        tags = {} if self.kept_tags is None else {"Tags": list(self.kept_tags)}
        return {**self.body, **tags, "ID": self.id, "Meta": meta, "Checks": checks}

    def keeping_tags(self, found: FoundRegistration | None) -> Registration:
        """Keep the found tags under enable_tag_override: they are others' business once it is registered."""
        override = found is not None and self.body.get("EnableTagOverride") and found.enable_tag_override
        return replace(self, kept_tags=found.tags) if found is not None and override else self

    def changes_from(self, found: FoundRegistration | None, before: Registration | None = None) -> tuple[Change, ...]:
        """Return what differs from the found one, of which an agent tells all but the definitions of its checks.

        ``before``: what was last wanted to be registered, which has them.
        """
        key = f"registrations.{self.id}"
        if found is None:
            return (Change(key, None, self.name),)
        if found.instance != self.instance:
            owner = f"is of {found.instance}" if found.instance else "is not of Longshore"
            raise Failure(
                f"Consul's agent on this host has a service with the ID {self.id} that {owner}."
                f" Deregister it first: consul services deregister -id={self.id}"
            )
        values = {name: (found_value, wanted) for name, found_value, wanted in self._compared(found)}
        if values["checks"][0] != values["checks"][1]:
            values["checks"] = (self._found_checks(found, before), [check.options for check in self.checks])
        changes = tuple(Change(f"{key}.{what}", *pair) for what, pair in values.items() if pair[0] != pair[1])
        if changes or found.digest == self.digest():
            return changes
        return (Change(f"{key}.definition", "of another version of Longshore", "of this version"),)

    def _found_checks(self, found: FoundRegistration, before: Registration | None) -> list[t.Any]:
        """Return the definitions of the found checks as far as anybody knows them, in the order of the wanted ones."""
        known = {check.id: check.options for check in (*(before.checks if before else ()), *self.checks)}
        numbered = sorted(found.check_ids, key=_number_of)
        ours = f"{self.id}:"
        return [known.get(i, "another definition" if i.startswith(ours) else i) for i in numbered]

    def _compared(self, found: FoundRegistration) -> t.Iterator[tuple[str, t.Any, t.Any]]:
        """Yield what the agent tells, each as (name, found, wanted), in one form."""
        body = self.body
        tags, addresses = sorted(body.get("Tags", [])), body.get("TaggedAddresses", {})
        yield "name", found.name, self.name
        yield "tags", tags if body.get("EnableTagOverride") else sorted(found.tags), tags
        yield "port", found.port, body.get("Port", 0)
        yield "address", found.address, body.get("Address", "")
        yield "socket_path", found.socket_path, body.get("SocketPath", "")
        yield "meta", found.meta, body.get("Meta", {})
        yield "weights", found.weights, {**DEFAULT_WEIGHTS, **body.get("Weights", {})}
        theirs = {k: v for k, v in found.tagged_addresses.items() if k in addresses or k not in AUTOMATIC_ADDRESSES}
        yield "tagged_addresses", theirs, addresses
        yield "enable_tag_override", found.enable_tag_override, body.get("EnableTagOverride", False)
        yield "checks", sorted(found.check_ids), sorted(check.id for check in self.checks)


@dataclass(frozen=True)
class FoundRegistration:
    """A registration as the local agent has it. ``instance`` is empty where it is not ours."""

    id: str
    name: str
    instance: str
    digest: str
    port: int
    address: str
    tags: tuple[str, ...]
    check_ids: tuple[str, ...]
    maintenance: str | None  # the reason, None if not in maintenance
    socket_path: str
    meta: dict[str, str]  # without what is ours
    weights: dict[str, int]
    tagged_addresses: dict[str, dict[str, t.Any]]
    enable_tag_override: bool
    passed_gate: bool

    @classmethod
    def from_api(cls, service: dict[str, t.Any], checks: dict[str, dict[str, t.Any]]) -> FoundRegistration:
        """Return the registration of ``/v1/agent/services`` with its checks of the whole of ``/v1/agent/checks``."""
        maintenance = checks.get(maintenance_check(service["ID"]))
        own = [
            i for i, c in checks.items() if c["ServiceID"] == service["ID"] and i != maintenance_check(service["ID"])
        ]
        meta = service.get("Meta") or {}
        return cls(
            id=service["ID"],
            name=service["Service"],
            instance=meta.get(INSTANCE, ""),
            digest=meta.get(DIGEST, ""),
            port=service.get("Port", 0),
            address=service.get("Address", ""),
            tags=tuple(service.get("Tags") or ()),
            check_ids=tuple(own),
            maintenance=maintenance["Notes"] if maintenance else None,
            socket_path=service.get("SocketPath", ""),
            meta={key: value for key, value in meta.items() if key not in OURS},
            weights={**DEFAULT_WEIGHTS, **(service.get("Weights") or {})},
            tagged_addresses=dict(service.get("TaggedAddresses") or {}),
            enable_tag_override=service.get("EnableTagOverride", False),
            passed_gate=GATE not in meta,
        )

    @classmethod
    def from_result(cls, result: dict[str, t.Any]) -> FoundRegistration:
        """Return the registration of its fields after their way through JSON, which has no tuples."""
        return cls(**{**result, "tags": tuple(result["tags"]), "check_ids": tuple(result["check_ids"])})


def maintenance_check(identity: str) -> str:
    """Return the CheckID that Consul gives to a service's maintenance."""
    return f"_service_maintenance:{identity}"


def registrations(options: t.Any, instance: str) -> tuple[Registration, ...]:
    """Return all entries of ``service_registrations``, their IDs unique."""
    if not isinstance(options, list):
        raise Failure(f"service_registrations: expected a list, got {options!r}")
    result = tuple(
        Registration.from_options(entry, instance, f"service_registrations[{n}]") for n, entry in enumerate(options)
    )
    ids = [registration.id for registration in result]
    twice = next((i for i in ids if ids.count(i) > 1), None)
    if twice:
        raise Failure(f"service_registrations: two entries have the ID {twice}; give one of them an id of its own")
    for number, registration in enumerate(result):
        _refuse_claims(registration, f"service_registrations[{number}]")
    return result


def checks_of(wanted: t.Iterable[Registration]) -> list[Check]:
    """Return the checks of all of them."""
    return [check for registration in wanted for check in registration.checks]


def _refuse_claims(registration: Registration, where: str) -> None:
    """Refuse a check that says it is passing: a container is when it has passed its gate."""
    for number, check in enumerate(registration.checks):
        if check.status == "passing":
            raise Failure(
                f"{where}.checks[{number}].status: passing is not allowed, as only the gate can tell; remove it"
            )


def _number_of(check_id: str) -> tuple[int, str]:
    """Return the number that a CheckID of ours has, for sorting; others come last."""
    number = check_id.rpartition(":")[2].partition("-")[0]
    return (int(number) if number.isdecimal() else sys.maxsize, check_id)
