# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service as a user writes it, checked, in Consul's own form."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import port, refuse_unknown
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import (
    PATH,
    as_text,
    is_address,
    is_host,
    is_scalar,
    shown,
)

# Keys of Meta that are ours; the key's alphabet is [A-Za-z0-9_-].
DIGEST = "longshore-digest"
INSTANCE = "longshore-instance"
GATE = "longshore-gate"  # there until the gate was passed

# Option -> (type, the word for it in errors). Consul's documentation of "Register Service" of the agent's API.
TYPES: dict[str, tuple[type, str]] = {
    "address": (str, "text"),
    "socket_path": (str, "text"),
    "tags": (list, "a list"),
    "meta": (dict, "a mapping"),
    "weights": (dict, "a mapping"),
    "tagged_addresses": (dict, "a mapping"),
    "enable_tag_override": (bool, "true or false"),
}
FIELDS = ("id", "name", "port", *TYPES, "checks")
# DNS serves no other names (Consul only warns).
NAME = re.compile(r"[A-Za-z0-9-]+")
# Consul's limits of Meta; some entries are ours.
META_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
META_VALUE = 512
META_ENTRIES = 64
OTHER_PORT = "longshore-other-port"  # that an instance has in turn with the registered one
OURS = (DIGEST, INSTANCE, GATE)


def name_from(options: dict[str, t.Any], instance: str, where: str) -> str:
    """Return the service's name, the instance's unless given."""
    name = instance if options.get("name") is None else options["name"]
    if not NAME.fullmatch(str(name)):
        raise Failure(f"{where}.name: {name!r} can't be found by DNS; use only letters, digits and hyphens")
    return str(name)


def body_from(options: dict[str, t.Any], name: str, where: str) -> dict[str, t.Any]:
    """Return Consul's own keys, only those that are set."""
    for key, (kind, word) in TYPES.items():
        if options.get(key) is not None and not isinstance(options[key], kind):
            raise Failure(f"{where}.{key}: expected {word}, got {options[key]!r}")
    given = {key: value for key, value in options.items() if value or (key == "port" and value is not None)}
    body: dict[str, t.Any] = {"Name": name}
    for key, (ours, convert) in CONVERTED.items():
        if ours in given:
            body[key] = convert(given[ours], f"{where}.{ours}")
    if "SocketPath" in body and ("Port" in body or "Address" in body):
        raise Failure(
            f"{where}.socket_path: a service listens there or at a port; remove socket_path, or port and address"
        )
    return body


def _tags(tags: list[t.Any], where: str) -> list[str]:
    wrong = [tag for tag in tags if not is_scalar(tag) or not as_text(tag).strip()]
    if wrong:
        raise Failure(f"{where}: {wrong[0]!r} is not a valid tag; write a text")
    return [as_text(tag) for tag in tags]


def _addresses(addresses: dict[str, t.Any], where: str) -> dict[str, dict[str, t.Any]]:
    return {str(tag): _address(value, f"{where}.{tag}") for tag, value in addresses.items()}


def _host(value: str, where: str) -> str:
    if not is_host(value) or (is_address(value) and ipaddress.ip_address(value).is_unspecified):
        raise Failure(f"{where}: {value!r} is not a valid IP address or host's name (example: 192.0.2.7)")
    return value


def _socket(value: str, where: str) -> str:
    PATH.refuse(value, where)
    return value


def _address(value: t.Any, where: str) -> dict[str, t.Any]:
    """Return a tagged address; Consul's port 0 is none."""
    if not isinstance(value, dict) or not isinstance(value.get("address"), str):
        raise Failure(f"{where}: expected a mapping such as {{address: 192.0.2.1, port: 80}}, got {value!r}")
    refuse_unknown(value, ("address", "port"), where)
    return {
        "Address": _host(value["address"], f"{where}.address"),
        "Port": port(value["port"], f"{where}.port") if "port" in value else 0,
    }


def _meta(meta: dict[str, t.Any], where: str) -> dict[str, str]:
    """Return the texts; refuse what Consul would refuse only when the old container has stopped."""
    if len(meta) > META_ENTRIES - len(OURS):
        raise Failure(
            f"{where}: {len(meta)} entries; Consul takes {META_ENTRIES}, and three are Longshore's; remove some"
        )
    nested = next((key for key, value in meta.items() if not is_scalar(value)), None)
    if nested is not None:
        raise Failure(f"{where}.{nested}: {shown(meta[nested])} is not a single value (example: {{rack: a}})")
    result = {str(key): as_text(value) for key, value in meta.items()}
    for key, value in result.items():
        if key in OURS:
            raise Failure(f"{where}: {key!r} is set by Longshore; give it another name")
        if not META_KEY.fullmatch(key):
            raise Failure(
                f"{where}: {key!r} is not a valid key; use at most 128 letters, digits, hyphens and underscores"
            )
        if len(value) > META_VALUE:
            raise Failure(f"{where}.{key}: {len(value)} characters; Consul takes at most {META_VALUE}; shorten it")
    return result


def _weights(weights: dict[str, t.Any], where: str) -> dict[str, int]:
    """Return both weights, as Consul takes a missing one for 0; only that of warning may be 0."""
    refuse_unknown(weights, ("passing", "warning"), f"{where}")
    for key, value in weights.items():
        least = 0 if key == "warning" else 1
        if isinstance(value, bool) or not re.fullmatch("[0-9]{1,5}", str(value)) or not least <= int(value) < 65536:
            raise Failure(f"{where}.{key}: expected a number from {least} to 65535, got {value!r}")
    return {key.capitalize(): int(weights.get(key, 1)) for key in ("passing", "warning")}


# Consul's key -> (option, what makes Consul's value of it).
CONVERTED: dict[str, tuple[str, t.Callable[[t.Any, str], t.Any]]] = {
    "Port": ("port", port),
    "Address": ("address", _host),
    "SocketPath": ("socket_path", _socket),
    "Tags": ("tags", _tags),
    "Meta": ("meta", _meta),
    "Weights": ("weights", _weights),
    "TaggedAddresses": ("tagged_addresses", _addresses),
    "EnableTagOverride": ("enable_tag_override", lambda value, _where: value),
}
