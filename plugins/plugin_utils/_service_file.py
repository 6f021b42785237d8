# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service file of one service: found beside the inventory, read, and checked against the role's argument_specs."""

from __future__ import annotations

import functools
import os
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.container.names import refuse_reserved
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest, refuse_unknown
from ansible_collections.longshore.fleet.plugins.plugin_utils._instances import known_problems
from ansible_collections.longshore.fleet.plugins.plugin_utils._service_values import (
    is_template,
    near_misses,
    reserved_variables,
    templated_keys,
    wrong_service_values,
)
from ansible_collections.longshore.fleet.plugins.plugin_utils._sidecar_values import sidecar_problems
from ansible_collections.longshore.fleet.plugins.plugin_utils._start_first import file_problems, number_or_pair

SPECS = Path(__file__).parents[2] / "roles" / "service" / "meta" / "argument_specs.yml"
TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str, int, float), "text"),
    "int": ((int,), "a number"),
    "bool": ((bool,), "true or false"),
    "list": ((list,), "a list"),
    "dict": ((dict,), "a mapping"),
}
# What a service may be called whose file is gone: a name in Consul.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Variables that are secret, wherever they are set.
CREDENTIALS = (
    *("fleet_key", "consul_token", "ansible_password", "ansible_ssh_pass", "ansible_ssh_password"),
    *("ansible_become_pass", "ansible_become_password", "ansible_sudo_pass"),
)
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
        problems = [f"{key}: there is no such key; {nearest(key, tuple(spec))}" for key in ours if key not in spec]
        for key in ours.keys() & spec.keys():
            problems.extend(wrong_values(ours[key], number_or_pair(key, ours[key], spec[key]), key))
        try:
            refuse_reserved(self.service)
        except Failure as failure:
            problems.append(str(failure))
        problems.extend(reserved_variables(self.data))
        for key, value in ours.items():
            problems.extend(templated_keys(value, key))
        if not problems:
            problems.extend(wrong_service_values(ours, self.service, lambda key, value: completed(value, spec[key])))
        problems.extend(known_problems(ours, self.service))
        problems.extend(sidecar_problems(ours, self.service, spec, self.path, wrong_values))
        problems.extend(file_problems(ours))
        image = self.data.get("service_image", {})
        if not problems and not is_template(image) and not {"context", "from"} & image.keys():
            problems.append(
                "service_image: says neither which context to build nor which image to take from a registry"
            )
        if isinstance(image, dict) and {"context", "from"} <= image.keys():
            problems.append(
                "service_image: has context, to build it, and from, to take it as it is; remove one of them"
            )
        if self.data.get("service_hosts") == "":
            problems.append("service_hosts: is empty; give it a pattern such as web, or remove it for all hosts")
        return [f"{self.path}: {problem}" for problem in sorted(problems)]

    def warnings(self, spec: Spec) -> list[str]:
        """Return what may be a slip of the pen."""
        return [f"{self.path}: {warning}" for warning in near_misses(self.data, spec)]


@functools.cache
def schema() -> Spec:
    """Return the options of the role's entry point ``main``: name -> type, default, description, options."""
    specs = yaml.load(SPECS.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return dict(specs["argument_specs"]["main"]["options"])


def folder_of(sources: t.Sequence[str], folder: str | None) -> Path:
    """Return the fleet's folder, which must hold ``services/``; ``sources``: what ``-i`` gave.

    That folder given as inventory is refused: Ansible would read every YAML file in it as inventory, services too.
    """
    for source in sources:
        if os.path.isdir(os.path.join(source, "services")):
            hosts = Path(source) / "hosts.yml"
            raise Failure(
                f"-i {source} is a folder, and its services would be read as inventory. Give the file: -i {hosts}"
            )
    if not folder or not (Path(folder) / "services").is_dir():
        where = folder or "the folder of the inventory"
        raise Failure(
            f"There is no folder services/ in {where}. Give -i the hosts.yml of a fleet,"
            " or set fleet_folder to the folder of services/, relative to the inventory's."
        )
    return Path(folder)


def path_of(service: str | None, folder: Path, may_be_gone: bool = False) -> Path:
    """Return the path of a service's file; refuse a service that has none, unless its file may be gone."""
    there = sorted(path.stem for path in (folder / "services").glob("*.yml"))
    listed = ", ".join(there) or f"none: write {folder}/services/NAME.yml"
    if not service:
        raise Failure(f"Say which service: -e service=NAME. There are: {listed}")
    if service not in there and not (may_be_gone and NAME.fullmatch(service)):
        raise Failure(f"There is no service {service} in {folder}/services. There are: {listed}")
    return folder / "services" / f"{service}.yml"


def with_defaults(value: dict[str, t.Any] | None, spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a mapping with the documented default of each key that it leaves out."""
    defaults = {key: option["default"] for key, option in spec["options"].items() if "default" in option}
    return {**defaults, **(value or {})}


def completed(value: dict[str, t.Any], spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a mapping as a module gets it: with the default of each key that it leaves out, or None."""
    return {**{key: option.get("default") for key, option in spec["options"].items()}, **value}


def _without_quotes(where: str, value: t.Any) -> str:
    """Return what to do about digits that are a text, as ``-e key=value`` always is one; empty for others."""
    if not isinstance(value, str) or not value.isdecimal():
        return ""
    by_hand = f", and after -e as JSON: -e '{{\"{where}\": {value}}}'" if where.isidentifier() else ""
    return f"; write it without quotes{by_hand}"


def wrong_values(value: t.Any, spec: dict[str, t.Any], where: str) -> t.Iterator[str]:
    """Yield what of a value differs from its spec; a template may become anything, and is left to who renders it."""
    kinds, word = TYPES.get(spec["type"], ((object,), "a value"))
    if spec.get("elements") == "str":
        kinds = (*kinds, str)  # Ansible makes a list of one text
    if is_template(value):
        return
    if value is None:
        yield f"{where}: is empty; give it a value or remove it"
    elif not isinstance(value, kinds) or (isinstance(value, bool) and spec["type"] not in ("raw", "bool")):
        remedy = _without_quotes(where, value) if spec["type"] == "int" else ""
        yield f"{where}: expected {word}, got {value!r}{remedy}"
    elif "choices" in spec and value not in spec["choices"]:
        yield f"{where}: expected {' or '.join(spec['choices'])}, got {value!r}"
    elif isinstance(value, dict) and "options" in spec:
        yield from _wrong_keys(value, spec["options"], where)
    elif isinstance(value, list) and "elements" in spec:
        for number, element in enumerate(value):
            inner = {"type": spec["elements"], **({"options": spec["options"]} if "options" in spec else {})}
            yield from wrong_values(element, inner, f"{where}[{number}]")


def literal_secrets(data: dict[str, t.Any]) -> t.Iterator[str]:
    """Yield an error for each secret that stands in the file as it is: its text goes into the record of a release."""
    secrets = data.get("service_secrets")
    named = {f"service_secrets.{name}": value for name, value in (secrets if isinstance(secrets, dict) else {}).items()}
    for key, value in {**named, **{name: data[name] for name in CREDENTIALS if name in data}}.items():
        if isinstance(value, (str, int, float)) and not is_template(value):
            yield (
                f"{key}: the value stands in the file, whose text each release keeps in Consul's KV. Refer to a"
                " variable or a lookup, or encrypt it (ansible-vault encrypt_string)"
            )


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
