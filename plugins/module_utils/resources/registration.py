# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registration: one service with its checks, as an agent of Consul holds it."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.check import Check
from ansible_collections.longshore.fleet.plugins.module_utils.resources.naming import refuse_unknown
from ansible_collections.longshore.fleet.plugins.module_utils.resources.plan import Change

# Keys of Meta that are ours; the key's alphabet is [A-Za-z0-9_-].
DIGEST = "longshore-digest"
INSTANCE = "longshore-instance"

FIELDS = (
    "id",
    "name",
    "port",
    "address",
    "tags",
    "meta",
    "weights",
    "enable_tag_override",
    "tagged_addresses",
    "checks",
)
TYPES: dict[str, tuple[type, str]] = {
    "address": (str, "text"),
    "tags": (list, "a list"),
    "meta": (dict, "a mapping"),
    "weights": (dict, "a mapping"),
    "tagged_addresses": (dict, "a mapping"),
}
# DNS serves no other names (Consul only warns).
NAME = re.compile(r"[A-Za-z0-9-]+")
# Consul's limits of Meta; two entries are ours.
META_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
META_VALUE = 512
META_ENTRIES = 64


@dataclass(frozen=True)
class Registration:
    """A registration as it is wanted; ``body`` is Consul's own without ID, Meta's digest and checks."""

    id: str
    instance: str
    body: dict[str, t.Any]
    checks: tuple[Check, ...]

    @classmethod
    def from_options(cls, options: t.Any, instance: str, where: str) -> Registration:
        """From an entry of ``service_registrations``; ``where`` names the entry in errors."""
        if not isinstance(options, dict):
            raise Failure(f"{where}: expected a mapping with name, port and checks, got {options!r}")
        refuse_unknown(options, FIELDS, where)
        name = options.get("name") or instance
        if not NAME.fullmatch(str(name)):
            raise Failure(f"{where}.name: {name!r} can't be found by DNS; use only letters, digits and hyphens")
        identity = str(options.get("id") or (instance if name == instance else f"{instance}-{name}"))
        checks = options.get("checks") or []
        if not isinstance(checks, list):
            raise Failure(f"{where}.checks: expected a list, got {checks!r}")
        return cls(
            id=identity,
            instance=instance,
            body=_body(options, str(name), where),
            checks=tuple(
                Check.from_options(c, f"{identity}:{n}", f"{where}.checks[{n}]") for n, c in enumerate(checks)
            ),
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
        """Of all that is wanted, so that one comparison tells whether anything differs."""
        wanted = [self.body, [check.to_api() for check in self.checks]]
        return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]

    def to_api(self, probed: str) -> dict[str, t.Any]:
        """The body of ``PUT /v1/agent/service/register``.

        ``probed``: the status with which the checks begin that the gate probes itself; all others begin critical.
        """
        meta = {**self.body.get("Meta", {}), DIGEST: self.digest(), INSTANCE: self.instance}
        checks = [{**check.to_api(), "Status": probed if check.can_be_probed else "critical"} for check in self.checks]
        return {**self.body, "ID": self.id, "Meta": meta, "Checks": checks}

    def changes_from(self, found: FoundRegistration | None) -> tuple[Change, ...]:
        """What differs from the found one: its digest, and what the agent tells of it now."""
        key = f"registrations.{self.id}"
        if found is None:
            return (Change(key, None, self.name),)
        if not found.instance:
            raise Failure(
                f"Consul's agent on this host has a service with the ID {self.id} that is not of Longshore."
                f" Deregister it first: consul services deregister -id={self.id}"
            )
        tags = sorted(self.body.get("Tags", []))
        told = {
            "tags": (tags if self.body.get("EnableTagOverride") else sorted(found.tags), tags),
            "port": (found.port, self.body.get("Port", 0)),
            "address": (found.address, self.body.get("Address", "")),
            "checks": (sorted(found.check_ids), sorted(check.id for check in self.checks)),
        }
        told_changes = tuple(Change(f"{key}.{what}", *pair) for what, pair in told.items() if pair[0] != pair[1])
        if told_changes or found.digest == self.digest():
            return told_changes
        return (Change(f"{key}.definition", found.digest, self.digest()),)


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

    @classmethod
    def from_api(cls, service: dict[str, t.Any], checks: dict[str, dict[str, t.Any]]) -> FoundRegistration:
        """From an entry of ``/v1/agent/services`` and the whole of ``/v1/agent/checks``."""
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
        )


def maintenance_check(identity: str) -> str:
    """The CheckID that Consul gives to a service's maintenance."""
    return f"_service_maintenance:{identity}"


def registrations(options: t.Any, instance: str) -> tuple[Registration, ...]:
    """All entries of ``service_registrations``, their IDs unique."""
    if not isinstance(options, list):
        raise Failure(f"service_registrations: expected a list, got {options!r}")
    result = tuple(
        Registration.from_options(entry, instance, f"service_registrations[{n}]") for n, entry in enumerate(options)
    )
    ids = [registration.id for registration in result]
    twice = next((i for i in ids if ids.count(i) > 1), None)
    if twice:
        raise Failure(f"service_registrations: two entries have the ID {twice}; give one of them an id of its own")
    return result


def checks_of(wanted: t.Iterable[Registration]) -> list[Check]:
    """The checks of all of them."""
    return [check for registration in wanted for check in registration.checks]


def _body(options: dict[str, t.Any], name: str, where: str) -> dict[str, t.Any]:
    """Consul's own keys, only those that are set."""
    for key, (kind, word) in TYPES.items():
        if options.get(key) is not None and not isinstance(options[key], kind):
            raise Failure(f"{where}.{key}: expected {word}, got {options[key]!r}")
    body: dict[str, t.Any] = {"Name": name}
    if options.get("port") is not None:
        body["Port"] = _port(options["port"], where)
    if options.get("address"):
        body["Address"] = str(options["address"])
    if options.get("tags"):
        body["Tags"] = [str(tag) for tag in options["tags"]]
    if options.get("meta"):
        body["Meta"] = _meta(options["meta"], where)
    if options.get("weights"):
        body["Weights"] = _weights(options["weights"], where)
    if options.get("tagged_addresses"):
        body["TaggedAddresses"] = options["tagged_addresses"]
    if options.get("enable_tag_override"):
        body["EnableTagOverride"] = True
    return body


def _port(value: t.Any, where: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"{where}.port: {value!r} is no port; write a number from 1 to 65535")
    return int(text)


def _meta(meta: dict[str, t.Any], where: str) -> dict[str, str]:
    """Texts within Consul's limits: it would refuse others only when the old container has stopped."""
    if len(meta) > META_ENTRIES - 2:
        raise Failure(
            f"{where}.meta: {len(meta)} entries; Consul takes {META_ENTRIES}, and two of them are Longshore's"
        )
    result = {str(key): str(value) for key, value in meta.items()}
    for key, value in result.items():
        if not META_KEY.fullmatch(key):
            raise Failure(
                f"{where}.meta: {key!r} is no key for Consul; use at most 128 letters, digits, hyphens and underscores"
            )
        if len(value) > META_VALUE:
            raise Failure(f"{where}.meta.{key}: {len(value)} characters; Consul takes at most {META_VALUE}")
    return result


def _weights(weights: dict[str, t.Any], where: str) -> dict[str, int]:
    refuse_unknown(weights, ("passing", "warning"), f"{where}.weights")
    for key, value in weights.items():
        if isinstance(value, bool) or not str(value).isdecimal():
            raise Failure(f"{where}.weights.{key}: expected a number, got {value!r}")
    return {key.capitalize(): int(value) for key, value in weights.items()}
