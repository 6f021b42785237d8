# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service file of one service: found beside the inventory, read, and checked against the role's argument_specs."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils.failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils.resources.config import ConfigQuery
from ansible_collections.longshore.fleet.plugins.module_utils.resources.config_schema import Schema
from ansible_collections.longshore.fleet.plugins.module_utils.resources.naming import nearest, refuse_unknown
from ansible_collections.longshore.fleet.plugins.module_utils.resources.peers_query import PeersQuery
from ansible_collections.longshore.fleet.plugins.module_utils.resources.registration import Registration

SPECS = Path(__file__).parents[2] / "roles" / "service" / "meta" / "argument_specs.yml"
TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str, int, float), "text"),
    "int": ((int,), "a number"),
    "bool": ((bool,), "true or false"),
    "list": ((list,), "a list"),
    "dict": ((dict,), "a mapping"),
}
Spec = dict[str, dict[str, t.Any]]


@dataclass(frozen=True)
class ServiceFile:
    """One file of ``services/``; ``data`` is what it says, templates untouched."""

    service: str
    path: Path
    data: dict[str, t.Any]

    def problems(self, spec: Spec) -> list[str]:
        """Wrong keys and types, each with the file, the key and what is right. Users' own variables are theirs."""
        ours = {key: value for key, value in self.data.items() if str(key).startswith("service_")}
        found = [f"{key}: there is no such key; {nearest(key, tuple(spec))}" for key in ours if key not in spec]
        for key in ours.keys() & spec.keys():
            found.extend(wrong_values(ours[key], spec[key], key))
        found.extend(wrong_peers(ours.get("service_peers")))
        found.extend(wrong_registrations(ours.get("service_registrations"), self.service))
        found.extend(wrong_config(ours.get("service_config"), ours.get("service_config_schema")))
        image = self.data.get("service_image", {})
        if not found and not _is_template(image) and not {"context", "from"} & image.keys():
            found.append("service_image: says neither which context to build nor which image to take from a registry")
        return [f"{self.path}: {problem}" for problem in sorted(found)]


def schema() -> Spec:
    """The options of the role's entry point ``main``: name -> type, default, description, options."""
    specs = yaml.load(SPECS.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return dict(specs["argument_specs"]["main"]["options"])


def folder_of(sources: t.Sequence[str], inventory_dir: str | None) -> Path:
    """The folder of the inventory, which holds ``services/``.

    That folder given as inventory is refused: Ansible would read every YAML file in it as inventory, services too.
    """
    for source in sources:
        if os.path.isdir(os.path.join(source, "services")):
            hosts = Path(source) / "hosts.yml"
            raise Failure(
                f"-i {source} is a folder, and its services would be read as inventory. Give the file: -i {hosts}"
            )
    if not inventory_dir or not (Path(inventory_dir) / "services").is_dir():
        where = inventory_dir or "the inventory"
        raise Failure(f"There is no folder services/ beside the inventory ({where}). Give -i the hosts.yml of a fleet.")
    return Path(inventory_dir)


def path_of(service: str | None, folder: Path) -> Path:
    """The path of a service's file; the services that there are, where this one is not among them."""
    there = sorted(path.stem for path in (folder / "services").glob("*.yml"))
    listed = ", ".join(there) or f"none: write {folder}/services/NAME.yml"
    if not service:
        raise Failure(f"Say which service: -e service=NAME. There are: {listed}")
    if service not in there:
        raise Failure(f"There is no service {service} in {folder}/services. There are: {listed}")
    return folder / "services" / f"{service}.yml"


def with_defaults(value: dict[str, t.Any] | None, spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """A mapping with the documented default of each key that it leaves out."""
    defaults = {key: option["default"] for key, option in spec["options"].items() if "default" in option}
    return {**defaults, **(value or {})}


def wrong_values(value: t.Any, spec: dict[str, t.Any], where: str) -> t.Iterator[str]:
    """What of a value differs from its spec; a template may become anything, so it is left to those who render it."""
    kinds, word = TYPES.get(spec["type"], ((object,), "a value"))
    if spec.get("elements") == "str":
        kinds = (*kinds, str)  # Ansible makes a list of one text
    if _is_template(value):
        return
    if value is None:
        yield f"{where}: is empty; give it a value or remove it"
    elif not isinstance(value, kinds) or (isinstance(value, bool) and spec["type"] not in ("raw", "bool")):
        yield f"{where}: expected {word}, got {value!r}"
    elif "choices" in spec and value not in spec["choices"]:
        yield f"{where}: expected {' or '.join(spec['choices'])}, got {value!r}"
    elif isinstance(value, dict) and "options" in spec:
        yield from _wrong_keys(value, spec["options"], where)
    elif isinstance(value, list) and "elements" in spec:
        for number, element in enumerate(value):
            inner = {"type": spec["elements"], **({"options": spec["options"]} if "options" in spec else {})}
            yield from wrong_values(element, inner, f"{where}[{number}]")


def wrong_peers(peers: t.Any) -> t.Iterator[str]:
    """What is wrong with entries of ``service_peers``; those with templates are left to ``discover``."""
    for name, options in peers.items() if isinstance(peers, dict) else ():
        if not any(map(_is_template, _leaves(options))):
            try:
                PeersQuery.from_options(options, f"service_peers.{name}")
            except Failure as failure:
                yield str(failure)


def wrong_registrations(entries: t.Any, service: str) -> t.Iterator[str]:
    """What is wrong with entries of ``service_registrations``; those with templates are left to ``launch``."""
    for number, options in enumerate(entries) if isinstance(entries, list) else ():
        if isinstance(options, dict) and not any(map(_is_template, _leaves(options))):
            try:
                Registration.from_options(options, service, f"service_registrations[{number}]")
            except Failure as failure:
                yield str(failure)


def wrong_config(names: t.Any, schema: t.Any) -> t.Iterator[str]:
    """What is wrong with ``service_config`` and ``service_config_schema``; templates are left to ``discover``."""
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str) and not _is_template(name):
            try:
                ConfigQuery.from_options("longshore", [name], ())
            except Failure as failure:
                yield f"service_{failure}"
    if isinstance(schema, dict) and not any(map(_is_template, _leaves(schema))):
        try:
            Schema.from_options(schema)
        except Failure as failure:
            yield from str(failure).splitlines()


def literal_secrets(secrets: t.Any) -> t.Iterator[str]:
    """Those of ``service_secrets`` that stand in the file as they are: its text goes into the record of a release."""
    for name, value in secrets.items() if isinstance(secrets, dict) else ():
        if isinstance(value, (str, int, float)) and not _is_template(value):
            yield (
                f"service_secrets.{name}: the value stands in the file, whose text each release keeps in Consul's"
                " KV. Refer to a variable or a lookup, or encrypt it (ansible-vault encrypt_string)"
            )


def _leaves(value: t.Any) -> t.Iterator[t.Any]:
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    else:
        yield value


def _wrong_keys(value: dict[str, t.Any], options: Spec, where: str) -> t.Iterator[str]:
    try:
        refuse_unknown(value, tuple(options), where)
    except Failure as failure:
        yield str(failure)
    for key, option in options.items():
        if key in value:
            yield from wrong_values(value[key], option, f"{where}.{key}")
        elif option.get("required"):
            yield f"{where}.{key}: is missing, and has no default"


def _is_template(value: t.Any) -> bool:
    return isinstance(value, str) and ("{{" in value or "{%" in value)
