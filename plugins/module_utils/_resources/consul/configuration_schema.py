# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service says of its configuration: ``service_config_schema``."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.configuration import (
    Config,
    ConfigQuery,
    layer_path,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import flat, nested
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import nearest, refuse_unknown

# Ansible's names of types, and the values they take.
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}
FIELDS = ("type", "default", "required", "choices", "description")
OPTION = "service_config_schema"
_UNSET = object()


@dataclass(frozen=True)
class Key:
    """One key of the configuration, by its path: ``jvm/heap``. Of a dict, ``path`` is the folder."""

    path: str
    type: str | None
    default: t.Any
    required: bool
    choices: tuple[t.Any, ...]

    @classmethod
    def from_options(cls, path: str, options: t.Any) -> Key:
        """Return the type of an entry of the schema; ``Failure`` names what is wrong with it."""
        where = f"{OPTION}.{path}"
        kv_path(str(path), where)
        if not isinstance(options, dict):
            raise Failure(f"{where}: expected a mapping such as {{type: str, required: true}}, got {options!r}")
        refuse_unknown(options, FIELDS, where)
        kind, choices, required = options.get("type"), options.get("choices", []), options.get("required", False)
        if kind is not None and (not isinstance(kind, str) or kind not in TYPES):
            raise Failure(f"{where}.type: {kind!r} is not a type; {nearest(str(kind), tuple(TYPES))}")
        if not isinstance(choices, list):
            raise Failure(f"{where}.choices: expected a list, got {choices!r}; write it as [debug, info]")
        if not isinstance(required, bool):
            raise Failure(f"{where}.required: {required!r} is neither true nor false; correct it")
        key = cls(path, kind, options.get("default", _UNSET), required, tuple(choices))
        if key.has_default and required:
            raise Failure(f"{where}: required and default cannot be combined; remove one of the two")
        for number, choice in enumerate(choices):
            key._refuse(choice, f"{where}.choices[{number}]", "correct it or the type", among_choices=False)
        if key.has_default:
            key._refuse(key.default, f"{where}.default", "correct it, or the type and choices")
        return key

    @property
    def has_default(self) -> bool:
        """Whether there is one; null would be one too."""
        return self.default is not _UNSET

    def problem(self, value: t.Any) -> str | None:
        """Return what is wrong with a value, without its place; None if nothing is."""
        return self._mismatch(value, among_choices=True)

    def _refuse(self, value: t.Any, where: str, remedy: str, among_choices: bool = True) -> None:
        reason = self._mismatch(value, among_choices)
        if reason:
            raise Failure(f"{where}: {reason}; {remedy}")

    def _mismatch(self, value: t.Any, among_choices: bool) -> str | None:
        if self.type and not _is_of(value, self.type):
            return f"expected {self.type}, got {_described(value)}"
        if among_choices and self.choices and not any(_same(value, choice) for choice in self.choices):
            return f"{value!r} is not one of the choices {', '.join(map(str, self.choices))}"
        return None


@dataclass(frozen=True)
class Checked:
    """The configuration with the schema's defaults. ``unknown``: full KV paths that the schema does not know."""

    config: Config
    problems: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Schema:
    """All keys. An empty one knows of nothing, and so minds nothing."""

    keys: tuple[Key, ...]

    @classmethod
    def from_options(cls, options: dict[str, t.Any]) -> Schema:
        """Return the schema; all that is wrong with it comes in one ``Failure``, a line for each."""
        keys, problems = [], []
        for path, entry in options.items():
            try:
                keys.append(Key.from_options(str(path), entry))
            except Failure as failure:
                problems.append(str(failure))
        paths = {key.path for key in keys}
        for path in sorted(paths):
            above = [key for key in paths if path.startswith(f"{key}/")]
            problems += [f"{OPTION}.{path}: {key} stands for all that lies below it; remove one" for key in above]
        if problems:
            raise Failure("\n".join(problems))
        return cls(tuple(keys))

    def check(self, config: Config, query: ConfigQuery) -> Checked:
        """Return every key against what was found, in the schema's order."""
        if not self.keys:
            return Checked(config)
        tree, problems, defaults = config.nested(), [], {}
        for key in self.keys:
            value = _value_at(tree, key.path)
            above = next((path for path in config.values if key.path.startswith(f"{path}/")), None)
            if above is not None:
                problems.append(_hidden(key, above, config, query))
            elif value is _UNSET and key.has_default:
                defaults[key.path] = key.default
            elif value is _UNSET and key.required:
                problems.append(_missing(key, query))
            elif value is not _UNSET:
                problems += _wrong(key, value, config, query)
        return Checked(_with_defaults(config, defaults), problems, self._unknown(config, query))

    def _unknown(self, config: Config, query: ConfigQuery) -> list[str]:
        known = {key.path for key in self.keys}
        return [
            full_path(path, config, query)
            for path in config.values
            if not any(path == key or path.startswith(f"{key}/") for key in known)
        ]


def full_path(path: str, config: Config, query: ConfigQuery) -> str:
    """Return where a value lies in the KV."""
    return f"{layer_path(query.fleet, config.origin[path])}/{path}"


def _wrong(key: Key, value: t.Any, config: Config, query: ConfigQuery) -> list[str]:
    problem = key.problem(value)
    if problem is None:
        return []
    # A folder comes from each of the values in it, and a JSON object has them in one.
    paths = [path for path in config.origin if path == key.path or path.startswith(f"{key.path}/")]
    places = list(dict.fromkeys(full_path(path, config, query) for path in paths))
    return [f"Consul KV: {', '.join(places)}: {problem}; correct the value there, or {OPTION}.{key.path}"]


def _hidden(key: Key, above: str, config: Config, query: ConfigQuery) -> str:
    return (
        f"Consul KV: {full_path(above, config, query)} has a value, and {OPTION}.{key.path} lies below it;"
        " only one of them can be: remove one"
    )


def _missing(key: Key, query: ConfigQuery) -> str:
    searched = [f"{prefix}/{key.path}" for prefix in query.prefixes]
    if not searched:
        return f"{OPTION}.{key.path}: is required, but service_config names no prefix to find it in; name one"
    return (
        f"Consul KV: {' or '.join(searched)}: is required by {OPTION}, and not set there nor in a layer of this host;"
        f" set it: consul kv put {searched[-1]} VALUE"
    )


def _with_defaults(config: Config, defaults: dict[str, t.Any]) -> Config:
    values = flat(nested(defaults), OPTION)
    return Config({**config.values, **values}, {**config.origin, **dict.fromkeys(values, OPTION)})


def _value_at(tree: t.Any, path: str) -> t.Any:
    for name in path.split("/"):
        if not isinstance(tree, dict) or name not in tree:
            return _UNSET
        tree = tree[name]
    return tree


def _is_of(value: t.Any, kind: str) -> bool:
    """Return whether a value is of a kind; a boolean is no number here, though it is one in Python."""
    return isinstance(value, TYPES[kind]) and (kind == "bool" or not isinstance(value, bool))


def _same(value: t.Any, choice: t.Any) -> bool:
    """Compare two values with their types, as in Python ``true`` equals 1."""
    return isinstance(value, bool) == isinstance(choice, bool) and bool(value == choice)


def _described(value: t.Any) -> str:
    if value is None:
        return "null"
    name = next((name for name in ("bool", "int", "float", "list", "dict") if _is_of(value, name)), "str")
    return f"{name} {value!r}"
