# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service file rendered for one host: the option ``wanted`` of the modules launch and once."""

from __future__ import annotations

import typing as t

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._instance import CODE, ONCE
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers import stand_in
from ansible_collections.longshore.fleet.plugins.plugin_utils._planned import (
    goes_back,
    nodes_of,
    peers_with_planned,
    refuse_planned,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._rendering import Rendering, Templar
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import LONG, SHORT, registrations_of

Result = dict[str, t.Any]


class Naming(t.NamedTuple):
    """What an instance and its service are called; ``several``: whether its host runs others of the service."""

    service: str
    instance: str
    several: bool = False


# Of the result of service_info, what the templates of a service file see.
SIDECARS = "service_sidecars"
SEEN = ("config", "peers", "peer_parts", "node", "first_boot")


def rendered_wanted(
    templar: Templar,
    variables: Result,
    discovered: Result,
    naming: Naming,
    wrong_secrets: t.Sequence[str],
    skip_before: bool = False,
) -> Result:
    """Return what one instance is to be; where a leaf can't be rendered, nothing but ``problems``, all of them.

    The container is rendered a second time with stand-ins for the peers and without a first boot, which is what is
    compared: a peer that comes or goes replaces no container. ``discovered``: the host's result of service_info.
    ``wrong_secrets``: problems of ``service_secrets``; ``skip_before``: leave ``service_gate.before`` out.
    """
    seen = _seen(templar, variables, discovered, naming)
    peers, peer_parts = stand_in(seen["peers"])
    alike = {**seen, "peers": peers, "peer_parts": peer_parts, "first_boot": False}
    real = Rendering(templar, {**variables, **seen}, discovered["config_prefixes"])
    compared = Rendering(templar, {**variables, **alike}, discovered["config_prefixes"])
    rollout = real.render("service_rollout") or {}
    wanted = {
        "container": real.render("service_container"),
        "container_without_peers": compared.render("service_container"),
        "directories": real.render("service_directories"),
        "registrations": _registrations(real, variables, naming, seen["node"]["address"]),
        "gate": _gate(real, skip_before),
        "drain": rollout.get("drain"),
        "code": _code(real, naming),
        "files": real.render("service_files") or None,
        "reload": real.render("service_reload") or None,
        "sidecars": _sidecars(real, compared, variables) or None,
        "leader": (rollout.get("order") or {}).get("leader"),
        "first_boot": seen["first_boot"] or None,
        "secrets_at_rest": real.render("service_secrets_at_rest"),
        "once": None if goes_back(variables) else _once(real) or None,
    }
    if wanted["container"] != wanted["container_without_peers"]:
        # What of it belongs to a start without others.
        wanted["empty_peers"] = [name for name, there in seen["peers"].items() if not there] or None
    problems = [*discovered.get("config_problems", ()), *real.problems, *compared.problems, *wrong_secrets]
    if problems:
        return {"problems": list(dict.fromkeys(problems))}
    return {key: value for key, value in wanted.items() if value is not None}


def rendered_tasks(templar: Templar, variables: Result, discovered: Result, naming: Naming) -> t.Any:
    """Return ``service_once``, the option ``tasks`` of the module once."""
    seen = _seen(templar, variables, discovered, naming)
    return Rendering(templar, {**variables, **seen}, discovered["config_prefixes"]).render("service_once")


def _seen(templar: Templar, variables: Result, discovered: Result, naming: Naming) -> Result:
    """Return the variables that a service file has beside those of the inventory."""
    queries = templar.template(variables.get("service_peers", {}))
    if naming.several:
        refuse_planned(queries)
    nodes = nodes_of(variables) if queries else []  # to ask all hosts for their variables takes its time
    peers, parts = peers_with_planned(discovered, queries, nodes)
    return {**{key: discovered[key] for key in SEEN}, "peers": peers, "peer_parts": parts, "instance": naming.instance}


def written_out(templar: Templar, variables: Result, discovered: Result, naming: Naming) -> t.Any:
    """Return what the short form of ``service_registrations`` stands for, as a service file would say it."""
    address = "[{{ node.address }}]" if ":" in discovered["node"]["address"] else "{{ node.address }}"
    seen = _seen(templar, variables, discovered, naming)
    real = Rendering(templar, {**variables, **seen}, discovered["config_prefixes"])
    return _registrations(real, variables, naming, address)


def _registrations(real: Rendering, variables: Result, naming: Naming, address: str) -> t.Any:
    """Return the registrations, expanded where the service file has their short form."""
    before = len(real.problems)
    values = {key: real.render(key) for key in (LONG, *SHORT) if variables.get(key) is not None}
    if len(real.problems) > before:
        return None
    try:
        entries = registrations_of(naming.service, values, address)
        return [_of_one(entry, naming) for entry in entries] if naming.several else entries
    except Failure as failure:
        real.problems.append(str(failure))
        return None


def _of_one(entry: t.Any, naming: Naming) -> t.Any:
    """Return a registration of one of several instances: under the service's name, with an ID of its own."""
    if not isinstance(entry, dict):
        return entry  # the module tells what is wrong with it
    name = naming.service if entry.get("name") is None else entry["name"]
    return {**({"id": naming.instance} if name == naming.service else {}), **entry, "name": name}


def _gate(real: Rendering, skip_before: bool) -> t.Any:
    """Return the gate, without what is not asked in this run."""
    gate = real.render("service_gate")
    if skip_before and isinstance(gate, dict):
        return {key: value for key, value in gate.items() if key != "before"}
    return gate


def _once(real: Rendering) -> list[Result]:
    """Return what a preflight must know of ``service_once``."""
    return [{key: task[key] for key in ONCE if key in task} for task in real.render("service_once") or ()]


def _sidecars(real: Rendering, compared: Rendering, variables: Result) -> dict[str, Result]:
    """Return the sidecars, each with its container for the comparison; their images are the controller's."""
    if not variables.get(SIDECARS):
        return {}
    alike = {name: one.get("container") for name, one in _mappings(compared.render(SIDECARS))}
    return {
        name: {**{k: v for k, v in one.items() if k != "image"}, "container_without_peers": alike.get(name)}
        for name, one in _mappings(real.render(SIDECARS))
    }


def _mappings(sidecars: t.Any) -> t.Iterator[tuple[str, Result]]:
    for name, one in sidecars.items() if isinstance(sidecars, dict) else ():
        yield name, one if isinstance(one, dict) else {}


def _code(real: Rendering, naming: Naming) -> Result | None:
    """Return what a host must know of ``service_code``; the rest of it is the controller's.

    Of several instances each has a folder of its own, as the link in it tells what one of them runs.
    """
    code = real.render("service_code") or {}
    path = {"path": f"/srv/code/{naming.instance}"} if naming.several else {}
    return {**path, **{key: value for key, value in code.items() if key in CODE}} if code else None
