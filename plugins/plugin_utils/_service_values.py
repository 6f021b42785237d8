# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a service file that are wrong on every host, told before any is asked; templates are left to the hosts."""

from __future__ import annotations

import datetime
import difflib
import posixpath
import re
import typing as t

from ansible.constants import INTERNAL_STATIC_VARS

from ansible_collections.longshore.fleet.plugins.module_utils._durations import seconds, some_seconds
from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.code.code import Reload
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import ConfigQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration_schema import Schema
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.peers_query import PeersQuery
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.registration import (
    Registration,
    registrations,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.mounts import NOTATIONS
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_rules import (
    container_problems,
    option_problems,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.option_types import OPTIONS
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.secret_names import (
    covered_files,
    wrong_names,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.files.files import (
    HostFile,
    refuse_files_as_folders,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.image.image_kinds import (
    CODE,
    IMAGE,
    OF_CONTEXT,
    REGISTRY,
    problems_of,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.launch.spec import (
    Directory,
    Gate,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.release.once_task import TASK_NAME
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_doubles
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.value_kinds import COMMAND
from ansible_collections.longshore.fleet.plugins.plugin_utils._gateway import Gateway
from ansible_collections.longshore.fleet.plugins.plugin_utils._placement import Placement
from ansible_collections.longshore.fleet.plugins.plugin_utils._short_form import (
    PORT,
    SHORT,
    refuse_both_forms,
    registrations_of,
)

Data = dict[str, t.Any]
# What templates of a service file see, and what Ansible sets itself.
RESERVED = {"config", "peers", "peer_parts", "node", "first_boot", "instance", "service", *INTERNAL_STATIC_VARS}
# How alike a variable of the user's must be to one of ours to be a slip of the pen.
ALIKE = 0.9


def wrong_service_values(data: Data, service: str, defaults: t.Callable[[str, t.Any], t.Any]) -> t.Iterator[str]:
    """Yield what is wrong with the values; their keys and types are right.

    ``defaults`` completes the value of a key, or an entry of its list, with what it leaves out.
    """
    yield from _images(data)
    yield from _container(data.get("service_container"))
    yield from _peers(data.get("service_peers"))
    yield from _registrations(data.get("service_registrations"), service)
    yield from _short_form(data, service)
    yield from _config(data.get("service_config"), data.get("service_config_schema"))
    yield from _entries(data, "service_files", defaults, _file)
    yield from _entries(data, "service_directories", defaults, Directory.from_options)
    yield from _entries(data, "service_once", defaults, _once)
    for key, name in (("service_files", "path"), ("service_directories", "path"), ("service_once", "name")):
        yield from _failures(refuse_doubles, _literals(data.get(key), name), key)
    paths = [_literals(data.get(key), "path") for key in ("service_files", "service_directories")]
    yield from _failures(refuse_files_as_folders, *paths)
    for key, check in (("service_gate", Gate.from_options), ("service_reload", Reload.from_options)):
        if data.get(key) and not has_template(data[key]):
            yield from _failures(check, defaults(key, data[key]))
    yield from _leader(data.get("service_rollout"))
    yield from _placement(data.get("service_placement"))
    gateway = data.get("service_gateway")
    if isinstance(gateway, dict) and not has_template(gateway):
        yield from _failures(Gateway.from_options, gateway)
    image = data.get("service_image")
    if isinstance(image, dict) and "timeout" in image and not has_template(image["timeout"]):
        yield from _failures(seconds, image["timeout"], "service_image.timeout")
    if isinstance(data.get("service_prefix"), str) and not is_template(data["service_prefix"]):
        yield from _failures(kv_path, data["service_prefix"], "service_prefix")
    secrets, container = data.get("service_secrets"), data.get("service_container")
    environment = container.get("environment") if isinstance(container, dict) else None
    if isinstance(secrets, dict):
        yield from wrong_names(secrets, environment if isinstance(environment, (dict, list)) else None)
        yield from covered_files(secrets, _mounting(container))


def reserved_variables(data: Data) -> t.Iterator[str]:
    """Yield an error for each variable that hides what templates see, or what Ansible and Longshore set."""
    for key in data:
        if (
            key in RESERVED
            or (key == "ports" and "service_ports" in data)
            or str(key).startswith(("__service_", "longshore_"))
        ):
            yield f"{key}: is set by Ansible or Longshore, and hidden by this variable; give it another name"


def templated_keys(value: t.Any, where: str) -> t.Iterator[str]:
    """Yield an error for each key with a template: Ansible renders values alone."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if is_template(key):
                yield f"{where}: {key!r} is a key, and templates are rendered in values only; write the whole as one"
            yield from templated_keys(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from templated_keys(inner, f"{where}[{number}]")


def near_misses(data: Data, known: t.Iterable[str]) -> t.Iterator[str]:
    """Yield a warning for each variable of the user's that looks like one of ours, misspelt."""
    names = tuple(known)
    for key in map(str, data):
        near = None if key.startswith("service_") else near_name(key, names)
        if near:
            yield f"{key} is a variable of your own, which Longshore does not read; did you mean {near}?"


def near_name(name: str, known: t.Iterable[str]) -> str | None:
    """Return the name of ours that this one may be meant for, None where it is like none."""
    near = difflib.get_close_matches(re.sub("[- ]", "_", name.lower()), tuple(known), n=1, cutoff=ALIKE)
    return near[0] if near else None


def is_template(value: t.Any) -> bool:
    """Tell whether the value is known only once it is rendered or decrypted."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    return value is not None and not isinstance(value, (bool, int, float, datetime.date, dict, list))


def has_template(value: t.Any) -> bool:
    """Tell whether any part of the value is known only once it is rendered."""
    if isinstance(value, (dict, list)):
        return any(map(has_template, value.values() if isinstance(value, dict) else value))
    return is_template(value)


def _failures(check: t.Callable[..., t.Any], *arguments: t.Any) -> t.Iterator[str]:
    try:
        check(*arguments)
    except Failure as failure:
        yield from str(failure).splitlines()


def _images(data: Data) -> t.Iterator[str]:
    """Yield what is wrong with names and references of images and of the code."""
    for key, kinds in (("service_image", IMAGE), ("service_code", CODE)):
        values = data.get(key)
        if isinstance(values, dict):
            yield from problems_of({n: v for n, v in values.items() if not has_template(v)}, kinds, key)
    image = data.get("service_image")
    for name in OF_CONTEXT if isinstance(image, dict) and "from" in image else ():
        if name in image:
            yield f"service_image.{name}: belongs to an image of your own, and this one is built elsewhere; remove it"
    if isinstance(image, dict) and "from_code" in image and not data.get("service_code"):
        yield "service_image.from_code: takes files of service_code, which is not given; add it, or remove from_code"
    if "service_registry" in data and not has_template(data["service_registry"]):
        yield from REGISTRY.problems(data["service_registry"], "service_registry")


def _container(options: t.Any) -> t.Iterator[str]:
    if not isinstance(options, dict):
        return
    if not has_template(options):
        yield from container_problems(options)
        return
    for name, value in options.items():
        # Of a mapping with names of the user's own the other entries can be told.
        if isinstance(value, dict) and name in OPTIONS and not OPTIONS[name].keys:
            value = {key: inner for key, inner in value.items() if not has_template(inner)}
        if value is not None and not has_template(value):
            yield from option_problems(name, value)


def _mounting(container: t.Any) -> Data:
    """Return what mounts something into the container, as far as it is known and right."""
    given = {name: container.get(name) for name in NOTATIONS} if isinstance(container, dict) else {}
    return {name: v for name, v in given.items() if v and not has_template(v) and not any(option_problems(name, v))}


def _peers(peers: t.Any) -> t.Iterator[str]:
    for name, options in peers.items() if isinstance(peers, dict) else ():
        if not str(name).isidentifier() or hasattr(dict, str(name)):
            yield f"service_peers: {name!r} is not a name that templates can use (example: db_nodes)"
        if not has_template(options):
            yield from _failures(PeersQuery.from_options, options, f"service_peers.{name}")


def _registrations(entries: t.Any, service: str) -> t.Iterator[str]:
    problems: list[str] = []
    for number, entry in enumerate(entries) if isinstance(entries, list) else ():
        if isinstance(entry, dict) and not has_template(entry):
            problems += _failures(Registration.from_options, entry, service, f"service_registrations[{number}]")
    yield from problems
    if isinstance(entries, list) and not problems and not has_template(entries):
        yield from _failures(registrations, entries, service)


def _short_form(data: Data, service: str) -> t.Iterator[str]:
    """Yield what is wrong with the short form of registrations; a port that is missing may be the inventory's."""
    problems = list(_failures(refuse_both_forms, data))
    short = {key: data[key] for key in SHORT if key in data and not has_template(data[key])}
    if isinstance(short.get(PORT), list):
        short[PORT] = 1  # two alternating ports are looked at with those of all instances
    if short and not problems:
        problems += _failures(registrations_of, service, {PORT: 1, **short}, "127.0.0.1")
    yield from problems


def _config(names: t.Any, schema: t.Any) -> t.Iterator[str]:
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str) and not is_template(name):
            yield from (f"service_{said}" for said in _failures(ConfigQuery.from_options, "longshore", [name], ()))
    known = [name.strip("/") for name in names if isinstance(name, str)] if isinstance(names, list) else []
    yield from _failures(refuse_doubles, known, "service_config")
    if isinstance(schema, dict) and not has_template(schema):
        yield from _failures(Schema.from_options, schema)


def _entries(
    data: Data, key: str, defaults: t.Callable[[str, t.Any], t.Any], check: t.Callable[[Data, str], t.Any]
) -> t.Iterator[str]:
    """Yield each entry by itself, with a default in the place of what a template makes."""
    for number, entry in enumerate(data[key]) if isinstance(data.get(key), list) else ():
        given = entry if isinstance(entry, dict) else {}
        plain = {name: value for name, value in given.items() if not has_template(value)}
        if plain.keys() & {"path", "command"}:
            yield from _failures(check, defaults(key, plain), f"{key}[{number}]")


def _file(entry: Data, where: str) -> None:
    HostFile.from_options({**entry, "content": ""}, where)


def _once(entry: Data, where: str) -> None:
    if entry.get("name") is not None:
        TASK_NAME.refuse(entry["name"], f"{where}.name")
    if entry.get("timeout") is not None:
        some_seconds(entry["timeout"], f"{where}.timeout")
    if entry.get("command") is not None:
        COMMAND.refuse(entry["command"], f"{where}.command")


def _literals(entries: t.Any, name: str) -> list[str]:
    """Return what the entries of a list have by this name; a template is like no other."""
    listed = entries if isinstance(entries, list) else []
    values = [entry.get(name) if isinstance(entry, dict) else None for entry in listed]
    known = [str(value) if value is not None and not is_template(value) else f"[{n}]" for n, value in enumerate(values)]
    return [posixpath.normpath(value) if value.startswith("/") else value for value in known]


def _placement(rules: t.Any) -> t.Iterator[str]:
    if isinstance(rules, dict):
        # A template in the condition is wrong; elsewhere it may become anything.
        known = {key: value for key, value in rules.items() if key == "where" or not has_template(value)}
        yield from _failures(Placement.from_options, known)


def _leader(rollout: t.Any) -> t.Iterator[str]:
    order = rollout.get("order") if isinstance(rollout, dict) else None
    leader = order.get("leader") if isinstance(order, dict) else None
    if leader is not None and not has_template(leader):
        yield from COMMAND.problems(leader, "service_rollout.order.leader")
