# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service's configuration: layers of Consul's KV, of which later ones win."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.longshore.fleet.plugins.module_utils._failure import Failure
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv import (
    Entry,
    Flat,
    flat,
    nested,
    refuse_clash,
)
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_path import kv_path
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.kv_values import TYPES, in_base64
from ansible_collections.longshore.fleet.plugins.module_utils._resources.consul.node import Node
from ansible_collections.longshore.fleet.plugins.module_utils._resources.shared.naming import refuse_doubles


@dataclass(frozen=True)
class ConfigQuery:
    """What to read: ``names`` as ``service_config`` has them, for a host of these ``groups``."""

    fleet: str
    names: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def from_options(cls, fleet: str, names: t.Sequence[str], groups: t.Sequence[str]) -> ConfigQuery:
        """Refuse names that are no path in the KV, those of layers, and one that is there twice."""
        for name in names:
            base, layered, _layer = name.partition("@")
            if layered:
                raise Failure(
                    f"config: {name!r} is a layer; write {base}, and the layers of each host are read with it"
                    f" ({base}@DATACENTER, {base}@group:GROUP, {base}@node:NODE)"
                )
            layer_path(fleet, name)
        refuse_doubles([name.strip("/") for name in names], "config")
        return cls(fleet, tuple(names), tuple(groups))

    @property
    def prefixes(self) -> list[str]:
        """The full KV path of each name."""
        return [layer_path(self.fleet, name) for name in self.names]

    def layers(self, node: Node) -> dict[str, str]:
        """Name of each layer of a host -> its full KV path; the later wins."""
        of_host = (f"@{node.datacenter}", *(f"@group:{group}" for group in self.groups), f"@node:{node.name}")
        names = (f"{name}{layer}" for name in self.names for layer in ("", *of_host))
        return {name: layer_path(self.fleet, name) for name in names}


@dataclass(frozen=True)
class Layer:
    """What lies below one prefix. ``name`` is the prefix as the user writes it, ``path`` the full one in the KV."""

    name: str
    path: str
    values: Flat

    @classmethod
    def from_entries(cls, name: str, path: str, entries: t.Iterable[Entry]) -> Layer:
        """Return the configuration of all entries below ``path``; a JSON object counts as keys below its own."""
        values: Flat = {}
        for entry in entries:
            if not entry.is_folder:
                values[entry.key.removeprefix(f"{path}/")] = _value(entry)
        refuse_clash(values, path)
        return cls(name, path, flat(nested(values), f"Consul KV {path}"))


@dataclass(frozen=True)
class Config:
    """All layers as one. ``origin``: path of a value -> name of the layer that won."""

    values: Flat
    origin: dict[str, str]

    @classmethod
    def from_layers(cls, layers: t.Iterable[Layer]) -> Config:
        """Merge value by value, so that a layer may change one key of a folder and leave the others."""
        tree: dict[str, t.Any] = {}
        for layer in layers:
            _overlay(tree, nested({path: (value, layer.name) for path, value in layer.values.items()}))
        settings = flat(tree, "config")
        return cls(
            values={path: value for path, (value, _name) in settings.items()},
            origin={path: name for path, (_value, name) in settings.items()},
        )

    def nested(self) -> dict[str, t.Any]:
        """Return the values as templates see them."""
        return nested(self.values)


def layer_path(fleet: str, name: str) -> str:
    """Return where a layer lies: ``<fleet prefix>/config/<name>``."""
    return f"{kv_path(fleet, 'prefix')}/config/{kv_path(name, 'config')}"


def _value(entry: Entry) -> t.Any:
    value = entry.value
    if isinstance(value, bytes) and TYPES.get(entry.flags) == "binary":
        return in_base64(value)
    if isinstance(value, bytes):
        raise Failure(
            f"Consul KV: the value of {entry.key} is not UTF-8 text; templates can't use it."
            " Remove the key, or write it with the module kv as type binary, to get it in Base64."
        )
    return value


def _overlay(tree: dict[str, t.Any], layer: dict[str, t.Any]) -> None:
    """Merge folders that are in both; else what the layer has takes the place."""
    for name, value in layer.items():
        if isinstance(value, dict) and isinstance(tree.get(name), dict):
            _overlay(tree[name], value)
        else:
            tree[name] = value
