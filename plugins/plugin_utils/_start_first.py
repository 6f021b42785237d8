# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services whose new container starts while the old one serves: their alternating ports, and what rules it out."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Templar
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import has_template, is_template

Result = dict[str, t.Any]
PORTS, PORT, ROLLOUT = "service_ports", "service_port", "service_rollout"
START_FIRST = f"{ROLLOUT}.start_first"
HOW = f"write {PORT}: [8080, 8090], or {PORTS}: {{http: [8080, 8090]}} with two for each name"


def starts_first(variables: Result, templar: Templar) -> bool:
    """Return whether the service's new containers start first, by the variables of a host."""
    rollout = variables.get(ROLLOUT)
    if isinstance(rollout, dict) and "start_first" not in rollout:
        return False
    if not isinstance(rollout, dict):
        rollout = _rendered(templar, variables, rollout, ROLLOUT)
    value = _rendered(templar, variables, rollout.get("start_first") if isinstance(rollout, dict) else None, ROLLOUT)
    return str(value).lower() in ("true", "yes", "1", "on")


def of_side(variables: Result, templar: Templar, side: int) -> Result:
    """Return the variables with one of each two ports; each port must alternate, and there must be one."""
    port = _rendered_pairs(templar, variables, PORT)
    ports = _rendered_pairs(templar, variables, PORTS) or {}
    if port is None and not ports:
        raise Failure(f"{START_FIRST}: the old container and the new one run side by side, each with a port; {HOW}")
    if not isinstance(ports, dict):
        raise Failure(f"{PORTS}: expected a mapping of names to two ports each, got {ports!r}; {HOW}")
    named = {name: _one_of(pair, f"{PORTS}.{name}", side) for name, pair in ports.items()}
    single = {} if port is None else {PORT: _one_of(port, PORT, side)}
    return {**variables, PORTS: named, **single}


def _one_of(pair: t.Any, where: str, side: int) -> t.Any:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise Failure(f"{where}: {START_FIRST} needs two ports to alternate between, and this is {pair!r}; {HOW}")
    return pair[side]


def refuse_pairs(port: t.Any, ports: t.Any) -> None:
    """Refuse two ports where nothing alternates between them."""
    named = {f"{PORTS}.{name}": value for name, value in ports.items()} if isinstance(ports, dict) else {}
    for where, value in {PORT: port, **named}.items():
        if isinstance(value, (list, tuple)):
            raise Failure(f"{where}: two ports alternate only with {START_FIRST}: true; add that, or write one number")


def refuse_same(one: Result, other: Result) -> None:
    """Refuse a port of one side that the other one has as well; both: what templates of an instance see."""
    theirs = {port: key for key, port in _keyed(other)}
    for key, port in _keyed(one):
        if port in theirs:
            both = f"is given twice in {key}" if theirs[port] == key else f"is one of {key} and of {theirs[port]}"
            raise Failure(
                f"{key}: port {port} {both}; both containers run side by side, so each needs ports of its own"
            )


def with_alternating(known: Result, data: Result) -> Result:
    """Return what is known of a service file's ports with whether they alternate; without them where nobody knows.

    ``known``: keys without templates; ``data``: the file. What the inventory may say is told by the hosts.
    """
    rollout = data.get(ROLLOUT)
    given = rollout.get("start_first", False) if isinstance(rollout, dict) else None
    if given is None or has_template(given):
        pairs = [key for key in (PORT, PORTS) if _has_pair(known.get(key))]
        return {key: value for key, value in known.items() if key not in pairs}
    if given and not {PORT, PORTS} & known.keys():
        return known
    return {**known, ROLLOUT: {"start_first": given}}


def _has_pair(value: t.Any) -> bool:
    values = value.values() if isinstance(value, dict) else [value]
    return any(isinstance(one, list) and len(one) == 2 for one in values)


def number_or_pair(key: str, value: t.Any, spec: Result) -> Result:
    """Return what a key's value is to be: one port is a number, however many there may be."""
    return {**spec, "type": "int"} if key == PORT and not isinstance(value, list) else spec


def file_problems(data: Result) -> t.Iterator[str]:
    """Yield what of a service file rules out that two containers run side by side."""
    rollout = data.get(ROLLOUT)
    if not isinstance(rollout, dict) or rollout.get("start_first") is not True:
        return
    if data.get("service_code"):
        yield (
            f"{START_FIRST}: both containers would have the same link of service_code, so that the old one would load"
            " what the new one is to prove; reload the code in place, which loses nothing, or put it into the image"
        )
    if data.get("service_sidecars"):
        yield (
            f"{START_FIRST}: an instance with service_sidecars is replaced as a whole, as its containers share what"
            " they have; leave start_first out"
        )
    if rollout.get("cold_start") == "together" or any(
        _mentions(data.get(key), "first_boot") for key in ("service_container", "service_files")
    ):
        yield (
            f"{START_FIRST}: the service founds a cluster (first_boot or cold_start), whose new member would join"
            " beside the one whose data it is to have; leave start_first out"
        )


def _mentions(value: t.Any, word: str) -> bool:
    if isinstance(value, dict):
        return any(_mentions(inner, word) for inner in value.values())
    if isinstance(value, list):
        return any(_mentions(inner, word) for inner in value)
    return isinstance(value, str) and is_template(value) and word in value


def _keyed(own: Result) -> t.Iterator[tuple[str, int]]:
    """Yield each port of an instance with its key."""
    if PORT in own:
        yield PORT, own[PORT]
    for name, port in own.get("ports", {}).items():
        yield f"{PORTS}.{name}", port


def _rendered_pairs(templar: Templar, variables: Result, key: str) -> t.Any:
    """Return a variable as it stands; one that is a single template is rendered, as it may be two ports."""
    raw = variables.get(key)
    if isinstance(raw, dict):
        return {
            name: _rendered(templar, variables, value, key) if is_template(value) else value
            for name, value in raw.items()
        }
    return _rendered(templar, variables, raw, key) if is_template(raw) else raw


def _rendered(templar: Templar, variables: Result, raw: t.Any, key: str) -> t.Any:
    if not has_template(raw):
        return raw
    try:
        return templar.copy_with_new_env(available_variables=variables).template(raw)
    except AnsibleError as error:
        raise Failure(f"{key}: {error}") from error
